"""Dynamic time warping: how far two sequences are apart when time may stretch, and the nearest of many.

Sakoe and Chiba (1978), "Dynamic programming algorithm optimization for spoken word recognition", symmetric form.
"""

from __future__ import annotations

import numpy as np


def warped_distances(sequence: np.ndarray, templates: np.ndarray, band: int) -> np.ndarray:
    """(templates,) float64: the least sum of squared differences along a warping path, for all templates at once.

    Args:
        sequence: (timesteps, features).
        templates: (templates, timesteps, features) of the same length.
        band: int. How many steps two matched positions may be apart.
    """
    count, steps = templates.shape[:2]
    row = np.full((steps + 1, count), np.inf)
    row[0] = 0.0
    for i in range(steps):
        low, high = max(0, i - band), min(steps, i + band + 1)
        cost = np.square(templates[:, low:high] - sequence[i]).sum(axis=2).T  # (band, templates)
        new = np.full_like(row, np.inf)
        for j in range(low, high):
            new[j + 1] = cost[j - low] + np.minimum(np.minimum(row[j], row[j + 1]), new[j])
        row = new
    return row[steps]


def nearest_template(sequences: np.ndarray, templates: np.ndarray, classes: np.ndarray, band: int = 3) -> np.ndarray:
    """(sequences,) the class of the nearest template of each sequence.

    Args:
        sequences: (sequences, timesteps, features).
        templates: (templates, timesteps, features).
        classes: (templates,) int.
        band: int. As in `warped_distances`.
    """
    nearest = [int(np.argmin(warped_distances(sequence, templates, band))) for sequence in sequences]
    return np.asarray(classes)[nearest]
