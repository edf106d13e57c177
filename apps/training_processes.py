"""`unroll train --processes N`: starts the processes, watches them, and ends all when one dies."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from common.errors import UserError
from common.processes import LOOPBACK, Child, free_port, shared_threads, stopped_after

_POLL_SECONDS = 0.2
_OTHERS_SECONDS = 1.0  # after one has died, for others that died with it
_ABORTED = -6  # how JAX ends a process whose coordinator is gone
_LOST = 3  # `common.jax_processes.LostProcessError`


def train_in_processes(arguments: Sequence[str], folder: Path, count: int) -> None:
    """Runs one training in several processes; the first prints here, what the others print is told if they fail.

    Args:
        arguments: the command line, `train APP --run-dir ...`.
        folder: of the run.
        count: of the processes.

    Raises:
        UserError: JAX is missing, or a process died.
        SystemExit: the first process failed, and has told why.
    """
    if count < 2:
        raise UserError(f"--processes: expected 2 or more, found {count}; leave the flag out for one")
    if importlib.util.find_spec("jax") is None:
        raise UserError("--processes: expected the package jax, found none; install unroll[jax]")
    from common.jax_processes import environment

    address = f"{LOOPBACK}:{free_port()}"
    variables = [environment(address, count, number) | shared_threads(count) for number in range(count)]
    run_together([sys.executable, "-m", "apps", *arguments], variables, folder)


def run_together(command: Sequence[str], variables: Sequence[dict[str, str]], folder: Path) -> None:
    """Runs a command once for each set of environment variables, until all have ended well or one has not.

    Raises:
        UserError: a process died; the others are stopped first.
        SystemExit: the first process failed, and has told why.
    """
    with tempfile.TemporaryDirectory(prefix="unroll-") as logs:
        children = [
            Child(f"process {number}", Path(logs) / f"{number}.log" if number else None)
            for number in range(len(variables))
        ]
        with stopped_after(children):
            for one, own in zip(children, variables, strict=True):
                one.start(command, own)
            while any(one.status() is None for one in children) and not any(one.status() for one in children):
                time.sleep(_POLL_SECONDS)
            if any(one.status() for one in children):
                time.sleep(_OTHERS_SECONDS)
                _tell(children, folder)


def _tell(children: Sequence[Child], folder: Path) -> None:
    """Raises for the process that failed first, as far as can be told: the others fail because of it."""
    failed = [one for one in children if one.status()]
    cause = min(failed, key=lambda one: (one.status() in (_ABORTED, _LOST), (one.status() or 0) > 0))
    status = cause.status() or 0
    if status > 0 and cause.log is None:
        raise SystemExit(status)
    how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}: {cause.last_words()}"
    raise UserError(
        f"expected {len(children)} processes to the end, found that {cause.name} {how}; "
        f"the same command with --run-dir {folder} goes on"
    )
