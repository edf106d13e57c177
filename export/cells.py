"""Recurrent cells as numbers, and one step of each as TFLite operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from export.graph import Graph, Tensor

# Keras activation -> the operators that compute it; other activations take Keras' own way through the converter.
ACTIVATIONS: dict[str, Callable[[Graph, Tensor], Tensor]] = {
    "linear": lambda graph, x: x,
    "tanh": lambda graph, x: graph.unary("TANH", x),
    "sigmoid": lambda graph, x: graph.unary("LOGISTIC", x),
    "relu": lambda graph, x: graph.unary("RELU", x),
    "relu6": lambda graph, x: graph.unary("RELU6", x),
    "elu": lambda graph, x: graph.unary("ELU", x),
    # Keras 3: relu6(x + 3) / 6
    "hard_sigmoid": lambda graph, x: graph.mul(
        graph.unary("RELU6", graph.add(x, graph.constant(np.float32(3)))), graph.constant(np.float32(1 / 6))
    ),
}


@dataclass(frozen=True)
class Cell:
    """One direction of one recurrent layer, in the form that FULLY_CONNECTED wants: (outputs, inputs).

    Attributes:
        kind: `simple_rnn`, `lstm`, `gru` (reset after the product), `gru_reset_before` or `min_gru`.
        units: size of the state.
        kernel: (gates * units, features) float32, applied to the inputs of all steps at once.
        bias: (gates * units,) float32, added there.
        recurrent: matrices (rows, units) float32 applied at every step: one, two for `gru_reset_before` (both gates,
            then the candidate), none for `min_gru`.
        recurrent_bias: (gates * units,) float32 of the recurrent product; only `gru` has one.
        activation, recurrent_activation: keys of `ACTIVATIONS`.
    """

    kind: str
    units: int
    kernel: np.ndarray
    bias: np.ndarray
    recurrent: tuple[np.ndarray, ...]
    recurrent_bias: np.ndarray | None = None
    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"

    @property
    def states(self) -> int:
        """How many states (1, units) are carried; the first is the output."""
        return 2 if self.kind == "lstm" else 1


# (x W + b) of this step, the states, products with the recurrent matrices -> the new states
Products = Sequence[Callable[[Graph, Tensor], Tensor]]


def step(graph: Graph, cell: Cell, row: Tensor, states: Sequence[Tensor], products: Products) -> list[Tensor]:
    """Adds one step to a graph; the equations are those of `common/equations`.

    Args:
        graph: where to.
        cell: the cell.
        row: (1, gates * units), the projected input of the step.
        states: (1, units) each.
        products: for each matrix of `cell.recurrent` a function that multiplies (1, units) by it.

    Returns:
        The new states; the first is the output.
    """
    act, gate = ACTIVATIONS[cell.activation], ACTIVATIONS[cell.recurrent_activation]
    return _STEPS[cell.kind](graph, row, list(states), products, lambda x: act(graph, x), lambda x: gate(graph, x))


Elementwise = Callable[[Tensor], Tensor]


def _simple_rnn(
    graph: Graph, row: Tensor, states: list[Tensor], products: Products, act: Elementwise, gate: Elementwise
) -> list[Tensor]:
    return [act(graph.add(row, products[0](graph, states[0])))]


def _lstm(
    graph: Graph, row: Tensor, states: list[Tensor], products: Products, act: Elementwise, gate: Elementwise
) -> list[Tensor]:
    """Keras' order i, f, g, o. One activation over all gates, then one SPLIT: fewer operators than four of each."""
    units = graph.shape(states[0])[1]
    sums = graph.add(row, products[0](graph, states[0]))
    i, f, _, o = graph.split(gate(sums), 4, axis=1)
    c = graph.add(graph.mul(f, states[1]), graph.mul(i, act(graph.columns(sums, 2 * units, units))))
    return [graph.mul(o, act(c)), c]


def _gru(
    graph: Graph, row: Tensor, states: list[Tensor], products: Products, act: Elementwise, gate: Elementwise
) -> list[Tensor]:
    """Keras' order z, r, g; the reset gate stands between the two sides of the candidate's sum."""
    units = graph.shape(states[0])[1]
    product = products[0](graph, states[0])
    sums = graph.add(graph.columns(row, 0, 2 * units), graph.columns(product, 0, 2 * units))
    z, r = graph.split(gate(sums), 2, axis=1)
    reset = graph.mul(r, graph.columns(product, 2 * units, units))
    candidate = act(graph.add(graph.columns(row, 2 * units, units), reset))
    return [_between(graph, z, states[0], candidate)]


def _gru_reset_before(
    graph: Graph, row: Tensor, states: list[Tensor], products: Products, act: Elementwise, gate: Elementwise
) -> list[Tensor]:
    units = graph.shape(states[0])[1]
    z, r = graph.split(gate(graph.add(graph.columns(row, 0, 2 * units), products[0](graph, states[0]))), 2, axis=1)
    candidate = act(graph.add(graph.columns(row, 2 * units, units), products[1](graph, graph.mul(r, states[0]))))
    return [_between(graph, z, states[0], candidate)]


def _min_gru(
    graph: Graph, row: Tensor, states: list[Tensor], products: Products, act: Elementwise, gate: Elementwise
) -> list[Tensor]:
    """`row` holds what is kept and what is added, (1, 2 units): see `export.loops`."""
    kept, added = graph.split(row, 2, axis=1)
    return [graph.add(graph.mul(kept, states[0]), added)]


def _between(graph: Graph, z: Tensor, old: Tensor, new: Tensor) -> Tensor:
    """z * old + (1 - z) * new with one multiplication less."""
    return graph.add(new, graph.mul(z, graph.sub(old, new)))


_STEPS: dict[str, Callable[..., list[Tensor]]] = {
    "simple_rnn": _simple_rnn,
    "lstm": _lstm,
    "gru": _gru,
    "gru_reset_before": _gru_reset_before,
    "min_gru": _min_gru,
}
