"""The loop over time, forwards and backwards: the same for every cell.

Back-propagation through time as Werbos (1990), "Backpropagation through time: what it does and how to do it", and
Rumelhart, Hinton and Williams (1986) have it: the network is unrolled, one copy of the cell a step, and the gradient
of a weight is the sum over its copies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from common.equations.cell import Cell, Memory, States, Weights


@dataclass(frozen=True)
class Trace:
    """What happened on the way forwards; all that the way back needs.

    `states[k]` is (batch, timesteps, units) float64: state `cell.state_names[k]` after the step that read input t,
    whatever the direction. So index t of a trace that went backwards has seen the inputs t, t + 1, ... of its row, as
    the second half of what `keras.layers.Bidirectional` returns. At a padded step stands the state that was held:
    the last one forwards, the initial one backwards.

    `last[k]` is (batch, units): the state at the end of the way, at step `length - 1` forwards and at step 0 backwards.
    """

    cell: Cell
    weights: Weights
    real: np.ndarray  # (batch, timesteps) bool
    order: tuple[int, ...]  # the steps in the order in which they were taken
    memories: dict[int, Memory]  # by step
    states: tuple[np.ndarray, ...]
    last: States
    features: int


@dataclass(frozen=True)
class Gradients:
    """The gradient of the loss with respect to everything that went in, float64.

    `inputs` is (batch, timesteps, features); `weights` and `initial_state` have the shapes of what they belong to.
    `states[k]` is (batch, timesteps, units): the total derivative with respect to a state after step t, through the
    error that arrives there and through all later steps. An LSTM's pair (h_t, c_t) counts as two independent numbers.
    """

    inputs: np.ndarray
    weights: Weights
    initial_state: States
    states: tuple[np.ndarray, ...]

    @property
    def norms(self) -> np.ndarray:
        """(states, timesteps): the norm of dLoss/dh_t, and of dLoss/dc_t, over batch and units, step by step."""
        return np.stack([np.linalg.norm(gradient, axis=(0, 2)) for gradient in self.states])


def forward(
    cell: Cell,
    weights: Iterable[np.ndarray],
    x: np.ndarray,
    lengths: np.ndarray | None = None,
    initial_state: Iterable[np.ndarray] | None = None,
    go_backwards: bool = False,
) -> Trace:
    """Runs a cell over a batch of sequences.

    Args:
        cell: which equations.
        weights: as `layer.get_weights()` of the Keras layer gives them.
        x: (batch, timesteps, features) float. What stands in padded steps is never read.
        lengths: (batch,) int, the number of real steps of each row, padding on the right. None: all steps are real.
        initial_state: one (batch, units) per state of the cell. None: zeros.
        go_backwards: whether each row is read from its last real step to its first.

    Returns:
        The trace: all states, the last ones, and what the way back needs.

    Raises:
        ValueError: a shape does not fit; the message names it.
    """
    weights = tuple(np.asarray(weight, np.float64) for weight in weights)
    x = np.asarray(x, np.float64)
    if x.ndim != 3:
        raise ValueError(f"x: expected (batch, timesteps, features), found the shape {x.shape}")
    batch, timesteps, features = x.shape
    units = cell.units(weights)
    _same_shapes(f"{cell.name} weights", [weight.shape for weight in weights], cell.shapes(features, units))
    state_shapes = ((batch, units),) * len(cell.state_names)
    zeros = [np.zeros(shape) for shape in state_shapes]
    states = tuple(np.asarray(state, np.float64) for state in (zeros if initial_state is None else initial_state))
    _same_shapes("initial state", [state.shape for state in states], state_shapes)
    real = real_steps(batch, timesteps, lengths)
    x = np.where(real[:, :, None], x, 0.0)  # padding may hold anything, also NaN, and 0 * NaN is NaN

    order = tuple(reversed(range(timesteps))) if go_backwards else tuple(range(timesteps))
    memories: dict[int, Memory] = {}
    history = tuple(np.zeros((batch, timesteps, units)) for _ in states)
    for t in order:
        stepped, memories[t] = cell.step(weights, x[:, t], states)
        now = real[:, t, None]  # (batch, 1); a padded step leaves the state as it is
        states = tuple(np.where(now, new, old) for new, old in zip(stepped, states, strict=True))
        for kept, state in zip(history, states, strict=True):
            kept[:, t] = state
    return Trace(cell, weights, real, order, memories, history, states, features)


def backward(trace: Trace, d_states: np.ndarray | None = None, d_last: Iterable[np.ndarray] = ()) -> Gradients:
    """Back-propagation through time.

    Args:
        trace: what `forward` returned.
        d_states: (batch, timesteps, units), the error that arrives at every h_t from outside: the derivative of the
            loss with respect to `trace.states[0]`, later steps left out. None: there is none.
        d_last: one (batch, units) per state, the error that arrives at `trace.last`; empty: there is none. Fewer than
            the cell has states: the rest gets none.

    Returns:
        The gradients of inputs, weights, initial state, and of the state after every step.

    Raises:
        ValueError: an error's shape does not fit its state.
    """
    output = trace.states[0]
    arriving = np.zeros_like(output) if d_states is None else np.asarray(d_states, np.float64)
    _same_shapes("d_states", [arriving.shape], [output.shape])
    given, shapes = [np.asarray(error, np.float64) for error in d_last], [state.shape for state in trace.last]
    _same_shapes("d_last", [error.shape for error in given], shapes[: len(given)])
    # the hidden error, carried from step to step
    errors = given + [np.zeros(shape) for shape in shapes[len(given) :]]

    d_x = np.zeros((*output.shape[:2], trace.features))
    d_weights = tuple(np.zeros_like(weight) for weight in trace.weights)
    history = tuple(np.zeros_like(states) for states in trace.states)
    for t in reversed(trace.order):
        errors[0] = errors[0] + arriving[:, t]  # the output error joins the hidden error
        for kept, error in zip(history, errors, strict=True):
            kept[:, t] = error
        now = trace.real[:, t, None].astype(np.float64)  # (batch, 1)
        through_step = tuple(error * now for error in errors)  # a padded step passed the state by: so goes the error
        d_x[:, t], d_before, d_copy = trace.cell.step_back(trace.weights, trace.memories[t], through_step)
        for total, share in zip(d_weights, d_copy, strict=True):
            total += share  # every step uses the same weights, so their gradients add
        errors = [through + error * (1.0 - now) for through, error in zip(d_before, errors, strict=True)]
    return Gradients(d_x, d_weights, tuple(errors), history)


def real_steps(batch: int, timesteps: int, lengths: np.ndarray | None) -> np.ndarray:
    """(batch, timesteps) bool: `t < lengths[b]`; all True without lengths.

    Raises:
        ValueError: lengths do not fit the batch, or lie outside 0 to `timesteps`.
    """
    lengths = np.full(batch, timesteps) if lengths is None else np.asarray(lengths)
    _same_shapes("lengths", [lengths.shape], [(batch,)])
    if batch and not 0 <= lengths.min() <= lengths.max() <= timesteps:
        raise ValueError(f"lengths: expected 0 to {timesteps}, found {lengths.min()} to {lengths.max()}")
    return np.arange(timesteps)[None, :] < lengths[:, None]


def _same_shapes(name: str, found: Iterable[tuple[int, ...]], expected: Iterable[tuple[int, ...]]) -> None:
    found, expected = list(found), list(expected)
    if found != expected:
        raise ValueError(f"{name}: expected the shapes {expected}, found {found}")
