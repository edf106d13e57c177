"""The fast way through time gives Keras' outputs and gradients, whatever the layer's options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from common.layers import MinGRU, RecurrentStack
from common.layers.acceleration import accelerate

FEATURES, UNITS, BATCH = 3, 4, 5
BLOCK = 3  # of few_steps_a_block
LAYERS = {
    "SimpleRNN": keras.layers.SimpleRNN,
    "LSTM": keras.layers.LSTM,
    "GRU": keras.layers.GRU,
    "MinGRU": MinGRU,
}
KINDS = tuple(LAYERS)

MASKS: dict[str, Callable[[int], np.ndarray | None]] = {
    "none": lambda steps: None,
    "right": lambda steps: np.arange(steps)[None] < np.array([[steps], [1], [0], [max(1, steps - 2)], [steps // 2]]),
    "holes": lambda steps: np.random.default_rng(steps).random((BATCH, steps)) < 0.6,
}


pytestmark = pytest.mark.usefixtures("few_steps_a_block")


def gradients_of(model: keras.Model, inputs: list[Any]) -> list[np.ndarray]:
    """Outputs and the gradients of all weights and inputs, from one training step's graph with open shapes."""
    floats = [np.issubdtype(np.asarray(array).dtype, np.floating) for array in inputs]

    def run(*arrays: Any) -> Any:
        with tf.GradientTape() as tape:
            watched = [array for array, real in zip(arrays, floats, strict=True) if real]
            tape.watch(watched)
            outputs = keras.tree.flatten(model(list(arrays), training=True))
            loss = tf.add_n([tf.reduce_sum(tf.sin(output + index)) for index, output in enumerate(outputs)])
        return outputs, tape.gradient(loss, [*watched, *(v.value for v in model.trainable_variables)])

    signature = [tf.TensorSpec([None] * np.ndim(array), np.asarray(array).dtype) for array in inputs]
    signature[0] = tf.TensorSpec([None, None, FEATURES], tf.float32)
    outputs, gradients = tf.function(run, input_signature=signature, autograph=False)(*inputs)
    return [np.asarray(value) for value in (*outputs, *gradients)]


def compare(build: Callable[[], keras.Model], inputs: list[Any], changed: int) -> None:
    results = []
    for fast in (False, True):
        keras.utils.set_random_seed(3)
        model = build()
        for weight in model.trainable_variables:  # no bias stays zero
            weight.assign(weight + 0.3 * keras.random.normal(weight.shape, seed=7))
        if fast:
            assert accelerate(model) == changed
        results.append(gradients_of(model, inputs))
    for slow, quick in zip(*results, strict=True):
        rounding = 5e-6 * max(1.0, float(np.abs(slow).max()))  # sums in another order
        np.testing.assert_allclose(quick, slow, rtol=0, atol=rounding)


def sequences(steps: int) -> np.ndarray:
    return np.random.default_rng(steps).normal(size=(BATCH, steps, FEATURES)).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("mask", "steps", "options"),
    [
        ("right", 2 * BLOCK, {"return_sequences": True}),
        ("holes", BLOCK + 3, {"go_backwards": True, "return_sequences": True}),
        ("right", BLOCK - 1, {"go_backwards": True}),
        ("none", 1, {"use_bias": False}),
        ("holes", BLOCK + 1, {"zero_output_for_mask": True, "return_sequences": True}),
        ("holes", BLOCK + 1, {"zero_output_for_mask": True}),
    ],
)
def test_one_layer_gives_what_keras_gives(kind: str, mask: str, steps: int, options: dict[str, Any]) -> None:
    real = MASKS[mask](steps)

    def build() -> keras.Model:
        inputs = [keras.Input((None, FEATURES)), keras.Input((None,), dtype="bool")]
        layer = LAYERS[kind](UNITS, **options)
        if real is None:
            return keras.Model(inputs[:1], layer(inputs[0]))
        return keras.Model(inputs, layer(inputs[0], mask=inputs[1]))

    compare(build, [sequences(steps)] if real is None else [sequences(steps), real], 1)


@pytest.mark.parametrize("kind", KINDS)
def test_states_given_and_returned(kind: str) -> None:
    steps, real = BLOCK + 2, MASKS["holes"](BLOCK + 2)
    states = [np.random.default_rng(i).normal(size=(BATCH, UNITS)).astype(np.float32) for i in range(2)]
    states = states[: 2 if kind == "LSTM" else 1]

    def build() -> keras.Model:
        x, m = keras.Input((None, FEATURES)), keras.Input((None,), dtype="bool")
        start = [keras.Input((UNITS,)) for _ in states]
        layer = LAYERS[kind](UNITS, return_sequences=True, return_state=True)
        return keras.Model([x, *start, m], layer(x, initial_state=start, mask=m))

    compare(build, [sequences(steps), *states, real], 1)


@pytest.mark.parametrize(("cell", "return_sequences"), [("lstm", True), ("gru", False), ("min_gru", True)])
def test_a_deep_stack_in_both_directions_with_dropout(cell: str, return_sequences: bool) -> None:
    """The random states are those of Keras, so that the same features are dropped."""

    def build() -> keras.Model:
        x, lengths = keras.Input((None, FEATURES)), keras.Input((), dtype="int32")
        stack = RecurrentStack(
            cell, UNITS, layers=2, bidirectional=True, return_sequences=return_sequences, input_dropout=0.4, seed=1
        )
        return keras.Model([x, lengths], stack(x, lengths))

    compare(build, [sequences(BLOCK + 5), np.array([13, 1, 0, 8, 9], np.int32)], 4)


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.LSTM(UNITS, activation="relu"),
        keras.layers.LSTM(UNITS, recurrent_activation="hard_sigmoid"),
        keras.layers.GRU(UNITS, reset_after=False),
        keras.layers.GRU(UNITS, recurrent_dropout=0.1),
        keras.layers.SimpleRNN(UNITS, unroll=True),
        keras.layers.LSTM(UNITS, dtype="mixed_bfloat16"),
        MinGRU(UNITS, dtype="mixed_bfloat16"),
        keras.layers.RNN(keras.layers.LSTMCell(UNITS)),
    ],
    ids=str,
)
def test_what_the_fast_way_does_not_know_stays_as_it_is(layer: keras.layers.Layer) -> None:
    model = keras.Sequential([keras.Input((4, FEATURES)), layer])
    assert accelerate(model) == 0
    assert "inner_loop" not in vars(layer)


def test_prediction_is_that_of_keras_to_the_bit_and_the_configuration_too() -> None:
    model = keras.Sequential([keras.Input((None, FEATURES)), keras.layers.LSTM(UNITS)])
    model.compile("sgd", "mse")
    before, config = model.predict(sequences(9), verbose=0), model.to_json()
    assert accelerate(model) == 1
    model.predict_function = None  # traced anew
    np.testing.assert_array_equal(model.predict(sequences(9), verbose=0), before)
    assert model.to_json() == config


def test_training_goes_on_with_other_batch_sizes_and_lengths() -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((None, FEATURES)), keras.layers.GRU(UNITS), keras.layers.Dense(1)])
    accelerate(model)
    model.compile(keras.optimizers.Adam(0.05), "mse")
    first = model.evaluate(sequences(9), np.ones((BATCH, 1)), verbose=0)
    for steps, rows in ((9, 5), (3, 2), (17, 1)) * 4:
        model.train_on_batch(sequences(steps)[:rows], np.ones((rows, 1)))
    assert model.evaluate(sequences(9), np.ones((BATCH, 1)), verbose=0) < first
