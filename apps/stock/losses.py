"""What a forecast is fitted to: log variance and its level, pinball loss of the quantiles, cross-entropy of a rise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="unroll")
class ForecastLoss(keras.losses.Loss):
    """The mean over members and days ahead of four losses.

    Half the squared error of the log variance fits the centre of the variance's distribution: QLIKE alone would follow
    the few days on which variance rose most. QLIKE (Patton 2011) then sets the level, a constant per day ahead that
    lifts the centre to the mean. The pinball loss (Koenker and Bassett 1978) is that of returns in units of the
    forecast volatility, which is held fixed there, so that calm and wild days count alike and the volatility is learnt
    from realised variances alone. The last is the cross-entropy of a rise.

    Args:
        levels: of the quantiles.
        pinball_weight: float. Of the pinball loss.
        direction_weight: float. Of the cross-entropy.
    """

    def __init__(
        self,
        levels: Sequence[float],
        pinball_weight: float = 1.0,
        direction_weight: float = 0.1,
        name: str = "forecast",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.levels = tuple(levels)
        self.pinball_weight, self.direction_weight = pinball_weight, direction_weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(batch, 2, horizon) returns and variances, (batch, members, horizon, 4 + levels), to (batch,)."""
        returns, variance = y_true[:, 0], y_true[:, 1]  # (batch, horizon)
        roots = np.sqrt(np.arange(1, y_pred.shape[2] + 1, dtype=np.float32))
        log_variance, centre, logit, median = (y_pred[..., part] for part in range(4))
        miss = ops.expand_dims(ops.log(variance), 1) - centre  # (batch, members, horizon)
        gap = ops.stop_gradient(miss) - (log_variance - centre)  # only the level learns from it
        total = 0.5 * ops.square(miss) + ops.exp(gap) - gap - 1.0
        spread = roots * ops.exp(0.5 * ops.stop_gradient(log_variance))
        units = (ops.expand_dims(returns, 1) - median) / spread  # (batch, members, horizon)
        over, levels = ops.expand_dims(units, -1) - y_pred[..., 4:], np.array(self.levels, np.float32)
        total += self.pinball_weight * ops.mean(ops.maximum(levels * over, (levels - 1.0) * over), axis=-1)
        rise = ops.expand_dims(ops.cast(returns > 0, logit.dtype), 1)
        total += self.direction_weight * (ops.softplus(logit) - rise * logit)
        return ops.mean(total, axis=(1, 2))

    def get_config(self) -> dict[str, Any]:
        own = {"levels": self.levels, "pinball_weight": self.pinball_weight, "direction_weight": self.direction_weight}
        return {**super().get_config(), **own}
