"""Keras' own layers compute what the equations say, and their automatic gradients are those of the textbook."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import common.layers
from common.equations import GRU, GRU_RESET_BEFORE, LSTM, MIN_GRU, SIMPLE_RNN, Cell, backward, forward

# the largest difference allowed, of states and of gradients; both sides round, float64 to about 1e-14 here
TOLERANCES = {"float64": (1e-10, 1e-10), "float32": (1e-6, 1e-5)}

LAYERS: dict[str, tuple[Cell, Any]] = {
    "simple_rnn": (SIMPLE_RNN, keras.layers.SimpleRNN),
    "lstm": (LSTM, partial(keras.layers.LSTM, use_cudnn=False)),
    "gru": (GRU, partial(keras.layers.GRU, use_cudnn=False)),
    "gru_reset_before": (GRU_RESET_BEFORE, partial(keras.layers.GRU, use_cudnn=False, reset_after=False)),
}
if hasattr(common.layers, "MinGRU"):
    LAYERS["min_gru"] = (MIN_GRU, common.layers.MinGRU)


@dataclass
class Problem:
    """A batch, and the errors that arrive at real steps and at the last states."""

    x: np.ndarray
    lengths: np.ndarray
    initial: list[np.ndarray] | None
    d_states: np.ndarray
    d_last: list[np.ndarray]
    go_backwards: bool
    seed: int

    @property
    def mask(self) -> np.ndarray:
        return np.arange(self.x.shape[1]) < self.lengths[:, None]


def problem(
    cell: Cell, seed: int, shape: tuple[int, int, int, int], ragged: bool, start: bool, go_backwards: bool
) -> Problem:
    generator = np.random.default_rng(seed)
    batch, timesteps, features, units = shape
    lengths = generator.integers(1, timesteps + 1, batch) if ragged else np.full(batch, timesteps)
    real = np.arange(timesteps) < lengths[:, None]

    def states() -> list[np.ndarray]:
        return [generator.normal(size=(batch, units)) for _ in cell.state_names]

    return Problem(
        generator.normal(size=(batch, timesteps, features)),
        lengths,
        states() if start else None,
        generator.normal(size=(batch, timesteps, units)) * real[:, :, None],
        states(),
        go_backwards,
        seed,
    )


def keras_run(name: str, case: Problem, dtype: str) -> dict[str, Any]:
    """States at every step, last states and every gradient, by the stock layer and a gradient tape."""
    make, units = LAYERS[name][1], case.d_states.shape[2]
    layer = make(units, return_sequences=True, return_state=True, go_backwards=case.go_backwards, dtype=dtype)
    layer.build(case.x.shape)
    # every weight random, also the biases: a zero bias would hide its misplacement
    draw = np.random.default_rng(case.seed + 1).normal
    layer.set_weights([draw(scale=0.7, size=weight.shape) for weight in layer.weights])
    x = tf.constant(case.x, dtype)
    zeros = [np.zeros_like(error) for error in case.d_last]
    initial = [tf.constant(state, dtype) for state in (zeros if case.initial is None else case.initial)]
    with tf.GradientTape() as tape:
        tape.watch([x, *initial])
        given = {} if case.initial is None else {"initial_state": initial}
        outputs, *last = layer(x, mask=tf.constant(case.mask), **given)
        if case.go_backwards:
            outputs = tf.reverse(outputs, [1])  # Keras gives them in the order of reading
        loss = tf.reduce_sum(outputs * tf.constant(case.d_states, dtype))
        for state, error in zip(last, case.d_last, strict=True):
            loss += tf.reduce_sum(state * tf.constant(error, dtype))
    wanted = [x, *layer.trainable_variables, *initial]
    d_x, *rest = tape.gradient(loss, wanted, unconnected_gradients="zero")
    count = len(layer.trainable_variables)
    return {
        "weights": layer.get_weights(),
        "outputs": outputs.numpy(),
        "last": [state.numpy() for state in last],
        "d_x": d_x.numpy(),
        "d_weights": [np.asarray(gradient) for gradient in rest[:count]],
        "d_initial": [np.asarray(gradient) for gradient in rest[count:]],
    }


def assert_same(name: str, case: Problem, dtype: str = "float64") -> list[np.ndarray]:
    """Compares everything; returns the gradients that Keras found."""
    found = keras_run(name, case, dtype)
    cell, (of_states, of_gradients) = LAYERS[name][0], TOLERANCES[dtype]
    trace = forward(cell, found["weights"], case.x, case.lengths, case.initial, case.go_backwards)
    np.testing.assert_allclose(found["outputs"][case.mask], trace.states[0][case.mask], rtol=0, atol=of_states)
    gradients = backward(trace, case.d_states, case.d_last)
    for ours, theirs in zip(trace.last, found["last"], strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=of_states)
    pairs = [(gradients.inputs, found["d_x"])]
    pairs += zip(gradients.weights, found["d_weights"], strict=True)
    if case.initial is not None:
        pairs += zip(gradients.initial_state, found["d_initial"], strict=True)
    for ours, theirs in pairs:
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=of_gradients)
    return [theirs for _, theirs in pairs]


@pytest.mark.parametrize("name", sorted(LAYERS))
@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 4), st.integers(1, 5)),
    ragged=st.booleans(),
    start=st.booleans(),
    go_backwards=st.booleans(),
)
def test_keras_has_these_states_and_these_gradients(
    name: str, seed: int, shape: tuple[int, int, int, int], ragged: bool, start: bool, go_backwards: bool
) -> None:
    assert_same(name, problem(LAYERS[name][0], seed, shape, ragged, start, go_backwards))


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("name", sorted(LAYERS))
def test_keras_agrees_on_a_longer_ragged_batch_with_an_initial_state(name: str, go_backwards: bool) -> None:
    compared = assert_same(name, problem(LAYERS[name][0], 7, (5, 12, 3, 6), True, True, go_backwards))
    assert all(gradient.any() for gradient in compared)


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_keras_agrees_in_float32(name: str) -> None:
    assert_same(name, problem(LAYERS[name][0], 3, (3, 5, 3, 4), True, True, False), "float32")


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_a_row_without_steps_ends_where_it_started(name: str) -> None:
    case = problem(LAYERS[name][0], 5, (3, 4, 2, 3), True, True, False)
    case.lengths[1] = 0
    case.d_states[1] = 0.0
    assert case.initial is not None
    assert_same(name, case)
    np.testing.assert_array_equal(keras_run(name, case, "float64")["last"][0][1], case.initial[0][1])


def test_min_gru_is_compared_with_its_layer() -> None:
    if "min_gru" not in LAYERS:
        pytest.skip("common.layers has no MinGRU yet")
    cell, layer = LAYERS["min_gru"]
    built = layer(3)
    built.build((None, None, 2))
    assert tuple(weight.shape for weight in built.weights) == cell.shapes(2, 3)
