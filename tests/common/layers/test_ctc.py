"""The loss against keras.ops and NumPy, the greedy layer against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from common.decoding.ctc import greedy_alignment, negative_log_likelihood
from common.layers import CTCLoss, GreedyCTC, certain_blanks

LABELS = np.array([[1, 2, 2, 0], [3, 0, 0, 0], [1, 1, 4, 2]], np.int32)
LENGTHS = np.array([9, 5, 12])


@pytest.fixture
def logits() -> np.ndarray:
    return np.random.default_rng(5).normal(0, 2, (3, 12, 6)).astype(np.float32)


def masked(logits: np.ndarray) -> np.ndarray:
    mask = np.arange(12)[None] < LENGTHS[:, None]
    return ops.convert_to_numpy(certain_blanks(ops.convert_to_tensor(logits), ops.convert_to_tensor(mask)))


def test_the_loss_is_that_of_keras_and_of_numpy(logits: np.ndarray) -> None:
    count = (LABELS > 0).sum(axis=1)
    found = ops.convert_to_numpy(CTCLoss(reduction="none")(LABELS, masked(logits))) * count.mean()
    expected = keras.ops.ctc_loss(LABELS, logits, count, LENGTHS, mask_index=0)
    np.testing.assert_allclose(found, ops.convert_to_numpy(expected), rtol=1e-4)
    scores = ops.convert_to_numpy(ops.log_softmax(masked(logits)))
    own = negative_log_likelihood(scores, [row[row > 0].tolist() for row in LABELS])
    np.testing.assert_allclose(found, own, rtol=1e-4)


def test_padding_gets_no_gradient_and_the_rest_that_of_the_definition(logits: np.ndarray) -> None:
    import tensorflow as tf

    mask = np.arange(12)[None] < LENGTHS[:, None]
    count = (LABELS > 0).sum(axis=1)
    variable = tf.Variable(logits)
    with tf.GradientTape() as tape:
        loss = CTCLoss()(LABELS, certain_blanks(variable, mask))
    gradient = tape.gradient(loss, variable).numpy()
    with tf.GradientTape() as tape:
        other = tf.reduce_sum(keras.ops.ctc_loss(LABELS, variable, count, LENGTHS, mask_index=0)) / count.sum()
    assert np.abs(gradient[~mask]).max() == 0
    np.testing.assert_allclose(gradient[mask], tape.gradient(other, variable).numpy()[mask], atol=1e-5)


def test_greedy_labels_are_those_of_numpy(logits: np.ndarray) -> None:
    scores = ops.convert_to_numpy(ops.log_softmax(masked(logits)))
    found = ops.convert_to_numpy(GreedyCTC()(scores))
    assert found.dtype == np.int32
    for row, labels in zip(scores, found, strict=True):
        expected = [part.label for part in greedy_alignment(row)]
        assert labels.tolist() == expected + [0] * (12 - len(expected))
