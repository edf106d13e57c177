"""A chief and workers on loopback: whoever is killed, every trial is accounted for and nothing hangs."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from common.errors import UserError
from tuning.workers import Supervisor, require_free

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 150


def start(folder: Path, trials: int, algorithm: str = "random") -> subprocess.Popen[bytes]:
    environment = {**os.environ, "KERAS_BACKEND": "numpy", "TF_CPP_MIN_LOG_LEVEL": "3"}  # quicker to start
    command = [sys.executable, "-m", "tests.tuning.toy_search", str(folder), "supervisor", str(trials), algorithm]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def completed(folder: Path) -> list[dict]:
    rows = []
    for path in folder.glob("trials/*/trial.json"):
        with contextlib.suppress(FileNotFoundError):
            rows.append(json.loads(path.read_text()))
    return [row for row in rows if row["status"] in ("completed", "repeated")]


def wait_until(condition, seconds: float = LIMIT_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "in time"
        time.sleep(0.05)


def kill(folder: Path, name: str) -> None:
    pid = int((folder / "logs" / f"{name}.pid").read_text())
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def finished(process: subprocess.Popen[bytes], folder: Path, trials: int) -> None:
    output = process.communicate(timeout=LIMIT_SECONDS)[0].decode()
    assert process.returncode == 0, output
    states = {
        path.parent.name: json.loads(path.read_text())["status"] for path in folder.glob("oracle/trial_*/trial.json")
    }
    assert len(completed(folder)) == trials == len(states), output
    assert set(states.values()) == {"COMPLETED"}
    wait_until(lambda: not left_over(folder), 30)


def left_over(folder: Path) -> list[int]:
    """Processes of a search that still run; on Linux."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def test_a_killed_worker_and_a_killed_chief_are_started_again_and_nothing_is_lost(tmp_path: Path) -> None:
    folder, trials = tmp_path / "study", 40
    process = start(folder, trials)
    try:
        wait_until(lambda: len(completed(folder)) >= 2 and (folder / "logs" / "tuner0.pid").exists())
        kill(folder, "tuner0")
        kill(folder, "chief")
        finished(process, folder, trials)
    finally:
        process.kill()


@pytest.mark.skipif(os.environ.get("UNROLL_SLOW") != "1", reason="minutes; set UNROLL_SLOW=1")
@pytest.mark.parametrize("moment", range(10))
def test_kills_at_random_moments(tmp_path: Path, moment: int) -> None:
    chance = random.Random(moment)
    folder, trials, algorithm = tmp_path / "study", 60, chance.choice(["random", "bayes"])
    process = start(folder, trials, algorithm)
    try:
        wait_until(lambda: (folder / "logs" / "tuner0.pid").exists())
        for _ in range(chance.randint(1, 3)):
            time.sleep(chance.uniform(0.2, 4))
            victim = chance.choice(["tuner0", "tuner1", "chief", "everything"])
            if victim != "everything":
                with contextlib.suppress(FileNotFoundError):
                    kill(folder, victim)
                continue
            process.kill()
            process.wait()
            for name in ("chief", "tuner0", "tuner1"):
                with contextlib.suppress(FileNotFoundError):
                    kill(folder, name)
            process = start(folder, trials, algorithm)
        finished(process, folder, trials)
    finally:
        process.kill()


def test_workers_that_cannot_run_end_the_search_with_their_last_words(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tuning.workers._RESTARTS", 1)
    supervisor = Supervisor(lambda name: [sys.executable, "-c", "import sys; sys.exit('no data here')"], tmp_path, 2)
    with pytest.raises(UserError, match="no data here"):
        supervisor.run()


def test_the_deadline_ends_it(tmp_path: Path) -> None:
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    started = time.monotonic()
    assert Supervisor(lambda name: sleeping, tmp_path, 1, deadline_seconds=0.5).run() is False
    assert time.monotonic() - started < 30


def test_a_port_in_use_is_refused_in_a_line() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        with pytest.raises(UserError, match=f"--chief 127.0.0.1:{port}: expected a free port"):
            require_free("127.0.0.1", port)
