"""`unroll inspect gradients`: two files and a summary, no TensorFlow, one line for a mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from apps.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--steps", "3", "--units", "2", "--updates", "2"]


def test_the_command_writes_numbers_and_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "gradients", "--output", str(tmp_path / "out"), *SMALL, "--seed", "5"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["gradients.json", "gradients.png"]
    record = json.loads((tmp_path / "out" / "gradients.json").read_text())
    assert record["settings"] == {"steps": 3, "units": 2, "updates": 2, "seed": 5}
    assert (tmp_path / "out" / "gradients.png").read_bytes()[:4] == b"\x89PNG"
    assert "SYNTHETIC task: the first of 3 symbols" in capsys.readouterr().out


def test_it_needs_no_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom apps.__main__ import main\n"
        f"main(['inspect', 'gradients', '--output', {str(tmp_path)!r}, *{SMALL!r}])\n"
        "print('LOADED', sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("LOADED []\n")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--steps", "1"], "--steps: expected a number between 2 and 500, found 1"),
        (["--output", "taken"], "--output: expected a folder, found the file taken"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    flags: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("precious")
    assert main(["inspect", "gradients", *flags]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
    assert (tmp_path / "taken").read_text() == "precious"


def test_a_missing_subject_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["inspect"])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert "SUBJECT" in error
    assert error.count("\n") == 1
