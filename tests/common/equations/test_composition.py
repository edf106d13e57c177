"""Two directions and two layers, composed by hand, are Keras' Bidirectional and Keras' stacked layers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from common.equations import GRU, LSTM, SIMPLE_RNN, Cell
from common.equations.composition import bidirectional_backward, bidirectional_forward, deep_backward, deep_forward

LAYERS: list[tuple[Cell, Any]] = [
    (SIMPLE_RNN, keras.layers.SimpleRNN),
    (LSTM, keras.layers.LSTM),
    (GRU, keras.layers.GRU),
]
LENGTHS = np.array([6, 1, 4])
MASK = np.arange(6) < LENGTHS[:, None]


def differentiate(layers: list[keras.layers.Layer], x: np.ndarray, error: np.ndarray) -> tuple[Any, Any, list[Any]]:
    """Output, dLoss/dx and dLoss/dweights of layers on each other, with random weights, by a gradient tape."""
    generator = np.random.default_rng(1)
    shape = x.shape
    for layer in layers:
        layer.build(shape)
        layer.set_weights([generator.normal(scale=0.7, size=weight.shape) for weight in layer.weights])
        shape = layer.compute_output_shape(shape)
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = inputs
        for layer in layers:
            outputs = layer(outputs, mask=tf.constant(MASK))
        loss = tf.reduce_sum(outputs * error)
    weights = [weight for layer in layers for weight in layer.trainable_variables]
    d_x, *d_weights = tape.gradient(loss, [inputs, *weights])
    return outputs.numpy(), d_x.numpy(), [np.asarray(gradient) for gradient in d_weights]


@pytest.mark.parametrize(("cell", "layer"), LAYERS, ids=lambda value: getattr(value, "name", ""))
def test_bidirectional_is_keras_bidirectional(cell: Cell, layer: Any) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(3, 6, 2))
    error = generator.normal(size=(3, 6, 8)) * MASK[:, :, None]
    both = keras.layers.Bidirectional(layer(4, return_sequences=True, dtype="float64"), dtype="float64")
    outputs, d_x, d_weights = differentiate([both], x, error)
    weights = both.get_weights()
    half = len(weights) // 2
    states, traces = bidirectional_forward(cell, tuple(weights[:half]), tuple(weights[half:]), x, LENGTHS)
    np.testing.assert_allclose(outputs[MASK], states[MASK], atol=1e-6)
    found_d_x, parts = bidirectional_backward(traces, error)
    np.testing.assert_allclose(d_x, found_d_x, atol=1e-5)
    for ours, theirs in zip([*parts[0].weights, *parts[1].weights], d_weights, strict=True):
        np.testing.assert_allclose(theirs, ours, atol=1e-5)


def test_two_different_layers_are_keras_stacked_layers() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(3, 6, 2))
    error = generator.normal(size=(3, 6, 3)) * MASK[:, :, None]
    sizes = zip(LAYERS[1:], (5, 3), strict=True)
    layers = [make(units, return_sequences=True, dtype="float64") for (_, make), units in sizes]
    outputs, d_x, d_weights = differentiate(layers, x, error)
    cells = [cell for cell, _ in LAYERS[1:]]
    traces = deep_forward(cells, [tuple(layer.get_weights()) for layer in layers], x, LENGTHS)
    np.testing.assert_allclose(outputs[MASK], traces[-1].states[0][MASK], atol=1e-6)
    gradients = deep_backward(traces, error)
    np.testing.assert_allclose(d_x, gradients[0].inputs, atol=1e-5)
    for ours, theirs in zip([*gradients[0].weights, *gradients[1].weights], d_weights, strict=True):
        np.testing.assert_allclose(theirs, ours, atol=1e-5)
