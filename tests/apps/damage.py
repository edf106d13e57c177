"""Damage to files, and what a one-line error is."""

from __future__ import annotations

import contextlib
import random
import resource
import signal
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def flipped(path: Path, place: int, exactly: bool = False) -> Iterator[None]:
    """Turns one bit of a file, at a place or at one drawn with it as the seed, for as long as the block runs."""
    whole = path.read_bytes()
    raw, chance = bytearray(whole), random.Random(f"{path.name} {place}")
    raw[place if exactly else chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    path.write_bytes(raw)
    try:
        yield
    finally:
        path.write_bytes(whole)


@contextlib.contextmanager
def files_up_to(size_bytes: int) -> Iterator[None]:
    """Every write of this process beyond a size fails, native code's included, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def assert_one_line(error: str, *words: str) -> None:
    """The last thing said is the error, in one line with the words in it, and no traceback."""
    assert "Traceback" not in error
    last = error.splitlines()[-1]
    assert last.startswith("unroll: "), error
    for word in words:
        assert word in last, error
