"""Copies on several devices of one machine, with TensorFlow's `MirroredStrategy`.

Keras clips the gradients of each copy before it adds them up, which is another training; `adapt` lets it add first.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import keras

from common.config import TrainingConfig
from common.errors import UserError
from common.replicas import Replicas


@dataclass(frozen=True)
class Mirrored(Replicas):
    """Attributes:
    strategy: TensorFlow's.
    """

    strategy: Any = None

    def check(self, config: TrainingConfig) -> None:
        """Also refuses float16, whose loss scale each copy would judge by its own gradients."""
        super().check(config)
        if config.dtype_policy == "mixed_float16":
            raise UserError(
                "--dtype-policy: expected float32 or mixed_bfloat16 beside --devices, found mixed_float16; change it"
            )

    def scope(self) -> AbstractContextManager[Any]:
        """The strategy's."""
        scope: AbstractContextManager[Any] = self.strategy.scope()
        return scope

    def adapt(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Adds the copies' gradients up before they are clipped."""
        add_up = optimizer._all_reduce_sum_gradients

        def apply(self: Any, grads: Sequence[Any], trainable_variables: Sequence[Any] | None = None) -> None:
            variables = self._trainable_variables if trainable_variables is None else trainable_variables
            summed = [gradient for gradient, _ in add_up(list(zip(grads, variables, strict=True)))]
            type(self).apply(self, summed, trainable_variables)

        optimizer.apply = types.MethodType(apply, optimizer)
        optimizer._all_reduce_sum_gradients = lambda pairs: pairs


def mirrored(count: int) -> Replicas:
    """Copies on the first GPUs; without GPUs on parts of the CPU, which is for trying out and not faster.

    Must be called before TensorFlow does anything.

    Raises:
        UserError: fewer GPUs, less than two copies, or another backend.
    """
    import tensorflow as tf

    if count < 2:
        raise UserError(f"--devices: expected 2 or more, found {count}; leave the flag out for one")
    if keras.backend.backend() != "tensorflow":
        raise UserError(
            f"--devices: expected the backend tensorflow, found {keras.backend.backend()}; unset KERAS_BACKEND"
        )
    gpus = tf.config.list_physical_devices("GPU")
    if gpus and len(gpus) < count:
        raise UserError(f"--devices: expected at most the {len(gpus)} GPUs of this machine, found {count}; correct it")
    kind = "GPU" if gpus else "CPU"
    if not gpus:
        part = tf.config.LogicalDeviceConfiguration()
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], [part] * count)
    strategy = tf.distribute.MirroredStrategy([f"{kind}:{number}" for number in range(count)])
    return dataclasses.replace(Mirrored(count, "--devices"), strategy=strategy)
