"""`make verify-edge`: the edge distribution in environments of its own, every application's bundles answered there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from apps import APPS
from benchmarks.samples import ROOT, WEIGHTS, make_samples
from export.replay import check_alike
from tests.apps.bundle_checks import write_input

LIMIT_SECONDS = 600
ABSENT = ("tensorflow", "keras", "jax", "h5py", "pandas", "scipy", "sklearn", "matplotlib", "rich")
# applications whose raw inputs are plain text that standard input can carry
PIPED = ("sentiment", "ner", "dna")


def main(cache: Path, pythons: list[str]) -> int:
    """Builds, installs and answers under each Python; 1 where something differs."""
    samples = make_samples(cache / "samples")
    wheel = build_wheel(cache / "edge")
    for python in pythons:
        check_python(python, wheel, cache / "edge", samples)
    return 0


def build_wheel(folder: Path) -> Path:
    """The wheel of `edge/pyproject.toml`, built anew."""
    shutil.rmtree(folder / "wheel", ignore_errors=True)
    shutil.rmtree(ROOT / "edge" / "build", ignore_errors=True)
    run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder / "wheel", ROOT / "edge"])
    (wheel,) = (folder / "wheel").glob("*.whl")
    return wheel


def check_python(python: str, wheel: Path, folder: Path, samples: Path) -> None:
    """A new environment with the wheel; exits where it does not answer as it should."""
    version = run([python, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"]).strip()
    place = folder / f"venv-{version}"
    run([python, "-m", "venv", "--clear", place])
    inside = place / "bin" / "python"
    before = size_bytes(place)
    run([inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel])
    bare = size_bytes(place) - before
    unroll = place / "bin" / "unroll"
    expect_line([unroll, "verify", samples / "float32" / "sentiment"], "install unroll-edge[text]")
    run([inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[all]"])
    everything = size_bytes(place) - before
    found = run([inside, "-c", f"import importlib.util as u; print([n for n in {ABSENT} if u.find_spec(n)])"])
    if found.strip() != "[]":
        sys.exit(f"expected none of {', '.join(ABSENT)}, found {found}")
    expect_line([unroll, "train", "sentiment"], "found the edge runtime")
    expect_line([unroll, "predict", samples / "runs" / "sentiment", "--text", "x"], "give the folder of a bundle")
    print(
        f"Python {version}: {wheel.name} has {wheel.stat().st_size / 1e6:.2f} MB; installed with what it needs "
        f"{bare / 1e6:.0f} MB, with every extra {everything / 1e6:.0f} MB; none of {', '.join(ABSENT)}"
    )

    def installed(*given: object, text: str | None = None) -> str:
        return run([unroll, *given], text=text)

    for app in APPS:
        for weights in WEIGHTS:
            check_bundle(installed, app, samples / weights / app, weights)
    started = time.monotonic()
    run([unroll, "predict", samples / "float32" / "dna", "--text", "ACGT" * 8])
    print(f"  one run of `unroll predict`, start to end: {time.monotonic() - started:.2f} s")
    print(f"  {run([unroll, 'benchmark', samples / 'int8' / 'dna']).strip()}")


def check_bundle(unroll: Callable[..., str], app: str, bundle: Path, weights: str) -> None:
    """Test vectors, and a file and standard input against the answers of this environment.

    Args:
        unroll: runs `unroll` with arguments, and with `text` on standard input.
        app: the application.
        bundle: of that application.
        weights: what the bundle's weights are, to be said.
    """
    print(f"  {app} {weights}: {unroll('verify', bundle).strip()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="unroll-") as name:
        given = write_input(app, Path(name))
        arguments = ["predict", bundle, "--file", given, "--json"]
        answers = records(unroll(*arguments))
        check_alike(answers, records(run([sys.executable, "-m", "apps", *arguments], ROOT)), 1e-5, f"{app} {given}")
        if app in PIPED:
            piped = unroll("predict", bundle, "-", "--json", text=given.read_text(encoding="utf-8"))
            check_alike(records(piped), answers, 0, f"{app} standard input")
    if not answers:
        sys.exit(f"{app}: expected answers, found none")


def records(printed: str) -> list[object]:
    """The JSON objects that `unroll predict --json` printed."""
    return [json.loads(line) for line in printed.splitlines()]


def run(command: list[object], folder: Path | None = None, text: str | None = None) -> str:
    """Standard output of a command; exits with what it said where it fails or takes too long."""
    done = attempt(command, folder, text)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout


def attempt(command: list[object], folder: Path | None = None, text: str | None = None) -> subprocess.CompletedProcess:
    """Runs a command in `folder`, else in one from which nothing of the project can be imported."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with tempfile.TemporaryDirectory(prefix="unroll-") as elsewhere:
        return subprocess.run(
            list(map(str, command)), cwd=folder or elsewhere, input=text, capture_output=True, text=True,
            timeout=LIMIT_SECONDS, check=False, env=clean,
        )  # fmt: skip


def expect_line(command: list[object], words: str) -> None:
    """Exits where the command does not end with status 2 and one line that holds the words."""
    done = attempt(command)
    if done.returncode != 2 or done.stderr.count("\n") != 1 or words not in done.stderr:
        sys.exit(f"{' '.join(map(str, command))}: expected one line with {words!r}, found {done.stderr[-600:]}")


def size_bytes(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), sys.argv[2:]))
