"""From a sequence of states to one vector, padding left out."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

POOLINGS = ("last", "max", "mean", "max_mean", "attention")
_FAR_BELOW = -1e9  # finite: an infinite score would make 0 * inf in the gradient


@keras.saving.register_keras_serializable(package="unroll")
class SequencePooling(keras.layers.Layer):
    """Pools (batch, timesteps, features) to (batch, features), over the steps where the mask is True.

    A row without any real step gives zeros.

    Args:
        kind: "max", "mean", or "attention" (softmax over a learnt score of each step: Yang et al. 2016, with the
            projection and context vector folded into `tanh(x W + b) v`).
        attention_units: int. The size of the hidden layer of the attention score.
    """

    def __init__(self, kind: str, attention_units: int = 64, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if kind not in ("max", "mean", "attention"):
            raise ValueError(f"kind: expected 'max', 'mean' or 'attention', found {kind!r}")
        self.kind = kind
        self.attention_units = attention_units
        self.supports_masking = True

    def compute_mask(self, sequence: Any, previous_mask: Any = None) -> None:
        """No mask goes on: there are no timesteps any more."""

    def build(self, sequence_shape: tuple[int | None, ...], mask_shape: tuple[int | None, ...] | None = None) -> None:
        if self.kind == "attention":
            features = sequence_shape[-1]
            self.kernel = self.add_weight(shape=(features, self.attention_units), name="kernel")
            self.bias = self.add_weight(shape=(self.attention_units,), initializer="zeros", name="bias")
            self.context = self.add_weight(shape=(self.attention_units, 1), name="context")
        self.built = True

    def call(self, sequence: Any, mask: Any) -> Any:
        real = ops.cast(ops.expand_dims(mask, -1), sequence.dtype)  # (batch, timesteps, 1)
        count = ops.sum(real, axis=1)  # (batch, 1)
        if self.kind == "mean":
            return ops.sum(sequence * real, axis=1) / ops.maximum(count, 1.0)
        if self.kind == "max":
            highest = ops.max(sequence + (1.0 - real) * _FAR_BELOW, axis=1)
            return highest * ops.cast(count > 0, sequence.dtype)
        hidden = ops.tanh(ops.matmul(sequence, self.kernel) + self.bias)
        scores = ops.matmul(hidden, self.context) + (1.0 - real) * _FAR_BELOW  # (batch, timesteps, 1)
        weights = ops.softmax(scores, axis=1) * real
        return ops.sum(sequence * weights, axis=1)

    def compute_output_shape(self, sequence_shape: Any, mask_shape: Any = None) -> tuple[int | None, ...]:
        return (sequence_shape[0], sequence_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kind": self.kind, "attention_units": self.attention_units}


def pool_sequence(sequence: Any, mask: Any, kind: str, name: str = "pooling") -> Any:
    """Pools a sequence of states by one of `POOLINGS` except "last", which a recurrent layer does itself.

    Args:
        sequence: (batch, timesteps, features) float32.
        mask: (batch, timesteps) bool.
        kind: "max", "mean", "max_mean" (both, concatenated) or "attention".

    Returns:
        (batch, features), twice as many features for "max_mean".
    """
    parts = [SequencePooling(part, name=f"{name}_{part}")(sequence, mask) for part in kind.split("_")]
    return keras.layers.Concatenate(name=name)(parts) if len(parts) > 1 else parts[0]
