"""Networks of several recurrent layers: two directions beside each other, and layers on each other.

Bidirectional: Schuster and Paliwal (1997), with Keras' default of concatenating the two outputs. Deep: Graves et al.
(2013); layer k + 1 reads the states of layer k.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from common.equations.cell import Cell, Weights
from common.equations.through_time import Gradients, Trace, backward, forward


def bidirectional_forward(
    cell: Cell, forwards: Weights, backwards: Weights, x: np.ndarray, lengths: np.ndarray | None = None
) -> tuple[np.ndarray, tuple[Trace, Trace]]:
    """Reads x in both directions, with weights for each.

    Returns:
        The states of both, (batch, timesteps, 2 units): entry t has seen the whole row. And the two traces.
    """
    traces = forward(cell, forwards, x, lengths), forward(cell, backwards, x, lengths, go_backwards=True)
    return np.concatenate([trace.states[0] for trace in traces], axis=2), traces


def bidirectional_backward(
    traces: tuple[Trace, Trace], d_states: np.ndarray
) -> tuple[np.ndarray, tuple[Gradients, Gradients]]:
    """Sends each half of the error through its direction.

    Args:
        traces: of `bidirectional_forward`.
        d_states: (batch, timesteps, 2 units).

    Returns:
        dLoss/dx (batch, timesteps, features), the sum over both directions, and the gradients of each.
    """
    first, second = (backward(trace, error) for trace, error in zip(traces, np.split(d_states, 2, axis=2), strict=True))
    return first.inputs + second.inputs, (first, second)


def deep_forward(
    cells: Sequence[Cell], weights: Sequence[Weights], x: np.ndarray, lengths: np.ndarray | None = None
) -> list[Trace]:
    """Runs layers on each other, the lowest first; the output is `traces[-1].states[0]`."""
    traces: list[Trace] = []
    for cell, own in zip(cells, weights, strict=True):
        traces.append(forward(cell, own, traces[-1].states[0] if traces else x, lengths))
    return traces


def deep_backward(traces: Sequence[Trace], d_states: np.ndarray) -> list[Gradients]:
    """Sends the error of the top layer's states, (batch, timesteps, units), down: inputs of one, states of the next.

    Returns:
        The gradients of every layer, the lowest first; dLoss/dx is `gradients[0].inputs`.
    """
    gradients: list[Gradients] = []
    for trace in reversed(traces):
        gradients.insert(0, backward(trace, gradients[0].inputs if gradients else d_states))
    return gradients
