"""The optimizer of every training: AdamW with warm-up and decay, its update compiled where that pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from common.config import TrainingConfig


class CompiledAdamW(keras.optimizers.AdamW):
    """Keras' AdamW as one function that XLA compiles: clipping, decay, moments and averages in one pass over memory.

    The numbers are those of `keras.optimizers.AdamW` up to rounding. For a large word table the update is a sixth of
    a training step otherwise.
    """

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Any] | None = None) -> None:
        """Updates the variables; inside a `tf.function` of the TensorFlow backend by XLA, as Keras does elsewhere."""
        if keras.backend.backend() != "tensorflow":
            return super().apply(grads, trainable_variables)
        import tensorflow as tf

        if tf.executing_eagerly() or any(gradient is None for gradient in grads):
            return super().apply(grads, trainable_variables)
        update = tf.function(
            lambda dense: super(CompiledAdamW, self).apply(dense, trainable_variables), jit_compile=True, autograph=False
        )
        update([tf.convert_to_tensor(gradient) for gradient in grads])  # XLA takes no sparse rows of a table
        return None


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
    optimizer = (CompiledAdamW if compiled else keras.optimizers.AdamW)(
        rate,
        weight_decay=config.weight_decay,
        global_clipnorm=config.clip_norm or None,
        use_ema=config.ema > 0,
        ema_momentum=config.ema or 0.99,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
