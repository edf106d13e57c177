"""The parallel scan: all states of a linear recurrence in log2(timesteps) rounds.

Blelloch (1990), "Prefix Sums and Their Applications"; for recurrent networks Martin and Cundy (2018). A step h -> a *
h + b followed by a step h -> a' * h + b' is again such a step: h -> (a' a) * h + (a' b + b'). Joining steps is
associative, so it does not matter which neighbours are joined first, and all pairs can be joined at once.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from common.equations.min_gru import MIN_GRU, gate_and_candidate
from common.equations.through_time import real_steps


def scan(decay: np.ndarray, drive: np.ndarray, initial: np.ndarray) -> np.ndarray:
    """All states of h_t = decay_t * h_{t-1} + drive_t.

    After the round with distance d, entry t stands for the last 2d steps up to t as one step (Hillis and Steele 1986).

    Args:
        decay, drive: (batch, timesteps, units) float64.
        initial: (batch, units), the state before the first step.

    Returns:
        (batch, timesteps, units).
    """
    decay, drive = decay.copy(), drive.copy()
    distance = 1
    while distance < decay.shape[1]:
        drive[:, distance:] = decay[:, distance:] * drive[:, :-distance] + drive[:, distance:]
        decay[:, distance:] = decay[:, distance:] * decay[:, :-distance]
        distance *= 2
    return decay * initial[:, None] + drive


def min_gru_by_scan(
    weights: Iterable[np.ndarray],
    x: np.ndarray,
    lengths: np.ndarray | None = None,
    initial_state: Iterable[np.ndarray] | None = None,
    go_backwards: bool = False,
) -> np.ndarray:
    """The states that `forward(MIN_GRU, ...)` finds step by step, found by a scan; arguments as there.

    Returns:
        (batch, timesteps, units) float64.
    """
    weights = tuple(np.asarray(weight, np.float64) for weight in weights)
    x = np.asarray(x, np.float64)
    batch, timesteps, _ = x.shape
    real = real_steps(batch, timesteps, lengths)[:, :, None]
    z, g = gate_and_candidate(weights, np.where(real, x, 0.0))
    z = np.where(real, z, 0.0)  # nothing new at a padded step: h_t = 1 * h_{t-1} + 0
    (initial,) = [np.zeros((batch, MIN_GRU.units(weights)))] if initial_state is None else initial_state
    way = slice(None, None, -1 if go_backwards else 1)
    return scan((1.0 - z)[:, way], (z * g)[:, way], np.asarray(initial, np.float64))[:, way]
