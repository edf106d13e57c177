"""Long short-term memory: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000).

    i_t = sigmoid(x_t W_i + h_{t-1} U_i + b_i)      what enters the memory
    f_t = sigmoid(x_t W_f + h_{t-1} U_f + b_f)      what stays in it
    g_t =    tanh(x_t W_c + h_{t-1} U_c + b_c)      the candidate
    o_t = sigmoid(x_t W_o + h_{t-1} U_o + b_o)      what is shown of it
    c_t = f_t * c_{t-1} + i_t * g_t
    h_t = o_t * tanh(c_t)

`keras.layers.LSTM`: kernel (features, 4 units), recurrent kernel (units, 4 units), bias (4 units,), each laid out
[i | f | c | o].
"""

from __future__ import annotations

import numpy as np

from common.equations.cell import Cell, Memory, States, Weights, gated_shapes, sigmoid


def step(weights: Weights, x: np.ndarray, states: States) -> tuple[States, Memory]:
    """One step of output h and memory c; x: (batch, features)."""
    kernel, recurrent_kernel, bias = weights
    h_before, c_before = states
    sums = x @ kernel + h_before @ recurrent_kernel + bias  # (batch, 4 units)
    sum_i, sum_f, sum_g, sum_o = np.split(sums, 4, axis=1)  # (batch, units) each
    i, f, g, o = sigmoid(sum_i), sigmoid(sum_f), np.tanh(sum_g), sigmoid(sum_o)
    c = f * c_before + i * g
    shown = np.tanh(c)
    return (o * shown, c), (x, h_before, c_before, i, f, g, o, shown)


def step_back(weights: Weights, memory: Memory, d_states: States) -> tuple[np.ndarray, States, Weights]:
    """One step of back-propagation through time: the error of c goes back through f alone, by no matrix and no tanh."""
    kernel, recurrent_kernel, _ = weights
    x, h_before, c_before, i, f, g, o, shown = memory
    d_h, d_c_after = d_states
    d_c = d_c_after + d_h * o * (1.0 - shown**2)  # c_t is used twice: by c_{t+1} and by h_t
    d_sums = np.concatenate(
        [
            d_c * g * i * (1.0 - i),
            d_c * c_before * f * (1.0 - f),
            d_c * i * (1.0 - g**2),
            d_h * shown * o * (1.0 - o),
        ],
        axis=1,
    )  # (batch, 4 units); sigmoid' = sigmoid (1 - sigmoid)
    d_weights = (x.T @ d_sums, h_before.T @ d_sums, d_sums.sum(axis=0))
    return d_sums @ kernel.T, (d_sums @ recurrent_kernel.T, d_c * f), d_weights


LSTM = Cell("LSTM", 4, ("h", "c"), gated_shapes(4), step, step_back)
