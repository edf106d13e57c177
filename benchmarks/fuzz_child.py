"""Feeds one reader with what libFuzzer makes up: `python -m benchmarks.fuzz_child NAME [libFuzzer's flags]`.

Runs in an environment of its own (lanes-fuzz.txt) without TensorFlow.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["apps", "common", "export", "tuning"]):
    from tests.fuzz.targets import TARGETS, run


def main() -> None:
    """Ends by itself only through a flag such as -max_total_time, or where a reader does what it must not."""
    target, folder = TARGETS[sys.argv[1]], Path(tempfile.mkdtemp(prefix="fuzz-"))
    atheris.Setup([sys.argv[0], *sys.argv[2:]], lambda raw: run(target, folder, raw) and None)
    try:
        atheris.Fuzz()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
