"""The minimal gated recurrent unit of Feng et al. (2024), "Were RNNs All We Needed?", in its plain form.

    z_t = sigmoid(x_t W_z + b_z)
    g_t = x_t W_h + b_h
    h_t = (1 - z_t) * h_{t-1} + z_t * g_t

Neither the gate nor the candidate sees h_{t-1}, so h_t is linear in it and all steps can be found at once: `scan.py`.
Note that z_t is the share of the new here; in Keras' GRU it is the share of the old.

`common.layers.MinGRU`: kernel (features, 2 units) and bias (2 units,), laid out [z | h]; there is no recurrent kernel.
"""

from __future__ import annotations

import numpy as np

from common.equations.cell import Cell, Memory, States, Weights, sigmoid


def gate_and_candidate(weights: Weights, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """z and g of any number of steps at once; x: (..., features), each result (..., units)."""
    kernel, bias = weights
    sum_z, g = np.split(x @ kernel + bias, 2, axis=-1)
    return sigmoid(sum_z), g


def step(weights: Weights, x: np.ndarray, states: States) -> tuple[States, Memory]:
    """One step of the state; x: (batch, features)."""
    (before,) = states
    z, g = gate_and_candidate(weights, x)
    return ((1.0 - z) * before + z * g,), (x, before, z, g)


def step_back(weights: Weights, memory: Memory, d_states: States) -> tuple[np.ndarray, States, Weights]:
    """One step of back-propagation through time: the error goes back through 1 - z alone."""
    kernel, _ = weights
    x, before, z, g = memory
    (d_h,) = d_states
    d_sums = np.concatenate([d_h * (g - before) * z * (1.0 - z), d_h * z], axis=1)  # (batch, 2 units)
    return d_sums @ kernel.T, (d_h * (1.0 - z),), (x.T @ d_sums, d_sums.sum(axis=0))


def _shapes(features: int, units: int) -> tuple[tuple[int, ...], ...]:
    return ((features, 2 * units), (2 * units,))


MIN_GRU = Cell("minGRU", 2, ("h",), _shapes, step, step_back)
