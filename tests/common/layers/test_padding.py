"""Padding never influences a result: any amount, any content, any layer."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from common.layers import (
    CELLS,
    POOLINGS,
    RecurrentStack,
    SequencePooling,
    WordDropout,
    length_mask,
    pool_sequence,
    zero_padding,
)

FEATURES = 3


def model_of(cell: str, bidirectional: bool, layers: int, pooling: str) -> keras.Model:
    sequence, lengths = keras.Input((None, FEATURES)), keras.Input((), dtype="int32")
    stack = RecurrentStack(cell, 4, layers=layers, bidirectional=bidirectional, return_sequences=pooling != "last")
    states, mask = stack(sequence, lengths), length_mask(sequence, lengths)
    return keras.Model([sequence, lengths], states if pooling == "last" else pool_sequence(states, mask, pooling))


@pytest.mark.parametrize("cell", sorted(CELLS))
@pytest.mark.parametrize(
    ("bidirectional", "layers", "pooling"),
    [(False, 1, "last"), (True, 2, "last"), (True, 1, "max_mean"), (False, 2, "attention")],
)
def test_padding_changes_nothing(cell: str, bidirectional: bool, layers: int, pooling: str) -> None:
    model = model_of(cell, bidirectional, layers, pooling)
    generator = np.random.default_rng(0)
    for length in (1, 5):
        x = generator.normal(size=(1, length, FEATURES)).astype(np.float32)
        expected = np.asarray(model([x, np.array([length])]))
        for extra in (1, 9):
            padding = generator.normal(scale=100, size=(1, extra, FEATURES)).astype(np.float32)
            found = np.asarray(model([np.concatenate([x, padding], axis=1), np.array([length])]))
            np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("kind", [kind for kind in POOLINGS if kind != "last"])
def test_a_row_without_steps_pools_to_zeros_with_finite_gradients(kind: str) -> None:
    import tensorflow as tf

    x = tf.Variable(np.random.default_rng(0).normal(size=(2, 4, FEATURES)).astype(np.float32))
    mask = np.array([[True, True, False, False], [False] * 4])
    parts = [SequencePooling(part) for part in kind.split("_")]
    with tf.GradientTape() as tape:
        pooled = tf.concat([part(x, mask) for part in parts], axis=-1)
        loss = tf.reduce_sum(pooled**2)
    gradient = tape.gradient(loss, x).numpy()
    assert not pooled.numpy()[1].any()
    assert pooled.numpy()[0].any()
    assert np.isfinite(gradient).all()
    assert not gradient[1].any()
    assert not gradient[0, 2:].any()


def test_pooling_equals_numpy() -> None:
    x = np.random.default_rng(1).normal(size=(1, 6, FEATURES)).astype(np.float32)
    mask = np.array([[True, True, True, True, False, False]])
    np.testing.assert_allclose(np.asarray(SequencePooling("max")(x, mask))[0], x[0, :4].max(axis=0), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(SequencePooling("mean")(x, mask))[0], x[0, :4].mean(axis=0), rtol=1e-5)
    attention = SequencePooling("attention", attention_units=2)
    found = np.asarray(attention(x, mask))[0]
    kernel, bias, context = (np.asarray(weight) for weight in attention.weights)
    scores = np.tanh(x[0, :4] @ kernel + bias) @ context
    weights = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    np.testing.assert_allclose(found, (x[0, :4] * weights).sum(axis=0), rtol=1e-5)


def test_an_unknown_pooling_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 'max', 'mean' or 'attention'"):
        SequencePooling("median")


@pytest.mark.parametrize("stride", [1, 4])
def test_the_mask_marks_the_started_windows(stride: int) -> None:
    sequence = np.zeros((3, 5, 1))
    mask = np.asarray(length_mask(sequence, np.array([0, 1, 4 * stride + 1], np.int32), stride))
    assert mask.sum(axis=1).tolist() == [0, 1, 5]


def test_masked_steps_are_zeroed() -> None:
    found = np.asarray(zero_padding(np.ones((1, 3, 2), np.float32), np.array([[True, False, True]])))
    assert found[0, :, 0].tolist() == [1, 0, 1]


def test_word_dropout_replaces_its_share_in_training_only() -> None:
    layer = WordDropout(0.25, seed=0)
    tokens = np.full((50, 200), 7, np.int32)
    tokens[:, 150:] = 0
    np.testing.assert_array_equal(np.asarray(layer(tokens, training=False)), tokens)
    found = np.asarray(layer(tokens, training=True))
    assert set(np.unique(found)) == {0, 1, 7}
    assert not found[:, 150:].any()
    assert abs((found[:, :150] == 1).mean() - 0.25) < 0.02


@pytest.mark.parametrize("layer", [SequencePooling("attention", 8), WordDropout(0.1, seed=3)])
def test_custom_layers_come_back_from_their_configuration(layer: keras.layers.Layer) -> None:
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(copy) is type(layer)
    assert copy.get_config() == layer.get_config()
