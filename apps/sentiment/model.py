"""The text classifier: embedding, convolution and pooling in front, recurrent stack, pooling over time, dense."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from apps.sentiment.config import SentimentConfig
from apps.sentiment.preprocess import TextPreprocessor
from common.app import Models
from common.layers import HashedNgrams, RecurrentStack, WordDropout, length_mask, pool_sequence, zero_padding
from common.losses import SmoothedCrossEntropy
from common.preprocessing.ngrams import ORDERS, NgramTable
from common.pretraining.ngram_weights import channels_of


def build(config: SentimentConfig, preprocessor: TextPreprocessor) -> Models:
    """Builds the classifier.

    Inputs: `tokens` (batch, timesteps) int32, `lengths` (batch,) int32; the training model takes the cross-fitted
    `ngrams` (batch, timesteps, weights) too, which the serving model looks up itself.
    Outputs: the training model gives logits (batch, classes), the serving model `probabilities` (batch, classes).

    Args:
        config: sizes and choices.
        preprocessor: gives the number of words and classes, and what was pretrained.
    """
    classes = len(preprocessor.labels)
    channels = channels_of(classes)
    network = _network(config, len(preprocessor.vocabulary), classes, ORDERS * channels)
    fitted = {name: np.asarray(array) for name, array in preprocessor.fitted.items()}
    tokens, lengths = _inputs()
    given = [tokens, lengths]
    if config.ngrams:
        table = HashedNgrams(config.ngram_buckets, channels, name="ngram_table")
        given.append(table(tokens, length_mask(tokens, lengths)))
        if "ngram_weights" in fitted:
            table.set_table(NgramTable(fitted["ngram_weights"], fitted["ngram_fingerprints"]))
    if "embedding" in fitted:
        network.get_layer("embedding").set_weights([fitted["embedding"]])
    probabilities = keras.layers.Softmax(name="probabilities")(network(given))
    serving = keras.Model([tokens, lengths], {"probabilities": probabilities}, name="serving")
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    return Models(network, serving, SmoothedCrossEntropy(config.label_smoothing), (accuracy,))


def _inputs() -> tuple[Any, Any]:
    return keras.Input((None,), dtype="int32", name="tokens"), keras.Input((), dtype="int32", name="lengths")


def _network(config: SentimentConfig, words: int, classes: int, ngram_weights: int) -> keras.Model:
    tokens, lengths = _inputs()
    inputs = [tokens, lengths]
    mask = length_mask(tokens, lengths)  # (batch, timesteps)
    x = WordDropout(config.word_dropout, seed=config.seed, name="word_dropout")(tokens)
    x = keras.layers.Embedding(words, config.embedding, name="embedding")(x)  # (batch, timesteps, embedding)
    if config.ngrams:
        ngrams = keras.Input((None, ngram_weights), dtype="float32", name="ngrams")
        inputs.append(ngrams)
        x = keras.layers.Concatenate(name="words_and_ngrams")([x, ngrams])
    x = keras.layers.SpatialDropout1D(config.input_dropout, seed=config.seed + 1, name="input_dropout")(x)
    if config.convolution:
        x = zero_padding(x, mask)
        x = keras.layers.Conv1D(config.convolution, 5, padding="same", activation="relu", name="convolution")(x)
        x = zero_padding(x, mask)
        # zeros on the right: no value after a ReLU is lower, and ceil(timesteps / pool) steps come out
        x = keras.layers.ZeroPadding1D((0, config.pool - 1), name="whole_windows")(x)
        x = keras.layers.MaxPooling1D(config.pool, name="pool")(x)  # (batch, timesteps / pool, convolution)
    stride = config.pool if config.convolution else 1
    stack = RecurrentStack(
        config.cell,
        config.units,
        layers=config.layers,
        bidirectional=config.bidirectional,
        return_sequences=config.pooling != "last",
    )
    x = stack(x, lengths, stride=stride)
    if config.pooling != "last":
        x = pool_sequence(x, length_mask(x, lengths, stride), config.pooling)
    x = keras.layers.Dropout(config.dropout, seed=config.seed + 2, name="dropout")(x)  # (batch, features)
    if config.ngrams:
        x = keras.layers.Concatenate(name="states_and_ngrams")([x, NgramSums(name="ngram_sums")(ngrams)])
    return keras.Model(inputs, keras.layers.Dense(classes, name="logits")(x), name="network")


@keras.saving.register_keras_serializable(package="unroll")
class NgramSums(keras.layers.Layer):
    """Sums the n-gram channel over time: (batch, timesteps, weights) to (batch, weights), as a linear model would."""

    def call(self, ngrams: Any) -> Any:
        return 0.1 * ops.sum(ngrams, axis=1)
