"""RecurrentStack: every option does what its description says."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from common.equations import GRU, LSTM, MIN_GRU, SIMPLE_RNN
from common.equations.composition import bidirectional_forward
from common.layers import CELLS, RecurrentStack, accelerate

FEATURES, UNITS, BATCH, STEPS = 3, 4, 2, 6
EQUATIONS = {"simple_rnn": SIMPLE_RNN, "lstm": LSTM, "gru": GRU, "min_gru": MIN_GRU}
cells = pytest.mark.parametrize("cell", sorted(CELLS))


def rows(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape or (BATCH, STEPS, FEATURES)).astype(np.float32)


def randomise(stack: RecurrentStack) -> None:
    """Every weight random, also the biases."""
    for layer in stack.recurrent:
        layer.set_weights([rows(*weight.shape, seed=i) * 0.5 for i, weight in enumerate(layer.get_weights())])


def call(stack: RecurrentStack, x: np.ndarray, lengths: Any = None, **options: Any) -> Any:
    lengths = None if lengths is None else np.array(lengths, np.int32)
    return keras.tree.map_structure(np.asarray, stack(keras.ops.convert_to_tensor(x), lengths, **options))


@cells
def test_two_layers_in_both_directions_are_those_of_the_equations(cell: str) -> None:
    stack = RecurrentStack(cell, UNITS, layers=2, bidirectional=True)
    x, lengths = rows(), np.array([STEPS, 4])
    call(stack, x)
    randomise(stack)
    expected = x
    for layer in stack.recurrent:
        weights = layer.get_weights()
        half = len(weights) // 2
        expected, _ = bidirectional_forward(EQUATIONS[cell], weights[:half], weights[half:], expected, lengths)
    found = call(stack, x, lengths)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-5)
    np.testing.assert_allclose(found[1, :4], expected[1, :4], atol=1e-5)


@cells
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_last_state_is_the_state_at_the_last_real_step(cell: str, bidirectional: bool) -> None:
    stacks = [RecurrentStack(cell, UNITS, bidirectional=bidirectional, return_sequences=s) for s in (True, False)]
    x, lengths = rows(), [STEPS, 2]
    for stack in stacks:
        call(stack, x)
        randomise(stack)
    every, last = call(stacks[0], x, lengths), call(stacks[1], x, lengths)
    for row, length in enumerate(lengths):
        np.testing.assert_allclose(last[row, :UNITS], every[row, length - 1, :UNITS], atol=1e-6)
        np.testing.assert_allclose(last[row, UNITS:], every[row, 0, UNITS:], atol=1e-6)


@cells
def test_a_sequence_in_two_parts_equals_the_whole_by_states_and_by_stateful(cell: str) -> None:
    x = rows()
    given = RecurrentStack(cell, UNITS, layers=2, return_state=True)
    kept = RecurrentStack(cell, UNITS, layers=2, stateful=True)
    for stack in (given, kept):
        call(stack, x)
        randomise(stack)
    whole, states = call(given, x)
    first, between = call(given, x[:, :2])
    second, last = call(given, x[:, 2:], initial_state=[keras.ops.convert_to_tensor(state) for state in between])
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-6)
    for found, expected in zip(last, states, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)
    for _ in range(2):
        for layer in kept.recurrent:
            layer.reset_state()
        parts = [call(kept, part) for part in (x[:, :2], x[:, 2:])]
        np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-6)


@cells
def test_states_go_in_and_come_out_forward_direction_first(cell: str) -> None:
    stack = RecurrentStack(cell, UNITS, layers=2, bidirectional=True, return_state=True)
    count = 8 if cell == "lstm" else 4
    states = [rows(BATCH, UNITS, seed=i) for i in range(count)]
    x = rows()
    _, found = call(stack, x, [0, 0], initial_state=[keras.ops.convert_to_tensor(state) for state in states])
    assert len(found) == count
    for given, left in zip(states, found, strict=True):  # no step: the states stay
        np.testing.assert_array_equal(left, given)
    with pytest.raises(ValueError, match=f"expected {count} tensors, found 1"):
        call(stack, x, initial_state=states[:1])


@cells
@pytest.mark.parametrize(("bidirectional", "fast"), [(True, False), (False, True)])
@pytest.mark.usefixtures("few_steps_a_block")
def test_rows_of_no_step_and_of_one(cell: str, bidirectional: bool, fast: bool) -> None:
    """A fully padded row gives zeros, no NaN anywhere, and no gradient; a row of one step is a sequence of one."""
    stack = RecurrentStack(cell, UNITS, layers=2, bidirectional=bidirectional)
    inputs = keras.Input((None, FEATURES)), keras.Input((), dtype="int32")
    model = keras.Model(inputs, stack(*inputs))
    assert not fast or accelerate(model) == 2 * (1 + bidirectional)
    x, lengths = tf.constant(rows()), tf.constant([0, 1])

    @tf.function(autograph=False)
    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            states = model([x, lengths], training=True)
            loss = tf.reduce_sum(tf.sin(states[0])) + tf.reduce_sum(tf.sin(states[1, 0]))
        return states, tape.gradient(loss, [x, *(v.value for v in model.trainable_variables)])

    states, gradients = run()
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    assert not np.any(states[0])
    assert not np.any(gradients[0][0])
    assert not np.any(gradients[0][1, 1:])
    assert np.any(gradients[0][1, 0])
    np.testing.assert_allclose(states[1, :1], model([x[1:, :1], tf.constant([1])])[0], atol=1e-6)


@cells
def test_initial_weights(cell: str) -> None:
    stack = RecurrentStack(cell, UNITS)
    call(stack, rows())
    weights = {weight.name: np.asarray(weight) for weight in stack.recurrent[0].weights}
    if cell == "min_gru":
        assert set(weights) == {"kernel", "bias"}
        return
    recurrent = weights["recurrent_kernel"]  # rows are orthonormal
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(UNITS), atol=1e-5)
    gates = np.split(weights["bias"].ravel(), weights["bias"].size // UNITS)
    ones = [bool((gate == 1).all()) for gate in gates]
    assert ones == ([False, True, False, False] if cell == "lstm" else [False] * len(gates))


def test_a_residual_connection_adds_the_input_where_the_sizes_match() -> None:
    x = rows(BATCH, STEPS, UNITS)
    stack = RecurrentStack("lstm", UNITS, layers=2, residual=True)
    call(stack, x)
    for layer in stack.recurrent:
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])  # every state is zero
    np.testing.assert_array_equal(call(stack, x), x)
    other = RecurrentStack("lstm", UNITS + 1, residual=True)
    assert call(other, x).shape == (BATCH, STEPS, UNITS + 1)
    last = RecurrentStack("lstm", UNITS, layers=2, residual=True, return_sequences=False)
    assert call(last, x).shape == (BATCH, UNITS)


def test_layer_normalisation_comes_after_the_residual_connection() -> None:
    x = rows(BATCH, STEPS, UNITS)
    found = call(RecurrentStack("gru", UNITS, layers=2, residual=True, layer_normalization=True), x)
    np.testing.assert_allclose(found.mean(axis=-1), 0, atol=1e-5)
    np.testing.assert_allclose(found.std(axis=-1), 1, atol=5e-2)


@cells
@pytest.mark.parametrize("kind", ["input_dropout", "recurrent_dropout", "output_dropout"])
def test_dropout_is_seeded_and_absent_outside_training(cell: str, kind: str) -> None:
    def run(seed: int | None, training: bool) -> np.ndarray:
        stack = RecurrentStack(cell, UNITS, seed=seed, **({kind: 0.5} if seed is not None else {}))
        inputs = keras.Input((STEPS, FEATURES))
        model = keras.Model(inputs, stack(inputs))
        randomise(stack)
        return np.asarray(model(rows(), training=training))

    np.testing.assert_allclose(run(1, False), run(None, False), atol=1e-6)
    np.testing.assert_array_equal(run(1, True), run(1, True))
    assert (run(1, True) != run(2, True)).any()


def test_output_dropout_drops_the_same_features_at_every_step() -> None:
    inputs = keras.Input((STEPS, FEATURES))
    model = keras.Model(inputs, RecurrentStack("gru", 32, output_dropout=0.5, seed=0)(inputs))
    dropped = np.asarray(model(rows(), training=True)) == 0  # (batch, timesteps, units)
    np.testing.assert_array_equal(dropped, np.broadcast_to(dropped[:, :1], dropped.shape))
    assert 0.2 < dropped.mean() < 0.8
    assert (dropped[0] != dropped[1]).any()


def test_input_and_candidate_dropout_of_min_gru_drop_the_same_features_at_every_step() -> None:
    """The gate half open and the candidate one: a unit's states rise alike or stay zero."""
    inputs = keras.Input((STEPS, 1))
    stack = RecurrentStack("min_gru", 64, recurrent_dropout=0.5, seed=0)
    model = keras.Model(inputs, stack(inputs))
    kernel, bias = np.zeros((1, 128)), np.concatenate([np.zeros(64), np.ones(64)])
    stack.recurrent[0].set_weights([kernel, bias])
    states = np.asarray(model(np.ones((1, STEPS, 1)), training=True))[0]  # (timesteps, units)
    rising = 2 * (1 - 0.5 ** np.arange(1, STEPS + 1))
    for unit in states.T:
        np.testing.assert_allclose(unit, rising if unit.any() else 0, atol=1e-6)
    assert 0.25 < (states[0] == 0).mean() < 0.75


def test_two_calls_share_the_weights() -> None:
    stack = RecurrentStack("gru", UNITS, layers=2)
    first, second = keras.Input((None, FEATURES)), keras.Input((None, FEATURES))
    model = keras.Model([first, second], [stack(first), stack(second)])
    assert len(model.trainable_variables) == 2 * 3
    found = model([rows(), rows()])
    np.testing.assert_array_equal(*(np.asarray(output) for output in found))


def test_a_stride_shortens_the_lengths() -> None:
    stack = RecurrentStack("gru", UNITS, return_sequences=False)
    x = rows()
    np.testing.assert_array_equal(call(stack, x, [9, 8], stride=4), call(stack, x, [3, 2]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "gpu"}, "expected one of simple_rnn, lstm, gru, min_gru, found 'gpu'"),
        ({"cell": "gru", "stateful": True, "bidirectional": True}, "expected one direction"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RecurrentStack(units=UNITS, **options)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_standard_layers_stay_eligible_for_cudnn(cell: str) -> None:
    """Keras' own conditions: these activations, a bias, no recurrent dropout, not unrolled, reset after the product."""
    (layer,) = RecurrentStack(cell, UNITS, input_dropout=0.2).recurrent
    assert type(layer) is CELLS[cell]
    assert layer.use_cudnn == "auto"
    assert (layer.activation, layer.recurrent_activation) == (keras.activations.tanh, keras.activations.sigmoid)
    assert layer.use_bias
    assert not layer.unroll
    assert not layer.recurrent_dropout
    assert getattr(layer, "reset_after", True)
