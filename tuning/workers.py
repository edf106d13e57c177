"""Several workers on one machine: Keras Tuner's chief and its workers, started, watched and started again.

The chief keeps the oracle and speaks gRPC, which is neither encrypted nor authenticated: it listens on loopback unless
told otherwise, and whoever reaches its port can hand it results.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from common.console import say
from common.errors import UserError
from common.processes import LOOPBACK, Child, free_port, shared_threads, stopped_after

CHIEF = "chief"
_RESTARTS = 10  # of one process, before it is given up
_POLL_SECONDS = 0.2


def worker_name(number: int) -> str:
    """`tuner0`, `tuner1`, ..."""
    return f"tuner{number}"


def environment(name: str, host: str, port: int) -> dict[str, str]:
    """The environment variables that make a process the chief or a worker of Keras Tuner."""
    return {"KERASTUNER_TUNER_ID": name, "KERASTUNER_ORACLE_IP": host, "KERASTUNER_ORACLE_PORT": str(port)}


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
        port, threads = free_port(), shared_threads(self.workers)
        chief = Child(CHIEF, self.folder / "chief.log")
        workers = [Child(name, self.folder / f"{name}.log") for name in map(worker_name, range(self.workers))]
        ends = time.monotonic() + self.deadline_seconds if self.deadline_seconds is not None else None
        with stopped_after([chief, *workers]):
            for one in (chief, *workers):
                one.start(self.command(one.name), environment(one.name, LOOPBACK, port) | threads)
            while not all(one.done for one in workers):
                if ends is not None and time.monotonic() > ends:
                    return False
                for one in (chief, *workers):
                    self._tend(one, port, threads)
                self.tick()
                time.sleep(_POLL_SECONDS)
        failed = [one for one in workers if one.status() != 0]
        if len(failed) == len(workers):
            raise UserError(f"{self.folder}: expected workers that run, found all failed: {failed[0].last_words()}")
        return True

    def _tend(self, one: Child, port: int, threads: dict[str, str]) -> None:
        status = one.status()
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
        one.start(self.command(one.name), environment(one.name, LOOPBACK, port) | threads)


def own_command(arguments: Sequence[str]) -> Callable[[str], Sequence[str]]:
    """The command line of this very search in another role."""

    def command(name: str) -> Sequence[str]:
        role = CHIEF if name == CHIEF else "worker"
        return [sys.executable, "-m", "apps", *arguments, "--role", role]

    return command
