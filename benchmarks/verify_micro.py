"""`make verify-micro`: every application's micro bundle under TensorFlow Lite Micro's wheel, its C++ example run.

The models are the small ones of the samples, with what the lane cannot take turned off; where an application is still
refused, the reason is printed as told. The example is compiled against stubs of TensorFlow Lite Micro's interface, as
its sources come in no package; the wheel's kernels answer its invocations.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from apps.sample_bundles import EXAMPLES
from benchmarks.samples import ROOT, train_sample
from common.files import read_json
from export.agreement import compare, passes
from export.gates import Tolerance
from export.micro import MICRO_TOLERANCES
from export.runtime import VECTORS

STUBS = ROOT / "tests" / "export" / "micro_stubs"
STRICT = ("-std=c++17", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fno-exceptions", "-fno-rtti")
WEIGHTS = ("int8", "float32")
LIMIT_SECONDS = 900
# what a model must leave out: directions, hashed n-grams, convolutions whose state would be needed, two strands, the
# search of the best path
PLAIN = {
    "sentiment": "--no-ngrams --no-bidirectional --convolution 0 --pooling last",
    "handwriting": "--no-bidirectional --convolution 0",
    "ner": "--no-bidirectional --output softmax",
    "dna": (
        "--no-bidirectional --strands one --front bases --aligned no --pooling last --filters 0 --second-filters 0 "
        "--pool 1"
    ),
    "stock": "",
}


@dataclass(frozen=True)
class Row:
    """A line of the table; `note` is why there is nothing else, or what the example did."""

    app: str
    weights: str
    form: str = "refused"
    size: str = ""
    arena: str = ""
    largest: str = ""
    note: str = ""

    def __str__(self) -> str:
        return (
            f"| {self.app} | {self.weights} | {self.form} | {self.size} | {self.arena} | {self.largest} | {self.note} |"
        )


def main(cache: Path, python: Path) -> int:
    """Prints a table; exits with what went wrong where a bundle was made but does not hold."""
    print("| application | weights | form | model bytes | arena bytes | largest difference from Keras | C++ example |")
    print("|---|---|---|---:|---:|---:|---|")
    for app, flags in PLAIN.items():
        run = cache / "micro" / "runs" / app
        train_sample(app, run, *flags.split())
        for weights in WEIGHTS:
            print(check(app, run, cache / "micro" / weights / app, weights, python), flush=True)
    return 0


def check(app: str, run: Path, bundle: Path, weights: str, python: Path) -> Row:
    """Exports with the measurement under Micro, then compiles and runs the example."""
    command = [sys.executable, "-m", "apps", "export", run, "--output", bundle, "--examples", EXAMPLES]
    done = _run([*command, "--lane", "micro", "--weights", weights, "--micro-python", python])
    if done.returncode == 2:
        return Row(app, weights, note=done.stderr.strip().splitlines()[-1].removeprefix("unroll: "))
    _expect(done, "expected a bundle or a refusal")
    manifest = read_json(bundle / "manifest.json")
    size_defined = re.search(r"MODEL_ARENA_BYTES (\d+)", (bundle / "model.h").read_text(encoding="utf-8"))
    if size_defined is None or int(size_defined[1]) != manifest["arena_bytes"]:
        sys.exit(f"{bundle}/model.h: expected the arena's {manifest['arena_bytes']} bytes, found {size_defined}")
    if f"Arena: {manifest['arena_bytes']} bytes" not in (bundle / "REPORT.md").read_text(encoding="utf-8"):
        sys.exit(f"{bundle}/REPORT.md: expected the arena's {manifest['arena_bytes']} bytes, found none")
    if not read_json(bundle / VECTORS)["vectors"]:
        sys.exit(f"{bundle}/{VECTORS}: expected test vectors, found none")
    (measured,) = [gate["measured"] for gate in manifest["gates"] if gate["name"] == "tflite-micro"]
    keras = [facts for name, facts in measured.items() if name.endswith("against Keras")]
    gaps = [facts["max_absolute"] for facts in keras if "max_absolute" in facts]
    equal = [facts["equal"] for facts in keras if "equal" in facts]
    largest = [f"{gap:.2g}" for gap in gaps if gap == max(gaps)][:1]
    largest += [f"{share:.1%} of the choices equal" for share in equal if share == min(equal)][:1]
    form = "step" if manifest["signature"] == "step" else "unrolled"
    size = manifest["files"]["model.tflite"]["size_bytes"]
    note = f"{run_example(bundle, python, MICRO_TOLERANCES[weights])} numbers printed, within tolerance"
    return Row(app, weights, form, f"{size:,}", f"{manifest['arena_bytes']:,}", ", ".join(largest), note)


def run_example(bundle: Path, python: Path, allowed: Tolerance) -> int:
    """How many numbers the example printed; exits where it does not compile or they are not near Keras'."""
    program = bundle.with_name(f"{bundle.name}-example")
    sources = [f"-I{STUBS}", f"-I{bundle}", bundle / "main.cc", bundle / "model.cc"]
    _expect(_run(["g++", *STRICT, *sources, "-o", program]), "expected main.cc to compile")
    done = _run([python, Path(__file__).with_name("micro_host.py"), bundle, program])
    _expect(done, "expected the example to run")
    pairs = re.findall(r"^\w+ \d+ (\S+), Keras (\S+)$", done.stdout, re.MULTILINE)
    reals = np.array([pair for pair in pairs if "." in pair[0]], np.float64).reshape(-1, 2)
    choices = np.array([pair for pair in pairs if "." not in pair[0]], np.int64).reshape(-1, 2)
    alike = [passes(compare(values[:, 1], values[:, 0]), allowed) for values in (reals, choices) if len(values)]
    if not pairs or not all(alike):
        sys.exit(f"{bundle}/main.cc: expected numbers near Keras' ({allowed}), found {done.stdout[:600]}")
    return len(pairs)


def _run(command: list[object]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )


def _expect(done: subprocess.CompletedProcess[str], words: str) -> None:
    if done.returncode:
        sys.exit(f"{' '.join(done.args)}: {words}, found status {done.returncode}: {done.stderr.strip()[-600:]}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()))
