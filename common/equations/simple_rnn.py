"""The simple recurrent network of Elman (1990), "Finding Structure in Time".

    h_t = tanh(x_t W + h_{t-1} U + b)

`keras.layers.SimpleRNN`: kernel W (features, units), recurrent kernel U (units, units), bias b (units,).
"""

from __future__ import annotations

import numpy as np

from common.equations.cell import Cell, Memory, States, Weights, gated_shapes


def step(weights: Weights, x: np.ndarray, states: States) -> tuple[States, Memory]:
    """One step of the state; x: (batch, features)."""
    kernel, recurrent_kernel, bias = weights
    (before,) = states
    h = np.tanh(x @ kernel + before @ recurrent_kernel + bias)  # (batch, units)
    return (h,), (x, before, h)


def step_back(weights: Weights, memory: Memory, d_states: States) -> tuple[np.ndarray, States, Weights]:
    """One step of back-propagation through time (Werbos 1990): the chain rule through tanh, then to each factor."""
    kernel, recurrent_kernel, _ = weights
    x, before, h = memory
    (d_h,) = d_states
    d_sum = d_h * (1.0 - h**2)  # (batch, units); tanh' = 1 - tanh^2
    d_weights = (x.T @ d_sum, before.T @ d_sum, d_sum.sum(axis=0))
    return d_sum @ kernel.T, (d_sum @ recurrent_kernel.T,), d_weights


SIMPLE_RNN = Cell("SimpleRNN", 1, ("h",), gated_shapes(1), step, step_back)
