"""Locks between processes: files that the system lets go of with the process that holds them, however it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from common.console import say
from common.errors import UserError
from common.files import unwritable


@contextlib.contextmanager
def alone(lock: Path, refusal: str) -> Iterator[None]:
    """Holds a lock for as long as the block runs; its folder is made.

    Raises:
        UserError: another process holds it; `refusal` says so.
        UnwritableError: the folder cannot be written.
    """
    held = _acquired(lock, 0)
    if held is None:
        raise UserError(refusal)
    try:
        yield
    finally:
        held.release()


@contextlib.contextmanager
def in_turn(lock: Path, waiting: str) -> Iterator[None]:
    """Holds a lock for as long as the block runs, waiting for it where another process holds it, which is said.

    Raises:
        UnwritableError: the folder cannot be written.
    """
    held = _acquired(lock, 0)
    if held is None:
        say(waiting)
        held = _acquired(lock, -1)
    assert held is not None
    try:
        yield
    finally:
        held.release()


def _acquired(lock: Path, seconds: float) -> FileLock | None:
    """The lock, held; None when it could not be had in time. Negative `seconds` are for ever."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        held = FileLock(lock)
        held.acquire(timeout=seconds)
    except Timeout:
        return None
    except OSError as error:
        raise unwritable(lock.parent, error) from error
    return held
