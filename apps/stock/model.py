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
    Outputs: the training model gives (batch, members, horizon, 3 + levels): log variance, its centre, logit of a rise,
    quantiles in units of the volatility. The serving model gives `quantiles` (batch, horizon, levels), log returns in
    percent; `volatility` (batch, horizon), percent a day; `direction` (batch, horizon), the probability of a rise.

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
    """One network: (batch, horizon, 3 + levels), see `build`."""
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

    centre = ops.expand_dims(from_features + head(horizon, "log_variance"), -1)  # (batch, horizon, 1)
    log_variance = centre + Constants(horizon, 1, name=f"{name}_level")(centre)
    logit = head(horizon, "direction")
    shape = ops.reshape(head(3 * horizon, "shape"), (-1, horizon, 3))
    median = 0.1 * shape[..., :1]  # (batch, horizon, 1): the median of daily returns is a small part of their spread
    if config.distribution == "student_t":
        spread, inverse_freedom = ops.exp(shape[..., 1:2]), 0.4 * ops.sigmoid(shape[..., 2:])
        standard = median + spread * student_quantiles(inverse_freedom, LEVELS)
    else:
        learnt = ops.exp(Constants(horizon, len(LEVELS) - 1, name=f"{name}_gaps")(centre)) * normal_gaps(LEVELS)
        lower, upper = ops.exp(shape[..., 1:2]), ops.exp(shape[..., 2:])
        gaps = ops.concatenate([lower * learnt[..., :MEDIAN], upper * learnt[..., MEDIAN:]], axis=-1)
        standard = quantiles_from_gaps(median, gaps, MEDIAN)
    return ops.concatenate([log_variance, centre, ops.expand_dims(logit, -1), standard], axis=-1)


def _answers(members: list[Any], horizon: int) -> dict[str, Any]:
    """The members' average: of variances, of quantiles level by level (Vincent 1912), of probabilities."""
    roots = np.sqrt(np.arange(1, horizon + 1, dtype=np.float32))[:, None]  # the return of h days spreads as sqrt(h)
    variances, quantiles, rises = [], [], []
    for member in members:
        variance = ops.exp(member[..., 0])  # (batch, horizon)
        variances.append(variance)
        quantiles.append(ops.expand_dims(ops.sqrt(variance), -1) * roots * member[..., 3:])
        rises.append(ops.sigmoid(member[..., 2]))
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
class Constants(keras.layers.Layer):
    """Learnt numbers for each day ahead, the same for all examples; zeros at the start.

    (batch, horizon, anything) to (batch, horizon, size).

    Args:
        horizon: int. Days ahead.
        size: int. Numbers per day ahead.
    """

    def __init__(self, horizon: int, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.horizon, self.size = horizon, size

    def build(self, shape: Any) -> None:
        # a bias by name: weight decay leaves it alone
        self.bias = self.add_weight(shape=(self.horizon, self.size), initializer="zeros", name="bias")
        self.built = True

    def call(self, like: Any) -> Any:
        return ops.zeros_like(like[..., :1]) + self.bias

    def compute_output_shape(self, shape: Any) -> Any:
        return (*shape[:-1], self.size)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "horizon": self.horizon, "size": self.size}
