"""The textbook needs NumPy and nothing else, so that a reader can run it anywhere and at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_equations_need_numpy_only() -> None:
    modules = sorted(path.stem for path in (ROOT / "common" / "equations").glob("*.py") if path.stem != "__init__")
    assert "through_time" in modules
    code = "import sys\n" + "".join(f"import common.equations.{name}\n" for name in modules)
    code += "print(sorted({'tensorflow', 'keras', 'scipy', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
