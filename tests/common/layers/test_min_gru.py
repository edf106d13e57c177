"""minGRU's scans, with open and with known lengths, against a loop; its cell, its configuration, its open shapes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from common.equations.scan import min_gru_by_scan
from common.layers import MinGRU, MinGRUCell
from common.layers.linear_recurrence import linear_recurrence


def loop(decay: Any, inputs: Any) -> Any:
    states = [inputs[:, 0]]
    for t in range(1, inputs.shape[1]):
        states.append(decay[:, t] * states[-1] + inputs[:, t])
    return tf.stack(states, axis=1)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 3, 8, 33])
def test_the_scan_and_its_gradient_are_those_of_a_loop(steps: int, known: bool) -> None:
    generator = np.random.default_rng(steps)
    decay, inputs, errors = (tf.constant(generator.uniform(-1, 1, (2, steps, 3)).astype(np.float32)) for _ in range(3))

    def run(recurrence: Any, decay: Any, inputs: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([decay, inputs])
            states = recurrence(decay, inputs)
            loss = tf.reduce_sum(states * errors)
        return states, *tape.gradient(loss, [decay, inputs], unconnected_gradients="zero")

    shape = (2, steps, 3) if known else (None, None, 3)
    signature = [tf.TensorSpec(shape), tf.TensorSpec(shape)]
    graph = tf.function(lambda a, b: run(linear_recurrence, a, b), input_signature=signature, autograph=False)
    for found, expected in zip(graph(decay, inputs), run(loop, decay, inputs), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("go_backwards", [False, True])
def test_predict_and_the_cell_in_a_loop_give_the_states_of_the_equations(go_backwards: bool) -> None:
    x = np.random.default_rng(0).normal(size=(2, 40, 3)).astype(np.float32)
    inputs = keras.Input((None, 3))
    layer = MinGRU(4, return_sequences=True, go_backwards=go_backwards)
    model = keras.Model(inputs, layer(inputs))
    stepped = keras.layers.RNN(MinGRUCell(4), return_sequences=True, go_backwards=go_backwards)
    stepped.build(x.shape)
    weights = [np.random.default_rng(i).normal(size=w.shape) for i, w in enumerate(layer.get_weights())]
    layer.set_weights(weights)
    stepped.set_weights(weights)
    expected = min_gru_by_scan(weights, x, go_backwards=go_backwards)[:, :: -1 if go_backwards else 1]
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=1e-5)
    np.testing.assert_allclose(stepped(x), expected, atol=1e-5)


@pytest.mark.parametrize("zero_output_for_mask", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_masked_steps_show_what_keras_loop_over_the_cell_shows(go_backwards: bool, zero_output_for_mask: bool) -> None:
    generator = np.random.default_rng(0)
    x, start = (generator.normal(size=size).astype(np.float32) for size in ((3, 6, 3), (3, 4)))
    mask = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 1, 0, 1, 1], [0, 1, 0, 1, 1, 0]], bool)
    options: dict[str, Any] = {
        "return_sequences": True, "return_state": True, "go_backwards": go_backwards,
        "zero_output_for_mask": zero_output_for_mask,
    }  # fmt: skip
    layer, stepped = MinGRU(4, **options), keras.layers.RNN(MinGRUCell(4), **options)
    for one in (layer, stepped):
        one.build(x.shape)
    stepped.set_weights(layer.get_weights())
    for initial in (None, start):
        given = layer(x, mask=mask, initial_state=initial), stepped(x, mask=mask, initial_state=initial)
        for found, expected in zip(*given, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-6)
        assert np.abs(found).max() > 0


def test_it_comes_back_from_its_configuration() -> None:
    layer = MinGRU(
        3, use_bias=False, kernel_initializer="he_normal", dropout=0.1, recurrent_dropout=0.2, seed=5,
        return_sequences=True, return_state=True, go_backwards=True, name="minimal",
    )  # fmt: skip
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(copy) is MinGRU
    assert copy.get_config() == layer.get_config()
    assert [weight.name for weight in _built(copy).weights] == ["kernel"]


def _built(layer: keras.layers.Layer) -> keras.layers.Layer:
    layer.build((None, None, 2))
    return layer
