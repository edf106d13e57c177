"""Losses that applications share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="unroll")
class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of logits with class indices, with label smoothing (Szegedy et al. 2016).

    Args:
        smoothing: float. Share of the target spread over all classes.
    """

    def __init__(self, smoothing: float = 0.0, name: str = "cross_entropy", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.smoothing = smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(batch,) int32 and (batch, classes) float32 to (batch,) float32, in nats."""
        classes = y_pred.shape[-1]
        wanted = ops.one_hot(ops.reshape(y_true, (-1,)), classes) * (1 - self.smoothing) + self.smoothing / classes
        return -ops.sum(wanted * ops.log_softmax(y_pred), axis=-1)

    def get_config(self) -> Mapping[str, Any]:
        return {**super().get_config(), "smoothing": self.smoothing}
