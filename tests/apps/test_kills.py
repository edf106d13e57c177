"""Trainings stopped at random moments end with the bits of one that was left alone (`make faults`)."""

from __future__ import annotations

import collections
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.apps.trainings import LIMIT_SECONDS, ROOT, arguments, assert_same, start

pytestmark = pytest.mark.skipif(os.environ.get("UNROLL_SLOW") != "1", reason="minutes; `make faults`")
SEED = int(os.environ.get("UNROLL_SEED", "11"))
KILLS, IN_A_ROW = 20, 4
PYTHON_STARTS_SECONDS = 1.0  # before, a signal meets no program of ours
# what a run folder gains, in this order
STAGES = ("config.json", "preprocessing", "checkpoint", "model.keras", "predictions.csv", "metrics.json")
ENDS = {signal.SIGTERM: 143, signal.SIGINT: 130}


def stage(run: Path) -> str:
    """The last thing of a training that the folder holds."""
    return next((name for name in reversed(STAGES) if (run / name).exists()), "nothing")


def ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def stopped_often(
    app: str, whole: Path, seconds: float, folder: Path, signals: list[signal.Signals], chance: random.Random
) -> collections.Counter[str]:
    """Stops trainings with each signal, a few times in a row each; what they end with is compared.

    Moments are drawn evenly from the whole life of a process, for signals that it answers from when Python has started;
    one that ends before its moment counts for nothing.

    Returns:
        How often a signal came at which stage.
    """
    found: collections.Counter[str] = collections.Counter()
    left, number = list(signals), 0
    while left:
        number += 1
        assert number < 5 * len(signals), "too few processes lived long enough"
        run, in_a_row = folder / f"run-{number}", 0
        while True:
            process = start(arguments(app, run))
            last = not left or in_a_row == IN_A_ROW
            earliest = 0.0 if last or left[-1] == signal.SIGKILL else PYTHON_STARTS_SECONDS
            moment, began = LIMIT_SECONDS if last else chance.uniform(earliest, seconds), time.monotonic()
            if ended(process, moment):
                output = process.communicate()[0].decode()
                over = "this run is finished" in output and process.returncode == 2
                assert process.returncode == 0 or over, output
                if in_a_row == 0:  # the whole of it: the first may have been slowed by others
                    seconds = min(seconds, time.monotonic() - began)
                break
            assert not last, "it hangs"
            sent, reached = left.pop(), stage(run)
            process.send_signal(sent)
            output = process.communicate(timeout=LIMIT_SECONDS)[0].decode()
            print(f"{app}: training {number}, {sent.name} after {moment:.2f} s of {seconds:.1f}, last made: {reached}")
            # just then; Python's own handlers are gone in the last moment of a process
            last_moment = reached == "metrics.json" and process.returncode == -sent
            by_itself = process.returncode == 0 or "this run is finished" in output or last_moment
            if not by_itself:
                assert process.returncode == ENDS.get(sent, -sent), output
                assert "Traceback" not in output
            found[f"{sent.name} {reached}"] += 1
            in_a_row += 1
        assert_same(run, whole)
    return found


def test_a_kill_between_the_last_epoch_and_the_measurement(alone: tuple[str, Path, float], tmp_path: Path) -> None:
    app, whole, _ = alone
    dies = "import os, sys; from apps.__main__ import main; from common import pipeline; "
    dies += "pipeline._write_history = lambda *given: os.kill(os.getpid(), 9); sys.exit(main(sys.argv[1:]))"
    words = arguments(app, tmp_path / "run")
    killed = subprocess.run([sys.executable, "-c", dies, *words], cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert stage(tmp_path / "run") == "model.keras"
    process = start(words)
    output = process.communicate(timeout=LIMIT_SECONDS)[0].decode()
    assert process.returncode == 0, output
    assert_same(tmp_path / "run", whole)


def test_kills_at_random_moments(alone: tuple[str, Path, float], tmp_path: Path) -> None:
    app, run, seconds = alone
    print(f"\n{app}: seed {SEED}")
    signals = [signal.SIGKILL] * KILLS
    print(app, dict(stopped_often(app, run, seconds, tmp_path, signals, random.Random(f"{app} {SEED}"))))


def test_polite_stops_at_random_moments(alone: tuple[str, Path, float], tmp_path: Path) -> None:
    app, run, seconds = alone
    signals = [signal.SIGTERM, signal.SIGINT] * (KILLS // 4)
    print(app, dict(stopped_often(app, run, seconds, tmp_path, signals, random.Random(f"{app} polite {SEED}"))))
