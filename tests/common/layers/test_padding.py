"""Padding never influences a result: any amount, any content, any layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.layers import (
    CELLS,
    POOLINGS,
    RecurrentStack,
    SequencePooling,
    WordDropout,
    accelerate,
    length_mask,
    pool_sequence,
    zero_padding,
)

FEATURES = 3


def model_of(cell: str, bidirectional: bool, layers: int, pooling: str) -> keras.Model:
    sequence, lengths = keras.Input((None, FEATURES)), keras.Input((), dtype="int32")
    stack = RecurrentStack(cell, 4, layers=layers, bidirectional=bidirectional, return_sequences=pooling != "last")
    states, mask = stack(sequence, lengths), length_mask(sequence, lengths)
    pooled = states if pooling in ("last", "none") else pool_sequence(states, mask, pooling)
    return keras.Model([sequence, lengths], pooled)


def outputs_and_gradients(model: keras.Model) -> Callable[..., list[np.ndarray]]:
    """(x, lengths, errors of the outputs) -> outputs, gradients of x and of all weights; one graph for all shapes."""

    def run(x: Any, lengths: Any, errors: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = model([x, lengths], training=True)
            # the padded steps of a sequence are nobody's result
            loss = tf.reduce_sum(tf.where(errors == 0, 0.0, outputs) * errors)
        return outputs, *tape.gradient(loss, [x, *(v.value for v in model.trainable_variables)])

    errors = tf.TensorSpec([None] * len(model.output_shape), tf.float32)
    signature = [tf.TensorSpec([None, None, FEATURES], tf.float32), tf.TensorSpec([None], tf.int32), errors]
    graph = tf.function(run, input_signature=signature, autograph=False)
    return lambda *arrays: [np.asarray(value) for value in graph(*arrays)]


@pytest.mark.parametrize("cell", sorted(CELLS))
@pytest.mark.parametrize(
    ("bidirectional", "layers", "pooling", "fast"),
    [(False, 2, "last", False), (True, 1, "max_mean", False), (True, 2, "none", True)],
)
def test_any_padding_gives_the_same_outputs_and_gradients(
    cell: str, bidirectional: bool, layers: int, pooling: str, fast: bool, few_steps_a_block: None
) -> None:
    keras.utils.set_random_seed(0)
    model = model_of(cell, bidirectional, layers, pooling)
    assert not fast or accelerate(model) == layers * (1 + bidirectional)
    run = outputs_and_gradients(model)

    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(
        lengths=st.lists(st.integers(0, 7), min_size=2, max_size=2).filter(any),
        extra=st.integers(1, 9),
        content=st.floats(-1e6, 1e6, width=32),
        spread=st.sampled_from([0.0, 1.0, 1e4]),
        seed=st.integers(0, 99),
    )
    def check(lengths: list[int], extra: int, content: float, spread: float, seed: int) -> None:
        generator = np.random.default_rng(seed)
        width = max(lengths)
        short = generator.normal(size=(2, width, FEATURES)).astype(np.float32)
        real = np.arange(width + extra) < np.array(lengths)[:, None]
        padding = content + spread * generator.normal(size=(2, width + extra, FEATURES))
        long = np.where(real[..., None], np.pad(short, [(0, 0), (0, extra), (0, 0)]), padding).astype(np.float32)
        short = np.where(real[:, :width, None], short, 0)
        errors = generator.normal(size=(2, width + extra, model.output_shape[-1])).astype(np.float32)
        errors = errors * real[..., None] if pooling == "none" else errors[:, 0]
        cut = errors[:, :width] if pooling == "none" else errors
        expected = run(short, np.array(lengths, np.int32), cut)
        found = run(long, np.array(lengths, np.int32), errors)
        assert not found[1][~real].any()  # no gradient reaches padding
        expected[1], found[1] = expected[1][real[:, :width]], found[1][real]
        if pooling == "none":
            expected[0], found[0] = expected[0][real[:, :width]], found[0][real]
        for one, other in zip(expected, found, strict=True):
            np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-5)

    check()


@pytest.mark.parametrize("kind", [kind for kind in POOLINGS if kind != "last"])
def test_a_row_without_steps_pools_to_zeros_with_finite_gradients(kind: str) -> None:
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
