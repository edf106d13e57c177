"""Counting keys that come in blocks: memory grows with the distinct keys, not with all of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

_FEWEST = 1 << 18  # keys that wait at the least, before they are sorted into those known


def count_keys(blocks: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """How often each key occurs.

    What waits is merged when it is as much as is known already, so that the time stays that of one sort.

    Args:
        blocks: each (n,) int64.

    Returns:
        keys: (distinct,) int64, ascending.
        counts: (distinct,) int64.
    """
    keys, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    waiting: list[tuple[np.ndarray, np.ndarray]] = []
    size = 0
    for block in blocks:
        waiting.append(np.unique(block, return_counts=True))
        size += len(waiting[-1][0])
        if size >= max(_FEWEST, len(keys)):
            keys, counts = _merged([(keys, counts), *waiting])
            waiting, size = [], 0
    return _merged([(keys, counts), *waiting]) if waiting else (keys, counts)


def _merged(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    every, times = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = np.argsort(every, kind="stable")
    every, times = every[order], times[order]
    first = np.flatnonzero(np.diff(every, prepend=every[:1] - 1))
    return every[first], np.add.reduceat(times, first) if len(first) else times
