"""The hashed n-gram channel in the graph: how strongly the n-grams that end at a token speak for each class."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from common.preprocessing.ngrams import MULTIPLIERS, OFFSETS


@keras.saving.register_keras_serializable(package="unroll")
class HashedNgrams(keras.layers.Layer):
    """Looks the uni-, bi-, ... n-gram ending at each token up in a fixed table of weights.

    The buckets are those of `common.preprocessing.ngrams.ngram_buckets`, in int32 arithmetic that never overflows,
    so a device needs only the token ids.

    Args:
        buckets: int. The number of rows of the table.
        orders: int. The longest n-gram, 1 to 3.
        channels: int. Weights per bucket (one for two classes, else one a class).

    Call arguments:
        tokens: (batch, timesteps) int32 ids.
        mask: (batch, timesteps) bool.

    Returns:
        (batch, timesteps, orders * channels) float32, zero where the mask is False.
    """

    def __init__(self, buckets: int, orders: int = 3, channels: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.buckets, self.orders, self.channels = buckets, orders, channels

    def build(self, tokens_shape: Any, mask_shape: Any = None) -> None:
        self.table = self.add_weight(
            shape=(self.buckets, self.channels), initializer="zeros", trainable=False, name="table"
        )
        self.built = True

    def call(self, tokens: Any, mask: Any) -> Any:
        found = []
        terms = []
        for back in range(self.orders):
            shifted = ops.pad(tokens, [[0, 0], [back, 0]])[:, : -back or None]  # (batch, timesteps)
            terms.append(ops.mod(shifted * MULTIPLIERS[back], self.buckets))
            total = ops.full_like(tokens, OFFSETS[back] % self.buckets)
            for term in terms:
                total = ops.mod(total + term, self.buckets)
            found.append(ops.take(self.table, total, axis=0))  # (batch, timesteps, channels)
        weights = ops.concatenate(found, axis=-1)
        return weights * ops.cast(ops.expand_dims(mask, -1), weights.dtype)

    def compute_output_spec(self, tokens: Any, mask: Any) -> Any:
        return keras.KerasTensor((*tokens.shape, self.orders * self.channels), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "buckets": self.buckets, "orders": self.orders, "channels": self.channels}
