"""The classifier: base distributions, convolutions and pooling, recurrent stack, a head that knows positions or not.

The convolution, pooling and recurrence are those of DanQ (Quang and Xie 2016), with vectors of k-mers beside the
convolution; both strands share all weights (as in Shrikumar et al. 2017, here by averaging the logits of both, which is
exactly invariant).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from apps.dna.config import DnaConfig
from apps.dna.layers import PointMutations, RandomStrand, kmer_vectors, reverse_complemented
from apps.dna.preprocess import DnaPreprocessor
from common.app import Models
from common.layers import RecurrentStack, length_mask, pool_sequence, zero_padding
from common.losses import SmoothedCrossEntropy
from common.preprocessing.nucleotide_encoder import LENGTHS, SEQUENCE
from common.preprocessing.nucleotides import distributions

NETWORK, LOGITS, LETTER_SCORES, PROBABILITIES = "network", "logits", "letter_scores", "probabilities"
_SECOND_WIDTH = 5  # steps of the second convolution
_FAR_BELOW = -1e4  # padding never wins a maximum


def build(config: DnaConfig, preprocessor: DnaPreprocessor) -> Models:
    """Builds the classifier.

    Inputs: `sequence` (batch, timesteps) int32 codes, `lengths` (batch,) int32; aligned records are all of one length
    and have no `lengths`.
    Outputs: the training model gives logits (batch, networks, classes), so that each network learns for itself (a deep
    ensemble, Lakshminarayanan et al. 2017), the serving model `probabilities` (batch, classes) of their mean.

    Args:
        config: sizes and choices.
        preprocessor: gives the classes, the length, and whether records are aligned, both strands
            read, and records few.
    """
    members = [_network(config, preprocessor, number) for number in range(config.ensemble)]
    inputs = {SEQUENCE: keras.Input((None,), dtype="int32", name=SEQUENCE)}
    if not preprocessor.aligned:
        inputs[LENGTHS] = keras.Input((), dtype="int32", name=LENGTHS)
    lengths = list(inputs.values())[1:]
    table = distributions()
    letters = keras.layers.Embedding(*table.shape, trainable=False, name="letters")
    bases = letters(inputs[SEQUENCE])  # (batch, timesteps, 4)
    letters.set_weights([table])
    training_logits = []
    for number, network in enumerate(members):
        seed = _seed(config, number)
        noisy = PointMutations(config.mutations, seed + 5, name=f"point_mutations_{number}")(bases)
        if preprocessor.both_strands and config.strands != "shared":
            other = _other_strand(preprocessor, noisy, *lengths)
            drawn = RandomStrand(seed, name=f"random_strand_{number}")(noisy, other)
            training_logits.append(network([drawn, *lengths]))
        else:
            training_logits.append(mean_logits([network], preprocessor, noisy, *lengths))
    logits = mean_logits(members, preprocessor, bases, *lengths)
    probabilities = keras.layers.Softmax(name=PROBABILITIES)(logits)
    serving = keras.Model(list(inputs.values()), {PROBABILITIES: probabilities}, name="serving")
    training = keras.Model(list(inputs.values()), ops.stack(training_logits, axis=1), name="training")
    accuracy = keras.metrics.MeanMetricWrapper(_right, name="accuracy")
    return Models(training, serving, SmoothedCrossEntropy(config.label_smoothing), (accuracy,))


def networks(serving: keras.Model) -> list[keras.Model]:
    """The networks inside a model, from bases (and lengths) to logits."""
    return [layer for layer in serving.layers if layer.name.startswith(NETWORK)]


def logit_layers(serving: keras.Model) -> list[keras.layers.Dense]:
    """The dense layers whose outputs add up to a network's logits, of all networks."""
    return [layer for network in networks(serving) for layer in network.layers if layer.name in (LOGITS, LETTER_SCORES)]


def mean_logits(members: Sequence[Any], preprocessor: DnaPreprocessor, bases: Any, *lengths: Any) -> Any:
    """The logits (batch, classes) that an answer rests on: a mean over networks, and over strands where both are read.

    Args:
        members: networks from bases and lengths to logits.
        preprocessor: says whether both strands are read.
        bases: (batch, timesteps, 4) float32.
        lengths: (batch,) int32, for records that are not aligned.
    """
    strands = [bases, _other_strand(preprocessor, bases, *lengths)] if preprocessor.both_strands else [bases]
    found = [network([strand, *lengths]) for strand in strands for network in members]
    return sum(found[1:], found[0]) / float(len(found)) if len(found) > 1 else found[0]


def _seed(config: DnaConfig, number: int) -> int:
    return config.seed + 10 * number


def _right(targets: Any, logits: Any) -> Any:
    """(batch,) int32 and (batch, networks, classes): 1 where the mean's greatest logit is the target's, else 0."""
    found = ops.argmax(ops.mean(logits, axis=1), axis=-1)
    return ops.cast(ops.equal(found, ops.cast(ops.reshape(targets, (-1,)), found.dtype)), "float32")


def _other_strand(preprocessor: DnaPreprocessor, bases: Any, *lengths: Any) -> Any:
    return reverse_complemented(bases, preprocessor.max_length if preprocessor.aligned else None, *lengths)


def _network(config: DnaConfig, preprocessor: DnaPreprocessor, number: int) -> keras.Model:
    """From base distributions (and lengths) to logits."""
    seed = _seed(config, number)
    bases = keras.Input((None, 4), name="bases")
    inputs, lengths = [bases], None
    x, length = bases, preprocessor.max_length
    if preprocessor.aligned:
        x = ops.reshape(x[:, :length], (-1, length, 4))
    else:
        lengths = keras.Input((), dtype="int32", name=LENGTHS)
        inputs.append(lengths)
    x, stride = _front(config, seed, x, lengths)
    sequences = preprocessor.aligned or config.pooling != "last"
    stack = RecurrentStack(
        config.cell, config.units, layers=config.layers, bidirectional=config.bidirectional, return_sequences=sequences
    )
    states = stack(x, lengths, stride=stride)
    if preprocessor.aligned:
        # where, and how strongly units and filters answer anywhere
        parts = [_in_place(config, preprocessor, states), ops.max(states, axis=1), ops.max(x, axis=1)]
        h = keras.layers.Concatenate(name="in_place_and_anywhere")(parts)
    else:
        mask = length_mask(states, lengths, stride) if sequences else None
        h = pool_sequence(states, mask, config.pooling) if sequences else states
    h = keras.layers.Dropout(config.dropout, seed=seed + 3, name="dropout")(h)
    logits = keras.layers.Dense(len(preprocessor.labels), name=LOGITS)(h)
    if preprocessor.aligned and preprocessor.few:
        letters = ops.reshape(bases[:, :length], (-1, length, 4))
        logits = logits + _letter_scores(config, seed, letters, logits.shape[-1])
    return keras.Model(inputs, logits, name=f"{NETWORK}_{number}")


def _in_place(config: DnaConfig, preprocessor: DnaPreprocessor, states: Any) -> Any:
    """Each unit (batch, timesteps, units) summed with a few learnt weightings of the steps; of few records all states.

    More weights for fewer records: what they learn is held by dropout, and the letters' scores know most of it.
    """
    if not preprocessor.few:
        by_unit = keras.layers.Permute((2, 1), name="by_unit")(states)  # (batch, units, timesteps)
        states = keras.layers.Dense(config.profiles, name="position_profiles")(by_unit)
    return keras.layers.Flatten(name="in_place")(states)


def _letter_scores(config: DnaConfig, seed: int, bases: Any, classes: int) -> Any:
    """A linear model of the letters in their places, (batch, classes): it starts at zero and learns beside the network.

    On a few hundred records it is what there is to learn; on more the network's states carry what it cannot.
    """
    noise = (None, None, 1)  # whole letters
    dropout = keras.layers.Dropout(config.letter_dropout, noise, seed=seed + 6, name="letter_dropout")
    flat = keras.layers.Flatten(name="letters_in_place")(dropout(bases))
    return keras.layers.Dense(classes, use_bias=False, kernel_initializer="zeros", name=LETTER_SCORES)(flat)


def _front(config: DnaConfig, seed: int, bases: Any, lengths: Any) -> tuple[Any, int]:
    """Features of motifs before the recurrence, and how many nucleotides a step stands for.

    A convolution over the bases, the vectors of k-mers, or both beside each other; max pooling; a second convolution.
    """
    parts = []
    if config.front != "kmers":
        parts.append(
            _convolution(bases, config.filters, config.width, lengths, 1, "convolution") if config.filters else bases
        )
    if config.front != "bases":
        vectors = kmer_vectors(bases, config.kmer, config.kmer_embedding)
        # whole k-mers are dropped, so that no single one is relied on
        noise = (None, None, 1)
        dropout = keras.layers.Dropout(config.kmer_dropout, noise, seed=seed + 4, name="kmer_dropout")
        parts.append(dropout(vectors))
    x = keras.layers.Concatenate(name="motifs")(parts) if len(parts) > 1 else parts[0]
    if lengths is not None:
        x = ops.where(ops.expand_dims(length_mask(x, lengths), -1), x, _FAR_BELOW)
    missing = config.pool - 1 if x.shape[1] is None else -x.shape[1] % config.pool
    if config.pool > 1:
        if missing:  # ceil(timesteps / pool) steps come out, the last of fewer
            x = ops.pad(x, [[0, 0], [0, missing], [0, 0]], constant_values=_FAR_BELOW)
        x = keras.layers.MaxPooling1D(config.pool, name="pool")(x)
    if lengths is not None:
        x = zero_padding(x, length_mask(x, lengths, config.pool))
    x = keras.layers.SpatialDropout1D(config.convolution_dropout, seed=seed + 1, name="convolution_dropout")(x)
    if not config.second_filters:
        return x, config.pool
    x = _convolution(x, config.second_filters, _SECOND_WIDTH, lengths, config.pool, "second_convolution")
    x = keras.layers.SpatialDropout1D(config.convolution_dropout, seed=seed + 2, name="second_dropout")(x)
    return x, config.pool


def _convolution(x: Any, filters: int, width: int, lengths: Any, stride: int, name: str) -> Any:
    """Convolution, batch normalisation over the real steps, ReLU; padding comes out as zeros."""
    x = keras.layers.Conv1D(filters, width, padding="same", use_bias=False, name=name)(x)
    mask = None if lengths is None else length_mask(x, lengths, stride)
    x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_normalization")(x, mask=mask)
    x = keras.layers.Activation("relu", name=f"{name}_relu")(x)
    return x if mask is None else zero_padding(x, mask)
