"""The optimizer of every training: AdamW with warm-up and decay, its update compiled where that pays."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

import keras

from common.config import TrainingConfig

_AVERAGED_SPANS = 4  # times that the span of the averaged weights fits into a training, at least


def compile_update(optimizer: keras.optimizers.Optimizer) -> None:
    """Lets XLA compile an optimizer's update on TensorFlow: the same numbers, one pass over memory.

    Clipping, decay, moments and averages are separate operations otherwise, and the update of a large table a sixth of
    a training step. What is saved with a model does not change.
    """
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    def apply(self: Any, grads: Sequence[Any], trainable_variables: Sequence[Any] | None = None) -> None:
        def update(gradients: Sequence[Any]) -> None:
            type(self).apply(self, gradients, trainable_variables)

        if tf.executing_eagerly() or any(gradient is None for gradient in grads):
            update(grads)
        else:
            tf.function(update, jit_compile=True, autograph=False)(list(grads))

    optimizer.apply = types.MethodType(apply, optimizer)


def make_optimizer(config: TrainingConfig, steps: int, compiled: bool = False) -> keras.optimizers.Optimizer:
    """AdamW (Loshchilov and Hutter 2019) with linear warm-up, then cosine decay to zero or a constant rate.

    The averaged weights reach back over a quarter of the training at the most: with a decay of 0.995 those of a
    training of 200 steps would still be a third what they were at the start.

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
    decay = min(config.ema, max(0.0, 1 - _AVERAGED_SPANS / steps))
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=config.weight_decay,
        global_clipnorm=config.clip_norm or None,
        use_ema=config.ema > 0,
        ema_momentum=decay,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    if compiled:
        compile_update(optimizer)
    return optimizer
