"""From lengths to masks: what keeps padding out of every result.

Plain Keras operations, no custom layer: a model made of them loads where Unroll is not installed.
"""

from __future__ import annotations

from typing import Any

from keras import ops


def length_mask(sequence: Any, lengths: Any, stride: int = 1) -> Any:
    """The mask of the real timesteps: `mask[b, t] = t < ceil(lengths[b] / stride)`.

    Args:
        sequence: (batch, timesteps, ...) any dtype; only its number of timesteps is used.
        lengths: (batch,) int32, the number of real input steps.
        stride: int. How many input steps one step of the sequence stands for (after pooling by 4: 4).

    Returns:
        (batch, timesteps) bool.
    """
    while len(sequence.shape) > 2:
        sequence = sequence[..., 0]
    # a cumulative sum counts the steps where their number is not known yet
    first = (ops.cumsum(ops.ones_like(sequence, dtype="int32"), axis=1) - 1) * stride  # (batch, timesteps)
    # (batch, 1) against (batch, timesteps); t * stride < length is t < ceil(length / stride) without a division
    return first < ops.expand_dims(lengths, 1)


def zero_padding(sequence: Any, mask: Any) -> Any:
    """Zeroes the padded timesteps, so that a convolution that reaches over the end sees only zeros.

    Args:
        sequence: (batch, timesteps, features) float.
        mask: (batch, timesteps) bool.

    Returns:
        (batch, timesteps, features), zero where the mask is False, whatever stood there (also NaN).
    """
    return ops.where(ops.expand_dims(mask, -1), sequence, 0.0)
