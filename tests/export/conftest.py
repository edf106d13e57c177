"""Small recurrent models to convert: two classes of token rows, padding masked by `lengths`."""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers, ops

from common.app import ExportSpec, InputSpec
from common.data.ragged import Arrays, Ragged

TIMESTEPS = 24
VOCABULARY = 120
LENGTHS = [1, 2, 5, 9, 13, 17, 23, 24, 9, 24]


@keras.saving.register_keras_serializable("tests_export")
class LengthMask(layers.Layer):
    """(batch, time) bool: True at the valid timesteps."""

    def call(self, tokens, lengths):
        return ops.arange(ops.shape(tokens)[1], dtype="int32")[None, :] < lengths[:, None]


def build_tiny(kind: str = "GRU", masked: bool = True, sequence: bool = False) -> keras.Model:
    """Embedding -> bidirectional -> softmax, with weights large enough for outputs to differ between rows."""
    keras.utils.set_random_seed(7)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    lengths = keras.Input((), dtype="int32", name="lengths")
    mask = LengthMask(name="mask")(tokens, lengths) if masked else None
    spread = keras.initializers.RandomNormal(stddev=1.0, seed=1)
    hidden = layers.Embedding(VOCABULARY, 16, embeddings_initializer=spread, name="embedding")(tokens)
    layer = getattr(layers, kind)(24, return_sequences=sequence, name="recurrent")
    hidden = layers.Bidirectional(layer, name="both")(hidden, mask=mask)
    large = keras.initializers.RandomNormal(stddev=1.0, seed=2)
    answer = layers.Dense(2, activation="softmax", kernel_initializer=large, name="answer")(hidden)
    if not masked:  # the input stays part of the model
        answer = answer + 0.0 * ops.cast(lengths, "float32")[:, None]
    outputs = {"probabilities": answer}
    if sequence:
        outputs["tags"] = ops.top_k(answer, 1)[1][..., 0]  # ops.argmax needs BitwiseAnd, which TFLite lacks
    return keras.Model({"tokens": tokens, "lengths": lengths}, outputs, name="tiny")


def build_bag() -> keras.Model:
    """The same inputs and outputs without a loop: it converts in no time, for tests of what stands around."""
    keras.utils.set_random_seed(3)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    lengths = keras.Input((), dtype="int32", name="lengths")
    mask = ops.cast(LengthMask(name="mask")(tokens, lengths), "float32")[..., None]
    spread = keras.initializers.RandomNormal(stddev=1.0, seed=1)
    hidden = layers.Embedding(VOCABULARY, 16, embeddings_initializer=spread, name="embedding")(tokens)
    mean = ops.sum(hidden * mask, axis=1) / ops.cast(lengths, "float32")[:, None]
    answer = layers.Dense(2, activation="softmax", kernel_initializer=spread, name="answer")(mean)
    return keras.Model({"tokens": tokens, "lengths": lengths}, {"probabilities": answer}, name="bag")


def spec_of(*outputs: str, assets: tuple[str, ...] = ()) -> ExportSpec:
    inputs = {"tokens": InputSpec((TIMESTEPS,), "int32"), "lengths": InputSpec((), "int32")}
    decoder = {"kind": "softmax", "labels": ["negative", "positive"]}
    return ExportSpec(inputs, outputs or ("probabilities",), decoder, {"kind": "ids"}, assets)


def rows_of(lengths: list[int], seed: int = 0) -> Arrays:
    generator = np.random.default_rng(seed)
    tokens = Ragged.from_rows([generator.integers(1, VOCABULARY, length) for length in lengths], np.int32)
    return {"tokens": tokens, "lengths": tokens.lengths}


@pytest.fixture(scope="session")
def tiny() -> Callable[..., keras.Model]:
    return functools.cache(build_tiny)


@pytest.fixture(scope="session")
def bag() -> keras.Model:
    return build_bag()


@pytest.fixture(scope="session")
def expected(tiny) -> Callable[[str], np.ndarray]:
    """kind -> Keras' probabilities for the fixture `rows`."""
    from export.keras_runner import keras_runner

    return functools.cache(lambda kind: keras_runner(tiny(kind), spec_of())(rows_of(LENGTHS))["probabilities"])


@pytest.fixture(scope="session")
def converted(tiny) -> Callable[..., bytes]:
    """(kind, weights) -> .tflite bytes, each converted once."""
    from export.convert import to_tflite

    return functools.cache(lambda kind, weights: to_tflite(tiny(kind), spec_of(), weights))


@pytest.fixture
def spec() -> ExportSpec:
    return spec_of()


@pytest.fixture(scope="session")
def make_spec() -> Callable[..., ExportSpec]:
    return spec_of


@pytest.fixture(scope="session")
def make_rows() -> Callable[..., Arrays]:
    return rows_of


@pytest.fixture
def rows() -> Arrays:
    """Ten rows of eight lengths, 1 and the static length among them."""
    return rows_of(LENGTHS)
