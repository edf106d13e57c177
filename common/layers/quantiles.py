"""Quantile heads that cannot cross: the median, and gaps above and below it that are never negative.

Plain Keras operations, no custom layer: a model made of them loads where Unroll is not installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops
from scipy import stats

STUDENT_NODES = np.linspace(0.0, 0.4, 9)  # values of 1 / degrees of freedom that Student's quantiles are tabulated at


def normal_gaps(levels: Sequence[float]) -> np.ndarray:
    """(levels - 1,) float32 distances between neighbouring quantiles of a standard normal variable."""
    return np.diff(stats.norm.ppf(levels)).astype(np.float32)


def quantiles_from_gaps(median: Any, gaps: Any, below: int) -> Any:
    """Quantiles from the median outwards.

    Args:
        median: (batch, n, 1).
        gaps: (batch, n, levels - 1), none negative: distances between neighbouring quantiles, from the lowest up.
        below: int. How many levels lie below the median's.

    Returns:
        (batch, n, levels), ascending along the last axis.
    """
    lower = ops.flip(ops.cumsum(ops.flip(gaps[..., :below], axis=-1), axis=-1), axis=-1)
    upper = ops.cumsum(gaps[..., below:], axis=-1)
    return ops.concatenate([median - lower, median, median + upper], axis=-1)


def student_quantiles(inverse_freedom: Any, levels: Sequence[float]) -> Any:
    """Quantiles of Student's t with unit variance, between tabulated degrees of freedom linear in their inverse.

    A device has no inverse of the distribution function; nine rows of a table and hat functions stand in for it.

    Args:
        inverse_freedom: (batch, n, 1), 1 / degrees of freedom, between 0 (a normal variable) and 0.4.
        levels: ascending, between 0 and 1.

    Returns:
        (batch, n, levels), ascending along the last axis.
    """
    step = float(STUDENT_NODES[1] - STUDENT_NODES[0])
    hats = ops.relu(1.0 - ops.abs(inverse_freedom - STUDENT_NODES.astype(np.float32)) / step)  # (batch, n, nodes)
    return ops.matmul(hats, _student_table(levels))


def _student_table(levels: Sequence[float]) -> np.ndarray:
    """(nodes, levels) float32."""
    rows = [stats.norm.ppf(levels)]
    for inverse in STUDENT_NODES[1:]:
        freedom = 1.0 / inverse
        rows.append(stats.t.ppf(levels, freedom) * np.sqrt((freedom - 2.0) / freedom))
    return np.array(rows, np.float32)
