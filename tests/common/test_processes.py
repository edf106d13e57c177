"""A supervised process never outlives its supervisor."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from common.processes import Child

ROOT = Path(__file__).resolve().parents[2]
# a supervisor that starts a child, says its process id, and waits for its standard input to end
SUPERVISOR = """
import sys
from pathlib import Path
from common.processes import Child
child = Child("child", Path(sys.argv[1]))
child.start([sys.executable, "-c", sys.argv[2]], {})
print(child.running.pid, flush=True)
sys.stdin.read()
"""
WATCHED = "import time; {before}; from common.processes import leave_with_the_supervisor as leave; leave(); {after}"


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody waits for any more may stay as a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("before", "after"),
    [("time.sleep(1)", "time.sleep(60)"), ("pass", "print('watching', flush=True); time.sleep(60)")],
    ids=["killed while the child imports", "killed later"],
)
def test_a_child_ends_with_a_killed_supervisor(before: str, after: str, tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    command = [sys.executable, "-c", SUPERVISOR, str(log), WATCHED.format(before=before, after=after)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        pid = int(supervisor.stdout.readline())
        ends = time.monotonic() + 60
        while before == "pass" and "watching" not in log.read_text() and time.monotonic() < ends:
            time.sleep(0.05)
        assert not gone(pid)
        supervisor.kill()
    while not gone(pid) and time.monotonic() < ends:
        time.sleep(0.05)
    assert gone(pid), "it would wait for ever"


def test_a_child_lives_while_its_supervisor_does(tmp_path: Path) -> None:
    child = Child("child", tmp_path / "child.log")
    child.start([sys.executable, "-c", WATCHED.format(before="pass", after="time.sleep(1); print('done')")], {})
    assert child.running is not None and child.running.wait(60) == 0 and child.last_words() == "done"


def test_without_a_supervisor_nothing_is_watched() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "UNROLL_SUPERVISOR"}
    code = WATCHED.format(before="pass", after="import threading; print(threading.active_count())")
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "1"
