"""Processes that train together end together, and the one that failed is named."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from apps.__main__ import main
from apps.training_processes import run_together
from common.errors import UserError

SLEEP = "import time; time.sleep(300)"


def together(*programs: str) -> None:
    """Runs programs side by side, each in its own process."""
    command = [sys.executable, "-c", "import os; exec(os.environ['PROGRAM'])"]
    run_together(command, [{"PROGRAM": program} for program in programs], Path("runs/one"))


def test_a_killed_process_ends_the_others_and_is_told() -> None:
    started = time.monotonic()
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    lost = "import sys, time; time.sleep(0.5); sys.exit(3)"
    with pytest.raises(UserError, match="process 2 was killed by signal 9; the same command with --run-dir runs/one"):
        together(lost, SLEEP, killed)
    assert time.monotonic() - started < 60


def test_the_last_words_of_a_failed_process_are_told() -> None:
    with pytest.raises(UserError, match="process 1 ended with status 1: ValueError: too cold"):
        together(SLEEP, "raise ValueError('too cold')")


def test_the_first_process_tells_by_itself() -> None:
    with pytest.raises(SystemExit) as caught:
        together("import sys; sys.exit(2)", SLEEP)
    assert caught.value.code == 2


def test_all_end_well(tmp_path: Path) -> None:
    together(*(f"open({str(tmp_path / name)!r}, 'w')" for name in "ab"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_nothing_is_left_running(tmp_path: Path) -> None:
    program = f"import os, time; open({str(tmp_path)!r} + '/' + str(os.getpid()), 'w'); time.sleep(300)"
    wait = f"import os, sys, time\nwhile len(os.listdir({str(tmp_path)!r})) < 2: time.sleep(0.05)\nsys.exit(2)"
    with pytest.raises(SystemExit):
        together(wait, program, program)
    assert not [path.name for path in tmp_path.iterdir() if Path(f"/proc/{path.name}").exists()]
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "flags, words",
    [
        (["--processes", "1"], "--processes: expected 2 or more"),
        (["--processes", "2", "--devices", "2"], "expected one of --processes, --devices"),
        (["--processes", "2", "--folds", "3"], "expected one of --processes, --folds"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(flags: list[str], words: str, tmp_path: Path, capsys) -> None:
    assert main(["train", "stock", "--run-dir", str(tmp_path / "run"), *flags]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
    assert not (tmp_path / "run").exists()
