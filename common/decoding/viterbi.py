"""The best path of a conditional random field outside the graph, for a model that gives scores instead of tags.

The exported taggers find the path in the graph (`common.layers.crf.best_path`); this serves models of others, and is
what the graph, the Kotlin and the JavaScript reader are compared with. NumPy only.
"""

from __future__ import annotations

import numpy as np


def viterbi(emissions: np.ndarray, moves: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The tags of the path with the highest sum (Viterbi 1967), in float64; of equal ones the lower tag before.

    Args:
        emissions: (timesteps, tags) float, how well each tag fits.
        moves: (tags, tags) float, the score of tag j after tag i; minus infinity where it may not follow.
        start: (tags,) float, the score of each tag in the first step.
        end: (tags,) float, the score of each tag in the last step.

    Returns:
        (timesteps,) int32.
    """
    steps = len(emissions)
    if not steps:
        return np.zeros(0, np.int32)
    best = emissions[0].astype(np.float64) + start
    back = np.zeros((steps, len(start)), np.int32)
    for step in range(1, steps):
        sums = best[:, None] + moves
        back[step] = sums.argmax(axis=0)
        best = sums.max(axis=0) + emissions[step]
    path = np.zeros(steps, np.int32)
    path[-1] = np.argmax(best + end)
    for step in range(steps - 1, 0, -1):
        path[step - 1] = back[step, path[step]]
    return path
