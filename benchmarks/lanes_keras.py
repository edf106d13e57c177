"""The lanes of `benchmarks.training` that use Keras: ours, and two ways of its documentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from common.quiet import silenced

with silenced():
    import tensorflow as tf
import keras
import numpy as np

from benchmarks.workload import BATCH, CLASSES, EMBEDDING, LONGEST, UNITS, WORDS, rows
from common.app import Models
from common.config import TrainingConfig
from common.data.batches import TrainingBatches
from common.data.ragged import Ragged
from common.layers import RecurrentStack
from common.training import compiled

Epoch = Callable[[], None]


def use_threads(threads: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def ours(cell: str, threads: int) -> Epoch:
    """The path of every application: batches of like length, `RecurrentStack` with lengths, `common.training`."""
    use_threads(threads)
    tokens, classes = rows()
    arrays = {"tokens": Ragged.from_rows(tokens, np.int32)}
    arrays["lengths"] = arrays["tokens"].lengths
    inputs = [keras.Input((None,), dtype="int32", name="tokens"), keras.Input((), dtype="int32", name="lengths")]
    embedded = keras.layers.Embedding(WORDS, EMBEDDING)(inputs[0])
    states = RecurrentStack(cell, UNITS, bidirectional=True, return_sequences=False)(embedded, inputs[1])
    model = keras.Model(inputs, keras.layers.Dense(CLASSES)(states))
    plain = TrainingConfig(
        batch_size=BATCH, weight_decay=0.0, clip_norm=0.0, schedule="constant", warmup=0.0, epochs=20
    )
    batches = TrainingBatches(arrays, classes, batch_size=BATCH, seed=0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    compiled(Models(model, model, loss), plain, batches)
    dataset = batches.dataset()
    return lambda: _fit(model, dataset, shuffle=False)


def _stock(layer: Any) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(WORDS, EMBEDDING),
            keras.layers.Bidirectional(layer),
            keras.layers.Dense(CLASSES),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def _fit(model: keras.Model, *data: Any, **options: Any) -> None:
    model.fit(*data, epochs=1, verbose=0, **options)


LAYERS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}


def padded(cell: str, threads: int) -> Epoch:
    """`pad_sequences` to the longest of all, `fit` on the array: no mask, as in the documentation's example."""
    use_threads(threads)
    tokens, classes = rows()
    array = keras.utils.pad_sequences(tokens, maxlen=LONGEST)
    model = _stock(LAYERS[cell](UNITS))
    return lambda: _fit(model, array, classes, batch_size=BATCH)


def padded_batch(cell: str, threads: int) -> Epoch:
    """tf.data: rows in random order, each batch padded to its own longest row."""
    use_threads(threads)
    tokens, classes = rows()
    signature = (tf.TensorSpec([None], tf.int32), tf.TensorSpec([], tf.int32))
    data = tf.data.Dataset.from_generator(lambda: zip(tokens, classes, strict=True), output_signature=signature)
    data = data.cache().shuffle(len(tokens), seed=0).padded_batch(BATCH).prefetch(tf.data.AUTOTUNE)
    data = data.apply(tf.data.experimental.assert_cardinality(len(tokens) // BATCH))
    model = _stock(LAYERS[cell](UNITS))
    return lambda: _fit(model, data, shuffle=False)
