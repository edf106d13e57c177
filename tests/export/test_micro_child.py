"""The smallest arena is found by trying, also where TensorFlow Lite Micro crashes in one too small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).resolve().parents[2] / "export" / "micro_child.py"
# in place of the wheel: a model that starts in NEEDED bytes, raises below and crashes far below
RUNTIME = """
import os, signal
class Interpreter:
    @classmethod
    def from_file(cls, path, arena_size=None):
        if arena_size < {needed} // 2:
            os.kill(os.getpid(), signal.SIGSEGV)
        if arena_size < {needed}:
            raise RuntimeError("arena too small")
"""
ASK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import micro_child
print(micro_child.smallest_arena(Path(sys.argv[2])))
"""


@pytest.mark.parametrize(("needed", "expected"), [(6080, 6080), (6081, 6096), (16, 16)])
def test_it_is_the_smallest_that_starts(tmp_path: Path, needed: int, expected: int) -> None:
    wheel = tmp_path / "tflite_micro"
    wheel.mkdir()
    (wheel / "__init__.py").write_text("")
    (wheel / "runtime.py").write_text(RUNTIME.format(needed=needed))
    model = tmp_path / "model.tflite"
    model.write_bytes(bytes(1000))
    command = [sys.executable, "-c", ASK, str(CHILD.parent), str(model)]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == expected
