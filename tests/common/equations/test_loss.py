"""Softmax and cross-entropy: Keras' numbers, finite differences, and no overflow."""

from __future__ import annotations

import keras
import numpy as np

from common.equations.loss import cross_entropy, softmax


def test_the_loss_is_that_of_keras() -> None:
    generator = np.random.default_rng(0)
    logits, labels = generator.normal(size=(5, 3)), generator.integers(0, 3, 5)
    expected = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")(labels, logits)
    assert abs(cross_entropy(logits, labels)[0] - float(expected)) < 1e-12


def test_the_gradient_is_the_slope() -> None:
    generator = np.random.default_rng(1)
    logits, labels = generator.normal(size=(4, 3)), generator.integers(0, 3, 4)
    _, gradient = cross_entropy(logits, labels)
    for index in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[index] = 1e-5
        slope = (cross_entropy(logits + step, labels)[0] - cross_entropy(logits - step, labels)[0]) / 2e-5
        assert abs(slope - gradient[index]) < 1e-9


def test_huge_logits_stay_finite() -> None:
    logits = np.array([[1e4, 0.0], [1e4, 0.0]])
    np.testing.assert_array_equal(softmax(logits)[:, 0], [1.0, 1.0])
    loss, _ = cross_entropy(logits, np.array([0, 1]))
    assert loss == 5e3
