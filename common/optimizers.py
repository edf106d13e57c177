"""The optimizer of every training: AdamW with warm-up and decay, its update compiled where that pays."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

import keras

from common.config import TrainingConfig


def update_densely(optimizer: keras.optimizers.Optimizer, compiled: bool) -> None:
    """Makes an optimizer see the gradient of a word table as one array, and may let XLA compile its update.

    Keras' TensorFlow backend hands the optimizer a row for every occurrence of a word, and Adam's second moment becomes
    a sum of squares instead of the square of the sum, which is neither Adam (Kingma and Ba 2015) nor what the same
    training does on JAX. Compiled, clipping, decay, moments and averages are one pass over memory; without, the update
    of a large table is a sixth of a training step. What is saved with a model does not change.
    """
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    def apply(self: Any, grads: Sequence[Any], trainable_variables: Sequence[Any] | None = None) -> None:
        def update(gradients: Sequence[Any]) -> None:
            type(self).apply(self, gradients, trainable_variables)

        dense = [gradient if gradient is None else tf.convert_to_tensor(gradient) for gradient in grads]
        if not compiled or tf.executing_eagerly() or any(gradient is None for gradient in dense):
            update(dense)
        else:
            tf.function(update, jit_compile=True, autograph=False)(dense)

    optimizer.apply = types.MethodType(apply, optimizer)


def make_optimizer(config: TrainingConfig, steps: int, compiled: bool = False) -> keras.optimizers.Optimizer:
    """AdamW (Loshchilov and Hutter 2019) with linear warm-up, then cosine decay to zero or a constant rate.

    Args:
        config: rates, decay, clipping and averaging.
        steps: int. Steps of the whole training.
        compiled: whether its update is compiled by XLA.
    """
    warmup_steps = round(config.warmup * steps)
    rate: Any = config.learning_rate
    if config.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(
            0.0 if warmup_steps else rate, max(1, steps - warmup_steps), warmup_target=rate, warmup_steps=warmup_steps
        )
    elif warmup_steps:
        rate = keras.optimizers.schedules.PolynomialDecay(rate / warmup_steps, warmup_steps, rate)
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=config.weight_decay,
        global_clipnorm=config.clip_norm or None,
        use_ema=config.ema > 0,
        ema_momentum=config.ema or 0.99,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    update_densely(optimizer, compiled)
    return optimizer
