"""The gated recurrent unit of Cho et al. (2014), in the two forms that Keras has.

    z_t = sigmoid(x_t W_z + h_{t-1} U_z + b_z)      how much of the old state stays
    r_t = sigmoid(x_t W_r + h_{t-1} U_r + b_r)      how much of it the candidate sees
    g_t = tanh(x_t W_h + (r_t * h_{t-1}) U_h + b_h)             reset_after=False, as in the paper
    g_t = tanh(x_t W_h + b_h + r_t * (h_{t-1} U_h + b'_h))      reset_after=True, Keras' default
    h_t = z_t * h_{t-1} + (1 - z_t) * g_t

With `reset_after=True` all three products with h_{t-1} are one product, and the recurrent side has a bias of its own
in every gate.

`keras.layers.GRU`: kernel (features, 3 units), recurrent kernel (units, 3 units), laid out [z | r | h]; bias
(2, 3 units), the input side in the first row, or (3 units,) with `reset_after=False`.
"""

from __future__ import annotations

import numpy as np

from common.equations.cell import Cell, Memory, States, Weights, gated_shapes, sigmoid


def step_reset_after(weights: Weights, x: np.ndarray, states: States) -> tuple[States, Memory]:
    """One step of the state, the reset gate on the product; x: (batch, features)."""
    kernel, recurrent_kernel, (input_bias, recurrent_bias) = weights
    (before,) = states
    input_z, input_r, input_g = np.split(x @ kernel + input_bias, 3, axis=1)  # (batch, units) each
    recurrent_z, recurrent_r, recurrent_g = np.split(before @ recurrent_kernel + recurrent_bias, 3, axis=1)
    z, r = sigmoid(input_z + recurrent_z), sigmoid(input_r + recurrent_r)
    g = np.tanh(input_g + r * recurrent_g)
    return (z * before + (1.0 - z) * g,), (x, before, z, r, g, recurrent_g)


def step_back_reset_after(weights: Weights, memory: Memory, d_states: States) -> tuple[np.ndarray, States, Weights]:
    """One step of back-propagation through time; the two sides of a sum differ only where r stands between them."""
    kernel, recurrent_kernel, _ = weights
    x, before, z, r, g, recurrent_g = memory
    (d_h,) = d_states
    d_z = d_h * (before - g) * z * (1.0 - z)
    d_g = d_h * (1.0 - z) * (1.0 - g**2)
    d_r = d_g * recurrent_g * r * (1.0 - r)
    d_input = np.concatenate([d_z, d_r, d_g], axis=1)  # (batch, 3 units)
    d_recurrent = np.concatenate([d_z, d_r, d_g * r], axis=1)
    d_bias = np.stack([d_input.sum(axis=0), d_recurrent.sum(axis=0)])  # (2, 3 units)
    d_before = d_h * z + d_recurrent @ recurrent_kernel.T
    return d_input @ kernel.T, (d_before,), (x.T @ d_input, before.T @ d_recurrent, d_bias)


def step_reset_before(weights: Weights, x: np.ndarray, states: States) -> tuple[States, Memory]:
    """One step of the state, the reset gate on the state; x: (batch, features)."""
    kernel, recurrent_kernel, bias = weights
    (before,) = states
    kernel_z, kernel_r, kernel_g = np.split(recurrent_kernel, 3, axis=1)  # (units, units) each
    input_z, input_r, input_g = np.split(x @ kernel + bias, 3, axis=1)  # (batch, units) each
    z, r = sigmoid(input_z + before @ kernel_z), sigmoid(input_r + before @ kernel_r)
    g = np.tanh(input_g + (r * before) @ kernel_g)
    return (z * before + (1.0 - z) * g,), (x, before, z, r, g)


def step_back_reset_before(weights: Weights, memory: Memory, d_states: States) -> tuple[np.ndarray, States, Weights]:
    """One step of back-propagation through time; h_{t-1} is used four times: by z, by r, by g and by h_t."""
    kernel, recurrent_kernel, _ = weights
    kernel_z, kernel_r, kernel_g = np.split(recurrent_kernel, 3, axis=1)
    x, before, z, r, g = memory
    (d_h,) = d_states
    d_z = d_h * (before - g) * z * (1.0 - z)
    d_g = d_h * (1.0 - z) * (1.0 - g**2)
    d_seen = d_g @ kernel_g.T  # dLoss/d(r * h_{t-1})
    d_r = d_seen * before * r * (1.0 - r)
    d_sums = np.concatenate([d_z, d_r, d_g], axis=1)  # (batch, 3 units)
    d_recurrent_kernel = np.concatenate([before.T @ d_z, before.T @ d_r, (r * before).T @ d_g], axis=1)
    d_before = d_h * z + d_z @ kernel_z.T + d_r @ kernel_r.T + d_seen * r
    return d_sums @ kernel.T, (d_before,), (x.T @ d_sums, d_recurrent_kernel, d_sums.sum(axis=0))


def _shapes_reset_after(features: int, units: int) -> tuple[tuple[int, ...], ...]:
    return ((features, 3 * units), (units, 3 * units), (2, 3 * units))


GRU = Cell("GRU", 3, ("h",), _shapes_reset_after, step_reset_after, step_back_reset_after)
GRU_RESET_BEFORE = Cell("GRU, reset before", 3, ("h",), gated_shapes(3), step_reset_before, step_back_reset_before)
