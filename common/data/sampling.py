"""Samples that bound what linear models and other baselines take: their time and memory must not grow without end."""

from __future__ import annotations

import logging

import numpy as np

_log = logging.getLogger(__name__)


def sampled_rows(count: int, most: int, seed: int, what: str) -> np.ndarray:
    """All rows in their order where they are at most `most`; else so many of them at random, and a log line says so.

    Args:
        count: int. The number of rows.
        most: int. Rows wanted at most.
        seed: int. Seed of the choice.
        what: who is trained on what, for the line: `"a baseline: texts"`.

    Returns:
        (at most `most`,) int64.
    """
    if count <= most:
        return np.arange(count)
    _log.warning("%s: trained on a sample of %s of the %s", what, f"{most:,}", f"{count:,}")
    return np.random.default_rng(seed).choice(count, most, replace=False)
