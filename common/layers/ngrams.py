"""The hashed n-gram channel in the graph: how strongly the n-grams that end at a token speak for each class."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from common.preprocessing.ngrams import FINGERPRINT, ORDERS, Hash, NgramTable, bucket_hash


@keras.saving.register_keras_serializable(package="unroll")
class HashedNgrams(keras.layers.Layer):
    """Looks the uni-, bi- and trigram ending at each token up in a fixed table of weights.

    Buckets and fingerprints are those of `common.preprocessing.ngrams`, in int32 arithmetic that never overflows, so a
    device needs only the token ids.

    Args:
        buckets: int. The number of rows of the table.
        channels: int. Weights per n-gram.

    Call arguments:
        tokens: (batch, timesteps) int32 ids.
        mask: (batch, timesteps) bool.

    Returns:
        (batch, timesteps, 3 * channels) float32, zero where the mask is False.
    """

    def __init__(self, buckets: int, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.buckets, self.channels = buckets, channels

    def build(self, tokens_shape: Any, mask_shape: Any = None) -> None:
        """Two tables, because a quantised table has one scale."""
        fixed: dict[str, Any] = {"trainable": False}
        self.table = self.add_weight(shape=(self.buckets, self.channels), initializer="zeros", name="weights", **fixed)
        self.fingerprints = self.add_weight(shape=(self.buckets, 1), initializer="zeros", name="fingerprints", **fixed)
        self.built = True

    def set_table(self, table: NgramTable) -> None:
        """Takes the weights over."""
        self.set_weights([np.asarray(table.weights), np.asarray(table.fingerprints)])

    def call(self, tokens: Any, mask: Any) -> Any:
        find_bucket = bucket_hash(self.buckets)
        # the token itself, the one before it, the one before that; id 0 stands before the start
        ending = [ops.pad(tokens, [[0, 0], [back, 0]])[:, : -back or None] for back in range(ORDERS)]
        found = []
        for order in range(1, ORDERS + 1):
            bucket = _hashed(find_bucket, ending[:order])  # (batch, timesteps)
            stored = ops.take(self.fingerprints, bucket, axis=0)  # (batch, timesteps, 1)
            wanted = ops.expand_dims(ops.cast(_hashed(FINGERPRINT, ending[:order]), stored.dtype), -1)
            # a quantised fingerprint may be off by less than a half
            same = ops.cast(ops.abs(stored - wanted) < 0.5, stored.dtype)
            found.append(ops.take(self.table, bucket, axis=0) * same)
        weights = ops.concatenate(found, axis=-1)
        return weights * ops.cast(ops.expand_dims(mask, -1), weights.dtype)

    def compute_output_spec(self, tokens: Any, mask: Any) -> Any:
        return keras.KerasTensor((*tokens.shape, ORDERS * self.channels), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "buckets": self.buckets, "channels": self.channels}


def _hashed(function: Hash, tokens: list[Any]) -> Any:
    """`Hash.__call__` on tensors: (batch, timesteps) int32 each, the last token first."""
    total = ops.full_like(tokens[0], function.offset(len(tokens)))
    for token, multiplier in zip(tokens, function.multipliers, strict=False):
        total = ops.mod(total + ops.mod(token * multiplier, function.modulus), function.modulus)
    return total - function.shift
