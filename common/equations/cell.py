"""What the loop over time needs to know of a recurrent cell: its shapes, its step, and its step backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# The arrays of `layer.get_weights()` of the Keras layer of the same name, in its order.
Weights = tuple[np.ndarray, ...]
# What a cell hands from one step to the next, (batch, units) each: (h,), or (h, c) for the LSTM.
States = tuple[np.ndarray, ...]
# What a step keeps for its way back; only the cell that wrote it reads it.
Memory = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Cell:
    """The equations of one step, forwards and backwards; the loop over time is in `through_time.py`.

    Args:
        name: str. The name people say.
        gates: int. How many blocks of `units` columns the kernel has.
        state_names: what the cell carries from step to step; the first is the output.
        shapes: `shapes(features, units)` gives the shape of each weight, in Keras' order.
        step: `step(weights, x, states)` gives the new states and the memory; x: (batch, features).
        step_back: `step_back(weights, memory, d_states)` takes dLoss/d(new state) of every state and gives
            dLoss/dx (batch, features), dLoss/d(old state) of every state, and the step's share of dLoss/dweights.
    """

    name: str
    gates: int
    state_names: tuple[str, ...]
    shapes: Callable[[int, int], tuple[tuple[int, ...], ...]]
    step: Callable[[Weights, np.ndarray, States], tuple[States, Memory]]
    step_back: Callable[[Weights, Memory, States], tuple[np.ndarray, States, Weights]]

    def units(self, weights: Weights) -> int:
        """The size of the state that these weights make."""
        return weights[0].shape[1] // self.gates


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), written with tanh because exp overflows for large -x; any shape, float64."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def gated_shapes(gates: int) -> Callable[[int, int], tuple[tuple[int, ...], ...]]:
    """Kernel, recurrent kernel and bias with the blocks of all gates side by side, as Keras lays them."""
    return lambda features, units: ((features, gates * units), (units, gates * units), (gates * units,))
