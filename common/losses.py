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
        """(batch,) int32 and (batch, classes) float32 to (batch,) float32, in nats.

        Of logits (batch, networks, classes) of several networks it is the mean of what each has alone.
        """
        classes = y_pred.shape[-1]
        wanted = ops.one_hot(ops.reshape(y_true, (-1,)), classes) * (1 - self.smoothing) + self.smoothing / classes
        if len(y_pred.shape) == 3:
            wanted = ops.expand_dims(wanted, 1)
        found = -ops.sum(wanted * ops.log_softmax(y_pred), axis=-1)
        return ops.mean(found, axis=1) if len(y_pred.shape) == 3 else found

    def get_config(self) -> Mapping[str, Any]:
        return {**super().get_config(), "smoothing": self.smoothing}
