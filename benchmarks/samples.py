"""The sample bundles that the lanes of `make verify-...` run: every application, float32 and int8."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from apps.sample_bundles import SMALL

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ("float32", "int8")
_LIMIT_SECONDS = 3600


def make_samples(folder: Path) -> Path:
    """FOLDER/WEIGHTS/APP for every application, from runs in FOLDER/runs that are trained only where they are missing.

    Exits where one cannot be made.
    """
    for weights in WEIGHTS:
        command = ["-m", "apps.sample_bundles", folder / weights, "--runs", folder / "runs", "--weights", weights]
        _run(*command)
    return folder


def train_sample(app: str, run: Path, *flags: str) -> None:
    """A small run of an application with flags on top, where it is missing."""
    if not (run / "metrics.json").is_file():
        _run("-m", "apps", "train", app, "--run-dir", run, *SMALL[app].split(), *flags)


def _run(*arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT_SECONDS,
        check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{' '.join(map(str, arguments))}: status {done.returncode}: {(done.stdout + done.stderr)[-600:]}")
