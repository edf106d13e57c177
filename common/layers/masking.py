"""From lengths to masks: what keeps padding out of every result."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="unroll")
class LengthMask(keras.layers.Layer):
    """The mask of the real timesteps: `mask[b, t] = t < ceil(lengths[b] / stride)`.

    Args:
        stride: int. How many input steps one step of the sequence stands for (after pooling by 4: 4).

    Call arguments:
        sequence: (batch, timesteps, ...) any dtype; only its number of timesteps is used.
        lengths: (batch,) int32, the number of real input steps.

    Returns:
        (batch, timesteps) bool.
    """

    def __init__(self, stride: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stride = stride
        self.supports_masking = True

    def call(self, sequence: Any, lengths: Any) -> Any:
        steps = ops.arange(ops.shape(sequence)[1], dtype="int32")
        # (batch, 1) against (1, timesteps); t * stride < length is t < ceil(length / stride) without a division
        return ops.expand_dims(steps * self.stride, 0) < ops.expand_dims(ops.cast(lengths, "int32"), 1)

    def compute_output_spec(self, sequence: Any, lengths: Any) -> Any:
        return keras.KerasTensor(sequence.shape[:2], dtype="bool")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stride": self.stride}


@keras.saving.register_keras_serializable(package="unroll")
class MaskedInput(keras.layers.Layer):
    """Zeroes the padded timesteps, so that a convolution that reaches over the end sees only zeros.

    Call arguments:
        sequence: (batch, timesteps, features) float.
        mask: (batch, timesteps) bool.

    Returns:
        (batch, timesteps, features), zero where the mask is False.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, sequence: Any, mask: Any) -> Any:
        return sequence * ops.cast(ops.expand_dims(mask, -1), sequence.dtype)
