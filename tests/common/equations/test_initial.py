"""Initial weights are what the Keras layers draw: the same shapes, scale, orthogonality and biases."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from common.equations import GRU, GRU_RESET_BEFORE, LSTM, MIN_GRU, SIMPLE_RNN, Cell
from common.equations.initial import initial_weights


@pytest.mark.parametrize(
    ("cell", "layer"),
    [
        (SIMPLE_RNN, keras.layers.SimpleRNN(24)),
        (LSTM, keras.layers.LSTM(24)),
        (GRU, keras.layers.GRU(24)),
        (GRU_RESET_BEFORE, keras.layers.GRU(24, reset_after=False)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_weights_have_the_shapes_and_the_spread_of_keras(cell: Cell, layer: Any) -> None:
    layer.build((None, None, 40))
    ours, theirs = initial_weights(cell, 40, 24, np.random.default_rng(0)), layer.get_weights()
    assert [weight.shape for weight in ours] == [weight.shape for weight in theirs]
    for mine, other in zip(ours[:2], theirs[:2], strict=True):
        assert abs(mine.std() / other.std() - 1) < 0.08
    assert abs(np.abs(ours[0]).max() / np.abs(theirs[0]).max() - 1) < 0.02  # the same limit of the uniform draw
    np.testing.assert_allclose(ours[1] @ ours[1].T, np.eye(24), atol=1e-12)
    np.testing.assert_array_equal(ours[2], theirs[2])


def test_min_gru_has_no_recurrent_kernel() -> None:
    kernel, bias = initial_weights(MIN_GRU, 3, 5, np.random.default_rng(0))
    assert (kernel.shape, bias.shape) == ((3, 10), (10,))
    assert not bias.any()
