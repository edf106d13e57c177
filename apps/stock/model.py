"""The forecaster: recurrent networks over daily features, a volatility head, quantiles that cannot cross, a direction.

The variance is a log-linear model of the last day's features (it starts as the log-HAR regression of the training
split) times what the recurrent state adds. The quantiles are in units of the forecast volatility, so they hold
shape only. Networks of different seeds stand beside each other in one model; their forecasts are averaged.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from apps.stock.config import StockConfig
from apps.stock.losses import ForecastLoss
from apps.stock.outputs import DIRECTION, LEVELS, MEDIAN, QUANTILES, VOLATILITY
from apps.stock.preprocess import FEATURES, TICKER, StockPreprocessor
from common.app import Models
from common.layers import RecurrentStack
from common.layers.quantiles import normal_gaps, quantiles_from_gaps, student_quantiles


def build(config: StockConfig, preprocessor: StockPreprocessor) -> Models:
    """Builds the forecaster.

    Inputs: `features` (batch, timesteps, features) float32, and `ticker` (batch,) int32 where tickers have vectors.
    Outputs: the training model gives (batch, members, horizon, 2 + levels): log variance, logit of a rise, quantiles
    in units of the volatility. The serving model gives `quantiles` (batch, horizon, levels), log returns in percent;
    `volatility` (batch, horizon), percent a day; `direction` (batch, horizon), the probability of a rise.

    Args:
        config: sizes and choices.
        preprocessor: gives the number of features and tickers, and the fitted log-HAR regression.
    """
    sequence = keras.Input((None, len(preprocessor.names)), dtype="float32", name=FEATURES)
    inputs = {FEATURES: sequence}
    last = sequence[:, -1]  # (batch, features)
    extra = []
    if config.ticker_embedding:
        inputs[TICKER] = keras.Input((), dtype="int32", name=TICKER)
        table = keras.layers.Embedding(len(preprocessor.tickers) + 1, config.ticker_embedding, name="ticker_embedding")
        extra.append(table(inputs[TICKER]))  # (batch, ticker_embedding)
    members = [_member(config, preprocessor, number, sequence, last, extra) for number in range(config.ensemble)]
    training = keras.Model(inputs, ops.stack(members, axis=1), name="training")
    loss = ForecastLoss(LEVELS, config.pinball_weight, config.direction_weight)
    return Models(training, keras.Model(inputs, _answers(members, config.horizon), name="serving"), loss)


def _member(
    config: StockConfig, preprocessor: StockPreprocessor, number: int, sequence: Any, last: Any, extra: list[Any]
) -> Any:
    """One network: (batch, horizon, 2 + levels), see `build`."""
    name, seed, horizon = f"member_{number}", config.seed + 10 * number, config.horizon
    stack = RecurrentStack(
        config.cell, config.units, layers=config.layers, return_sequences=False, name=f"{name}_recurrent"
    )
    state = keras.layers.Dropout(config.dropout, seed=seed, name=f"{name}_dropout")(stack(sequence))  # (batch, units)
    if extra:
        state = keras.layers.Concatenate(name=f"{name}_state")([state, *extra])
    regression = keras.layers.Dense(horizon, name=f"{name}_log_har")
    from_features = regression(last)  # (batch, horizon)
    if "regression" in preprocessor.fitted:
        kernel, bias = preprocessor.fitted["regression"][1:], preprocessor.fitted["regression"][0]
        regression.set_weights([np.asarray(kernel), np.asarray(bias)])

    def head(size: int, what: str) -> Any:
        # from zero: the forecast starts as the regression, the normal distribution and even odds
        return keras.layers.Dense(size, kernel_initializer="zeros", name=f"{name}_{what}")(state)

    log_variance = from_features + head(horizon, "log_variance")
    logit = head(horizon, "direction")
    shape = ops.reshape(head(3 * horizon, "shape"), (-1, horizon, 3))
    median = 0.1 * shape[..., :1]  # (batch, horizon, 1): the median of daily returns is a small part of their spread
    if config.distribution == "student_t":
        spread, inverse_freedom = ops.exp(shape[..., 1:2]), 0.4 * ops.sigmoid(shape[..., 2:])
        standard = median + spread * student_quantiles(inverse_freedom, LEVELS)
    else:
        learnt = GapShapes(horizon, name=f"{name}_gaps")(shape)  # (batch, horizon, levels - 1)
        lower, upper = ops.exp(shape[..., 1:2]), ops.exp(shape[..., 2:])
        gaps = ops.concatenate([lower * learnt[..., :MEDIAN], upper * learnt[..., MEDIAN:]], axis=-1)
        standard = quantiles_from_gaps(median, gaps, MEDIAN)
    parts = [ops.expand_dims(log_variance, -1), ops.expand_dims(logit, -1), standard]
    return ops.concatenate(parts, axis=-1)


def _answers(members: list[Any], horizon: int) -> dict[str, Any]:
    """The members' average: of variances, of quantiles level by level (Vincent 1912), of probabilities."""
    roots = np.sqrt(np.arange(1, horizon + 1, dtype=np.float32))[:, None]  # the return of h days spreads as sqrt(h)
    variances, quantiles, rises = [], [], []
    for member in members:
        variance = ops.exp(member[..., 0])  # (batch, horizon)
        variances.append(variance)
        quantiles.append(ops.expand_dims(ops.sqrt(variance), -1) * roots * member[..., 2:])
        rises.append(ops.sigmoid(member[..., 1]))
    share = 1.0 / len(members)
    return {
        QUANTILES: _named(QUANTILES, share * _total(quantiles)),
        VOLATILITY: _named(VOLATILITY, ops.sqrt(share * _total(variances))),
        DIRECTION: _named(DIRECTION, share * _total(rises)),
    }


def _total(values: list[Any]) -> Any:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def _named(name: str, value: Any) -> Any:
    return keras.layers.Identity(name=name)(value)


@keras.saving.register_keras_serializable(package="unroll")
class GapShapes(keras.layers.Layer):
    """Learnt distances between neighbouring quantiles, the same for all examples; they start as a normal variable's.

    (batch, horizon, anything) to (batch, horizon, levels - 1), all above zero.

    Args:
        horizon: int. Days ahead; each has its own distances.
    """

    def __init__(self, horizon: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.horizon = horizon

    def build(self, shape: Any) -> None:
        self.logs = self.add_weight(shape=(self.horizon, len(LEVELS) - 1), initializer="zeros", name="gap_bias")
        self.built = True

    def call(self, like: Any) -> Any:
        gaps = normal_gaps(LEVELS) * ops.exp(self.logs)  # (horizon, levels - 1)
        return gaps + 0.0 * like[..., :1]

    def compute_output_shape(self, shape: Any) -> Any:
        return (*shape[:-1], len(LEVELS) - 1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "horizon": self.horizon}
