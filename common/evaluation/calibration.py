"""Temperature scaling: probabilities that mean what they say (Guo, Pleiss, Sun and Weinberger 2017, section 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

COLDEST, HOTTEST = 0.2, 5.0
_FLOOR = 1e-12  # below what a float32 softmax tells apart


def fit_temperature(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The temperature T that makes softmax(log(probabilities) / T) most likely, between 0.2 and 5.

    Args:
        probabilities: (rows, classes) float, of examples that the model was not trained on.
        targets: (rows,) int, their classes.

    Returns:
        T; above 1 where the model is too sure of itself. 1 without rows.
    """
    if not len(targets):
        return 1.0
    from scipy.optimize import minimize_scalar

    logs = np.log(np.maximum(np.asarray(probabilities, np.float64), _FLOOR))
    rows = np.arange(len(targets))

    def surprise(log_temperature: float) -> float:
        scaled = logs / np.exp(log_temperature)
        highest = scaled.max(axis=1)
        total = highest + np.log(np.exp(scaled - highest[:, None]).sum(axis=1))
        return float(np.mean(total - scaled[rows, np.asarray(targets)]))

    found = minimize_scalar(surprise, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))


def scale_logits(layer: keras.layers.Dense, temperature: float) -> None:
    """Divides the weights of the dense layer that gives the logits, so that the graph and its cost stay the same."""
    layer.set_weights([np.asarray(weight) / temperature for weight in layer.get_weights()])
