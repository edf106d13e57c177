"""What the classifier does to base distributions: the other strand, vectors of k-mers, and noise while it trains."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from common.layers import zero_padding

KMERS = "kmers"


def reverse_complemented(bases: Any, length: int | None, lengths: Any = None) -> Any:
    """The other strand: (batch, timesteps, 4) read backwards, A and T, C and G exchanged.

    Args:
        bases: columns A, C, G, T, so that the complement is the reverse of the last axis.
        length: the length of every row, when they have one; more steps are cut.
        lengths: (batch,) int32 otherwise; padding stays behind.
    """
    if length is not None:
        return ops.flip(ops.flip(bases[:, :length], axis=1), axis=2)
    steps = ops.cumsum(ops.ones_like(bases[..., 0], dtype="int32"), axis=1)  # (batch, timesteps), from 1
    mirrored = ops.maximum(ops.expand_dims(lengths, 1) - steps, 0)
    turned = ops.take_along_axis(ops.flip(bases, axis=2), ops.expand_dims(mirrored, -1), axis=1)
    return zero_padding(turned, steps <= ops.expand_dims(lengths, 1))


def kmer_vectors(bases: Any, k: int, size: int) -> Any:
    """A learnt vector for the k-mer that begins at each step: (batch, timesteps, 4) to (batch, timesteps, size).

    A k-mer with an ambiguous letter, or that reaches over the end, has a vector of its own.
    """
    # in float32, exact below 2^24: argmax and whole numbers would need operators that TFLite does not have
    digits = ops.sum(bases * np.arange(4, dtype="float32"), axis=-1)  # 0 to 3 of a clear letter
    clear = ops.cast(ops.max(bases, axis=-1) > 0.99, "float32")
    timesteps = digits.shape[1]
    ends = [[0, 0], [0, k - 1]]
    digits, clear = ops.pad(digits, ends), ops.pad(clear, ends)
    index, whole = 0.0, 1.0
    for offset in range(k):
        window = slice(offset, None if offset == k - 1 else offset - k + 1)
        index, whole = index * 4 + digits[:, window], whole * clear[:, window]
    if timesteps is not None:
        index, whole = ops.reshape(index, (-1, timesteps)), ops.reshape(whole, (-1, timesteps))
    return keras.layers.Embedding(4**k + 1, size, name=KMERS)(ops.cast((index + 1) * whole, "int32"))


@keras.saving.register_keras_serializable(package="unroll")
class RandomStrand(keras.layers.Layer):
    """While training, gives each record of the batch on one of its strands, by the toss of a coin.

    Args:
        seed: int. Seed of the random state, which is saved with the model.

    Call arguments:
        bases: (batch, timesteps, 4) float32.
        other: the other strand, of the same shape.
    """

    def __init__(self, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, bases: Any, other: Any, training: bool = False) -> Any:
        if not training:
            return bases
        draw = keras.random.uniform((ops.shape(bases)[0], 1, 1), seed=self.seed_generator)
        return ops.where(draw < 0.5, other, bases[:, : ops.shape(other)[1]])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable(package="unroll")
class PointMutations(keras.layers.Layer):
    """While training, replaces a share of the letters by a base drawn evenly, so that no record is learnt by heart.

    Args:
        rate: float. The share of letters drawn anew; a quarter of them come out as they were.
        seed: int. Seed of the random state, which is saved with the model.

    Call arguments:
        bases: (batch, timesteps, 4) float32; padding (all zeros) stays.
    """

    def __init__(self, rate: float, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.seed = rate, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, bases: Any, training: bool = False) -> Any:
        if not training or not self.rate:
            return bases
        draw = keras.random.uniform(ops.shape(bases)[:2], seed=self.seed_generator)  # (batch, timesteps)
        base = ops.cast(draw * (4 / self.rate), "int32")  # 0 to 3 below the rate: one draw decides both
        real = ops.logical_and(draw < self.rate, ops.sum(bases, axis=-1) > 0)
        return ops.where(ops.expand_dims(real, -1), ops.one_hot(base, 4), bases)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
