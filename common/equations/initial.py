"""Initial weights, as the Keras layers draw them."""

from __future__ import annotations

import numpy as np

from common.equations.cell import Cell, Weights
from common.equations.lstm import LSTM


def initial_weights(cell: Cell, features: int, units: int, generator: np.random.Generator) -> Weights:
    """Kernel Glorot uniform, recurrent kernel orthogonal, biases zero, except 1 in an LSTM's forget gate.

    The bias of 1 keeps the forget gate open at the start, sigmoid(1) = 0.73, so that the memory's gradient lives long
    enough for something to be learnt (Gers et al. 2000; Jozefowicz et al. 2015).

    Returns:
        The weights in Keras' order, float64.
    """
    shapes = cell.shapes(features, units)
    kernel = glorot_uniform(shapes[0], generator)
    recurrent = tuple(orthogonal(shape, generator) for shape in shapes[1:-1])
    bias = np.zeros(shapes[-1])
    if cell is LSTM:
        bias[units : 2 * units] = 1.0
    return (kernel, *recurrent, bias)


def glorot_uniform(shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Uniform between +-sqrt(6 / (rows + columns)) (Glorot and Bengio 2010)."""
    limit = np.sqrt(6.0 / sum(shape))
    return generator.uniform(-limit, limit, shape)


def orthogonal(shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """(rows, columns) with rows <= columns: orthonormal rows, every such matrix equally likely (Saxe et al. 2014)."""
    rows, columns = shape
    q, r = np.linalg.qr(generator.normal(size=(columns, rows)))
    return (q * np.sign(np.diag(r))).T  # the signs make the draw uniform
