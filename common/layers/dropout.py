"""Dropout of whole words."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="unroll")
class WordDropout(keras.layers.Layer):
    """Replaces a share of the token ids by the unknown word while training, so that no single word is relied on.

    Args:
        rate: float. The share of tokens to replace.
        unknown: int. The id to put in their place.
        rare_rate: float. The share of rare tokens to replace, so that the unknown word learns from words like those it
            will stand for.
        rare_from: int. Ids from this one on are rare, in a vocabulary sorted by falling frequency; 0 for none.
        seed: int or None. Seed of the random state, which is saved with the model.

    Call arguments:
        tokens: (batch, timesteps) int32; id 0 is padding and stays.

    Returns:
        (batch, timesteps) int32.
    """

    def __init__(
        self,
        rate: float,
        unknown: int = 1,
        seed: int | None = None,
        rare_rate: float = 0.0,
        rare_from: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rate, self.unknown, self.seed = rate, unknown, seed
        self.rare_rate, self.rare_from = (rare_rate if rare_from else 0.0), rare_from
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, tokens: Any, training: bool = False) -> Any:
        if not training or not (self.rate or self.rare_rate):
            return tokens
        draw = keras.random.uniform(ops.shape(tokens), seed=self.seed_generator)
        rate = ops.where(tokens >= self.rare_from, self.rare_rate, self.rate) if self.rare_rate else self.rate
        return ops.where(ops.logical_and(draw < rate, tokens > 0), self.unknown, tokens)

    def compute_output_spec(self, tokens: Any, training: bool = False) -> Any:
        return keras.KerasTensor(tokens.shape, dtype=tokens.dtype)

    def get_config(self) -> dict[str, Any]:
        own = {"rate": self.rate, "unknown": self.unknown, "seed": self.seed}
        return {**super().get_config(), **own, "rare_rate": self.rare_rate, "rare_from": self.rare_from}
