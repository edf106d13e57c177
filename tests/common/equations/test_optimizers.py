"""Momentum and Adam step as Keras' optimizers do; clipping bounds the length and keeps the direction."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from common.equations.optimizers import Adam, Momentum, clip_by_global_norm, global_norm


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Momentum(0.1), keras.optimizers.SGD(0.1, momentum=0.9)),
        (Adam(0.01), keras.optimizers.Adam(0.01)),
    ],
    ids=["momentum", "adam"],
)
def test_the_steps_are_those_of_keras(ours: Any, theirs: Any) -> None:
    generator = np.random.default_rng(0)
    weights = [generator.normal(size=(3, 2)), generator.normal(size=2)]
    variables = [keras.Variable(weight, dtype="float64") for weight in weights]
    for scale in (1.0, 100.0, 0.01, 1.0, 1.0):
        gradients = [scale * generator.normal(size=weight.shape) for weight in weights]
        weights = ours.step(weights, gradients)
        theirs.apply([keras.ops.convert_to_tensor(gradient) for gradient in gradients], variables)
    for weight, variable in zip(weights, variables, strict=True):
        np.testing.assert_allclose(weight, np.asarray(variable), atol=1e-6)


def test_long_gradients_are_shortened_together_and_short_ones_stay() -> None:
    gradients = [np.array([3.0, 0.0]), np.array([[4.0]])]
    assert global_norm(gradients) == 5.0
    clipped = clip_by_global_norm(gradients, 1.0)
    np.testing.assert_allclose(clipped[0], [0.6, 0.0])
    np.testing.assert_allclose(clipped[1], [[0.8]])
    np.testing.assert_array_equal(clip_by_global_norm(gradients, 6.0)[0], gradients[0])
    assert not clip_by_global_norm([np.zeros(2)], 1.0)[0].any()
