"""`make verify-micro`: every application's micro bundle under TensorFlow Lite Micro's wheel, its C++ example compiled.

The models are the small ones of the samples, with what the lane cannot take turned off; where an application is still
refused, the reason is printed as told.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from apps.sample_bundles import EXAMPLES
from benchmarks.samples import ROOT, train_sample
from common.files import read_json

STUBS = ROOT / "tests" / "export" / "micro_stubs"
LIMIT_SECONDS = 600
# what a model must leave out: directions, hashed n-grams, convolutions whose state would be needed, two strands
PLAIN = {
    "sentiment": "--no-ngrams --no-bidirectional --convolution 0 --pooling last",
    "handwriting": "--no-bidirectional --convolution 0",
    "ner": "--no-bidirectional",
    "dna": (
        "--no-bidirectional --strands one --front bases --aligned no --pooling last --filters 0 --second-filters 0 "
        "--pool 1"
    ),
    "stock": "",
}


def main(cache: Path, python: Path) -> int:
    """Prints a line an application and weights; 1 where a bundle was made but not its example."""
    good = True
    for app, flags in PLAIN.items():
        run = cache / "micro-runs" / app
        train_sample(app, run, *flags.split())
        for weights in ("int8", "float32"):
            good &= check(app, run, cache / "micro" / weights / app, weights, python)
    return 0 if good else 1


def check(app: str, run: Path, bundle: Path, weights: str, python: Path) -> bool:
    """Exports with the measurement under Micro, and compiles the example against the stubs."""
    command = [sys.executable, "-m", "apps", "export", run, "--output", bundle, "--examples", EXAMPLES]
    done = _run([*command, "--lane", "micro", "--weights", weights, "--micro-python", python])
    if done.returncode:
        print(f"{app} {weights}: refused: {done.stderr.strip().splitlines()[-1]}")
        return done.returncode == 2
    manifest = read_json(bundle / "manifest.json")
    assert f"Arena: {manifest['arena_bytes']} bytes" in (bundle / "REPORT.md").read_text(encoding="utf-8")
    (measured,) = [gate["detail"] for gate in manifest["gates"] if gate["name"] == "tflite-micro"]
    strict = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fsyntax-only"]
    compiled = _run(["g++", *strict, f"-I{STUBS}", f"-I{bundle}", bundle / "main.cc", bundle / "model.cc"])
    size = manifest["files"]["model.tflite"]["size_bytes"]
    told = "main.cc compiles against stubs" if compiled.returncode == 0 else compiled.stderr.strip().splitlines()[0]
    print(f"{app} {weights} {manifest['signature']}: {size:,} bytes; {measured}; {told}")
    return compiled.returncode == 0


def _run(command: list[object]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()))
