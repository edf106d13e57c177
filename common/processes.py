"""Child processes of one command: started, watched, and never left behind."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
_SUPERVISOR = "UNROLL_SUPERVISOR"  # process id
_GRACE_SECONDS = 10  # between asking a process to end and ending it


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        return int(one.getsockname()[1])


def shared_threads(processes: int) -> dict[str, str]:
    """The environment variables that share this machine's cores out among so many processes."""
    threads = max(1, (os.cpu_count() or 1) // processes)
    names = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC")  # NPROC is what XLA reads
    return dict.fromkeys(names, str(threads)) | {"TF_NUM_INTEROP_THREADS": "1"}


@dataclass
class Child:
    """One supervised process and how often it was started.

    Attributes:
        name: what people are told.
        log: where it prints; None is where this process prints.
    """

    name: str
    log: Path | None
    starts: int = 0
    running: subprocess.Popen[bytes] | None = None
    done: bool = False

    def start(self, command: Sequence[str], variables: Mapping[str, str]) -> None:
        """Starts it in a session of its own, so that Ctrl-C reaches its supervisor alone."""
        self.starts += 1
        with open(self.log, "ab") if self.log else contextlib.nullcontext() as log:
            self.running = subprocess.Popen(
                list(command), stdout=log, stderr=subprocess.STDOUT if log else None, stdin=subprocess.DEVNULL,
                env={**os.environ, **variables, _SUPERVISOR: str(os.getpid())}, start_new_session=True,
            )  # fmt: skip

    def status(self) -> int | None:
        """Its exit status when it has ended."""
        return self.running.poll() if self.running else None

    def last_words(self) -> str:
        """The last line of its log."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log and self.log.exists() else ""
        lines = text.strip().splitlines()
        return lines[-1][:300] if lines else "nothing was printed"


@contextlib.contextmanager
def stopped_after(processes: Sequence[Child]) -> Iterator[None]:
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
                    one.running.wait(timeout=_GRACE_SECONDS)
                except subprocess.TimeoutExpired:
                    one.running.kill()
                    one.running.wait()


def leave_with_the_supervisor() -> None:
    """In a supervised process: ends it when its supervisor is gone, so that a killed command leaves nothing running.

    The supervisor may have been killed before this is called: importing takes seconds.
    """
    supervisor = os.environ.get(_SUPERVISOR)
    if supervisor is None:
        return

    def watch() -> None:
        while str(os.getppid()) == supervisor:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
