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
        seed: int or None. Seed of the random state, which is saved with the model.

    Call arguments:
        tokens: (batch, timesteps) int32; id 0 is padding and stays.

    Returns:
        (batch, timesteps) int32.
    """

    def __init__(self, rate: float, unknown: int = 1, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.unknown, self.seed = rate, unknown, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, tokens: Any, training: bool = False) -> Any:
        if not training or not self.rate:
            return tokens
        draw = keras.random.uniform(ops.shape(tokens), seed=self.seed_generator)
        return ops.where(ops.logical_and(draw < self.rate, tokens > 0), self.unknown, tokens)

    def compute_output_spec(self, tokens: Any, training: bool = False) -> Any:
        return keras.KerasTensor(tokens.shape, dtype=tokens.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "unknown": self.unknown, "seed": self.seed}
