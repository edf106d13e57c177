"""The recogniser: convolutions that shorten the sequence, a deep recurrent stack, and CTC or one answer."""

from __future__ import annotations

from typing import Any

import keras

from apps.handwriting.augmentation import ImageAugmentation, InkAugmentation
from apps.handwriting.config import HandwritingConfig
from apps.handwriting.preprocess import LINE, HandwritingPreprocessor
from common.app import Augment, Models
from common.layers import (
    CTCLoss,
    GreedyCTC,
    RecurrentStack,
    certain_blanks,
    length_mask,
    pool_sequence,
    zero_padding,
)
from common.preprocessing.images import ImageSettings
from common.preprocessing.ink import InkSettings

KERNEL = 5
TEXT, SCORES, LABELS, PROBABILITIES = "text", "log_probabilities", "labels", "probabilities"
BEST = "best"
_STRIDES = {1: (1, 1, 1), 2: (1, 2, 1), 4: (1, 2, 2)}


def subsampling(config: HandwritingConfig, task: str) -> int:
    """How many timesteps of the input one step of the recurrent layers stands for."""
    if not config.convolution:
        return 1
    return int(config.subsampling) if config.subsampling != "auto" else 4 if task == LINE else 2


def reads_live(config: HandwritingConfig) -> bool:
    """Whether the network reads each timestep when it comes: nothing looks ahead, nothing joins neighbours."""
    return not config.bidirectional and not config.convolution


def build(config: HandwritingConfig, preprocessor: HandwritingPreprocessor) -> Models:
    """Builds the recogniser.

    Inputs: `ink` or `columns` (batch, timesteps, features) float32, `lengths` (batch,) int32.
    Outputs of a line: the training model gives logits (batch, frames, 1 + characters) under `text`, the serving model
    their logarithms of probabilities and the greedy `labels` (batch, frames) int32, one that reads live also the
    `best` class of each frame (batch, frames) int32; frames after the end are certain blanks. Of a character: logits
    (batch, classes), and `probabilities`.

    Args:
        config: sizes and choices.
        preprocessor: gives the task, the features and the classes.
    """
    settings = preprocessor.settings
    inputs = [
        keras.Input((None, preprocessor.features), dtype="float32", name=preprocessor.input_name),
        keras.Input((), dtype="int32", name="lengths"),
    ]
    stride = subsampling(config, preprocessor.task)
    states = _states(config, inputs[0], inputs[1], stride)
    augment = _augmentation(config, settings)
    if preprocessor.task == LINE:
        x = keras.layers.Dropout(config.dropout, seed=config.seed + 1, name="dropout")(states)
        x = keras.layers.Dense(len(preprocessor.labels) + 1, name="characters")(x)  # (batch, frames, 1 + characters)
        logits = certain_blanks(x, length_mask(x, inputs[1], stride))
        scores = keras.ops.log_softmax(logits, axis=-1)
        outputs = {SCORES: scores, LABELS: GreedyCTC(name="greedy")(scores)}
        if reads_live(config):
            outputs[BEST] = keras.ops.top_k(scores, 1)[1][..., 0]  # argmax needs an operator TFLite lacks
        serving = keras.Model(inputs, outputs, name="serving")
        return Models(keras.Model(inputs, {TEXT: logits}, name="network"), serving, {TEXT: CTCLoss()}, augment=augment)
    x = pool_sequence(states, length_mask(states, inputs[1], stride), "max_mean")
    x = keras.layers.Dropout(config.dropout, seed=config.seed + 1, name="dropout")(x)
    logits = keras.layers.Dense(len(preprocessor.labels), name="classes")(x)
    probabilities = keras.layers.Softmax(name=PROBABILITIES)(logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    serving = keras.Model(inputs, {PROBABILITIES: probabilities}, name="serving")
    return Models(keras.Model(inputs, logits, name="network"), serving, loss, (accuracy,), augment)


def _augmentation(config: HandwritingConfig, settings: InkSettings | ImageSettings) -> Augment | None:
    """Ink becomes features only there, so it always needs one; images do where they are changed."""
    if isinstance(settings, InkSettings):
        return InkAugmentation(settings, config.augment)
    return ImageAugmentation(config.augment) if config.augment else None


def _states(config: HandwritingConfig, sequence: Any, lengths: Any, stride: int) -> Any:
    """(batch, timesteps / stride, states): convolutions, then the recurrent stack; padding never matters."""
    x, passed = sequence, 1
    # without looking ahead, a convolution sees only steps up to its own
    around = (KERNEL // 2, KERNEL // 2) if config.bidirectional else (KERNEL - 1, 0)
    sizes = (config.convolution, 2 * config.convolution, 8 * config.convolution // 3)
    for depth, (filters, step) in enumerate(zip(sizes, _STRIDES[stride], strict=True)):
        if not config.convolution:
            break
        x = keras.layers.ZeroPadding1D(around, name=f"around_{depth}")(zero_padding(x, length_mask(x, lengths, passed)))
        x = keras.layers.Conv1D(filters, KERNEL, strides=step, activation="relu", name=f"convolution_{depth}")(x)
        x = keras.layers.LayerNormalization(name=f"normalization_{depth}")(x)
        passed *= step
    stack = RecurrentStack(
        config.cell,
        config.units,
        layers=config.layers,
        bidirectional=config.bidirectional,
        output_dropout=config.dropout,
        seed=config.seed,
    )
    return stack(x, lengths, stride=stride)
