"""Several workers on one machine: Keras Tuner's chief and its workers, started, watched and started again.

The chief keeps the oracle and speaks gRPC, which is neither encrypted nor authenticated: it listens on loopback unless
told otherwise, and whoever reaches its port can hand it results.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from common.console import say
from common.errors import UserError

CHIEF = "chief"
LOOPBACK = "127.0.0.1"
_SUPERVISED = "UNROLL_SUPERVISED"
_RESTARTS = 10  # of one process, before it is given up
_POLL_SECONDS = 0.2


def worker_name(number: int) -> str:
    """`tuner0`, `tuner1`, ..."""
    return f"tuner{number}"


def environment(name: str, host: str, port: int, threads: int | None = None) -> dict[str, str]:
    """The environment variables that make a process the chief or a worker of Keras Tuner."""
    found = {"KERASTUNER_TUNER_ID": name, "KERASTUNER_ORACLE_IP": host, "KERASTUNER_ORACLE_PORT": str(port)}
    if threads:
        names = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        found |= dict.fromkeys(names, str(threads)) | {"TF_NUM_INTEROP_THREADS": "1"}
    return found


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        return int(one.getsockname()[1])


def require_free(host: str, port: int) -> None:
    """Refuses a port that somebody listens on already.

    Raises:
        UserError: it cannot be bound.
    """
    try:
        with socket.socket() as one:
            one.bind((host, port))
    except OSError as error:
        raise UserError(
            f"--chief {host}:{port}: expected a free port of this machine, found: {error.strerror or error}; "
            "choose another"
        ) from error


@dataclass
class _Process:
    """One supervised process and how often it was started."""

    name: str
    log: Path
    starts: int = 0
    running: subprocess.Popen[bytes] | None = None
    done: bool = False

    def start(self, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self.starts += 1
        with open(self.log, "ab") as log:
            self.running = subprocess.Popen(
                list(command), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env={**os.environ, **variables, _SUPERVISED: "1"}, start_new_session=True,
            )  # fmt: skip

    def died(self) -> int | None:
        """Its exit status when it has ended."""
        return self.running.poll() if self.running else None

    def last_words(self) -> str:
        """The last line of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1][:300] if lines else "nothing was printed"


@dataclass
class Supervisor:
    """Runs a chief and workers until the search has ended.

    Attributes:
        command: process name -> the command line of it.
        folder: of their logs.
        workers: how many.
        deadline_seconds: after it all are stopped; None is none.
        tick: called several times a second, to show progress.
    """

    command: Callable[[str], Sequence[str]]
    folder: Path
    workers: int
    deadline_seconds: float | None = None
    tick: Callable[[], None] = lambda: None
    restarts: dict[str, int] = field(default_factory=dict)

    def run(self) -> bool:
        """Returns whether the search ended by itself, and not by the deadline.

        Raises:
            UserError: the chief or every worker failed too often; their last words are told.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        port, threads = free_port(), max(1, (os.cpu_count() or 1) // self.workers)
        chief = _Process(CHIEF, self.folder / "chief.log")
        workers = [_Process(name, self.folder / f"{name}.log") for name in map(worker_name, range(self.workers))]
        ends = time.monotonic() + self.deadline_seconds if self.deadline_seconds is not None else None
        with _stopped_after([chief, *workers]):
            for one in (chief, *workers):
                one.start(self.command(one.name), environment(one.name, LOOPBACK, port, threads))
            while not all(one.done for one in workers):
                if ends is not None and time.monotonic() > ends:
                    return False
                for one in (chief, *workers):
                    self._tend(one, port, threads)
                self.tick()
                time.sleep(_POLL_SECONDS)
        failed = [one for one in workers if one.died() != 0]
        if len(failed) == len(workers):
            raise UserError(f"{self.folder}: expected workers that run, found all failed: {failed[0].last_words()}")
        return True

    def _tend(self, one: _Process, port: int, threads: int) -> None:
        status = one.died()
        if status is None or one.done:
            return
        if status == 0 and one.name != CHIEF:
            one.done = True
            return
        if one.starts > _RESTARTS:
            if one.name == CHIEF:
                raise UserError(
                    f"{one.log}: expected a chief that runs, found it failed {one.starts} times: {one.last_words()}"
                )
            say(f"{one.name}: given up after {one.starts} starts: {one.last_words()}")
            one.done = True
            return
        say(f"{one.name}: ended with status {status}, started again ({one.last_words()})")
        self.restarts[one.name] = self.restarts.get(one.name, 0) + 1
        one.start(self.command(one.name), environment(one.name, LOOPBACK, port, threads))


@contextlib.contextmanager
def _stopped_after(processes: Sequence[_Process]) -> Iterator[None]:
    """Stops what still runs, however the block ends."""
    try:
        yield
    finally:
        for one in processes:
            if one.running and one.running.poll() is None:
                one.running.terminate()
        for one in processes:
            if one.running:
                try:
                    one.running.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    one.running.kill()
                    one.running.wait()


def leave_with_the_supervisor() -> None:
    """In a supervised process: ends it when its supervisor is gone, so that a killed search leaves nothing running."""
    if os.environ.get(_SUPERVISED) != "1":
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def own_command(arguments: Sequence[str]) -> Callable[[str], Sequence[str]]:
    """The command line of this very search in another role."""

    def command(name: str) -> Sequence[str]:
        role = CHIEF if name == CHIEF else "worker"
        return [sys.executable, "-m", "apps", *arguments, "--role", role]

    return command
