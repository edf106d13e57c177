"""Temperature scaling finds how far probabilities are from what they claim."""

import keras
import numpy as np
import pytest

from common.evaluation.calibration import HOTTEST, fit_temperature, scale_logits
from common.evaluation.classification import ece


def _softmax(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_of_overconfident_probabilities_is_found(temperature):
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 1.5, (20_000, 3))
    true = _softmax(logits)
    targets = (generator.random((20_000, 1)) < true.cumsum(1)).argmax(1)
    claimed = _softmax(logits * temperature)
    found = fit_temperature(claimed, targets)
    assert found == pytest.approx(temperature, rel=0.05)
    assert ece(_softmax(np.log(claimed) / found), targets) < 0.02


def test_a_model_that_is_always_right_or_wrong_keeps_within_bounds():
    sure = np.array([[1.0, 0.0]] * 10)
    assert fit_temperature(sure, np.ones(10, int)) == pytest.approx(HOTTEST, rel=0.01)
    assert fit_temperature(np.zeros((0, 2)), np.zeros(0, int)) == 1.0


def test_a_scaled_layer_gives_divided_logits():
    layer = keras.layers.Dense(2)
    x = np.random.default_rng(1).normal(size=(4, 3)).astype("float32")
    before = np.asarray(layer(x))
    scale_logits(layer, 2.0)
    np.testing.assert_allclose(np.asarray(layer(x)), before / 2, rtol=1e-6)
