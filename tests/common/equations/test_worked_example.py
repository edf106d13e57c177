"""The worked example: three ways to the same gradients, and Keras as the fourth."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from common.equations.worked_example import (
    LABELS,
    PARAMETERS,
    X,
    gradients_by_bptt,
    gradients_by_differences,
    gradients_by_hand,
    report,
    values,
)


def test_three_ways_lead_to_the_same_gradients() -> None:
    by_hand, by_bptt, by_differences = gradients_by_hand(), gradients_by_bptt(), gradients_by_differences()
    for name, gradient in by_hand.items():
        assert gradient.shape == PARAMETERS[name].shape
        assert gradient.any()
        np.testing.assert_allclose(by_bptt[name], gradient, atol=1e-12)
        np.testing.assert_allclose(by_differences[name], gradient, atol=1e-8)


def test_keras_finds_them_too() -> None:
    layer = keras.layers.SimpleRNN(2, return_sequences=True, dtype="float64")
    layer.build((1, 2, 1))
    layer.set_weights([PARAMETERS[name] for name in ("W", "U", "b")])
    V, d, h0 = (tf.Variable(PARAMETERS[name]) for name in ("V", "d", "h0"))
    with tf.GradientTape() as tape:
        h = layer(tf.constant(X[None]), initial_state=h0[None])[0]
        loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(LABELS, h @ V + d))
    assert abs(float(loss) - float(values()["loss"])) < 1e-12
    found = tape.gradient(loss, [*layer.trainable_variables, V, d, h0])
    for name, gradient in zip(("W", "U", "b", "V", "d", "h0"), found, strict=True):
        np.testing.assert_allclose(gradients_by_hand()[name], np.asarray(gradient), atol=1e-12)


def test_the_report_has_a_line_for_every_parameter() -> None:
    count = sum(value.size for value in PARAMETERS.values())
    assert len(report().splitlines()) == 3 + 1 + 2 + 1 + 1 + count
    assert f"loss = {values()['loss']:.6f}" in report()
