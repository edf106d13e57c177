"""The forecaster: recurrent networks over daily features, a volatility head, quantiles that cannot cross, a direction.

The variance is a log-linear model of the last day's features (it starts as the log-HAR regression of the training
split) times what the recurrent state adds. The median return is the same on all days: one that rises with volatility
missed by more (`benchmarks/median_return.py`). The other quantiles lie beside it in units of the forecast volatility,
so they hold shape only, and start as those of the training split. Networks of different seeds stand beside each other
in one model; their forecasts are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from apps.stock.config import StockConfig
from apps.stock.losses import ForecastLoss
from apps.stock.outputs import DIRECTION, LEVELS, MEDIAN, QUANTILES, VOLATILITY
from apps.stock.preprocess import StockPreprocessor
from common.app import Models
from common.layers import RecurrentStack
from common.layers.quantiles import normal_gaps, quantiles_from_gaps, student_quantiles
from common.preprocessing.price_encoder import FEATURES, TICKER


def build(config: StockConfig, preprocessor: StockPreprocessor) -> Models:
    """Builds the forecaster.

    Inputs: `features` (batch, timesteps, features) float32, and `ticker` (batch,) int32 where tickers have vectors.
    Outputs: the training model gives (batch, members, horizon, 4 + levels): log variance, its centre, logit of a rise,
    median in percent, quantiles less the median in units of the volatility. The serving model gives `quantiles`
    (batch, horizon, levels), log returns in percent; `volatility` (batch, horizon), percent a day; `direction` (batch,
    horizon), the probability of a rise.

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
    whole = [_whole(*member) for member in members]
    training = keras.Model(inputs, ops.stack(whole, axis=1), name="training")
    loss = ForecastLoss(LEVELS, config.pinball_weight, config.direction_weight)
    return Models(training, keras.Model(inputs, _answers(members, config.horizon), name="serving"), loss)


def _member(
    config: StockConfig, preprocessor: StockPreprocessor, number: int, sequence: Any, last: Any, extra: list[Any]
) -> tuple[Any, Any, Any, Any, Any]:
    """One network's log variance, its centre and the logit of a rise, (batch, horizon) each, and its quantiles.

    They are the median of returns, (1, horizon), in percent, and all quantiles less the median in units of the
    volatility, (batch, horizon, levels).
    """
    name, seed, horizon = f"member_{number}", config.seed + 10 * number, config.horizon
    stack = RecurrentStack(
        config.cell, config.units, layers=config.layers, return_sequences=False, name=f"{name}_recurrent"
    )
    state = keras.layers.Dropout(config.dropout, seed=seed, name=f"{name}_dropout")(stack(sequence))  # (batch, units)
    if extra:
        state = keras.layers.Concatenate(name=f"{name}_state")([state, *extra])
    start = _Start.of(preprocessor, horizon)
    regression = keras.layers.Dense(horizon, name=f"{name}_log_har")
    from_features = regression(last)  # (batch, horizon)
    if start.regression is not None:
        regression.set_weights([start.regression[1:], start.regression[0]])

    def head(start: np.ndarray, what: str) -> Any:
        # no weight but the constants: the forecast starts as what was fitted to the training split
        layer = keras.layers.Dense(start.size, kernel_initializer="zeros", name=f"{name}_{what}")
        found = layer(state)
        layer.bias.assign(start.ravel())
        return found

    def constants(values: np.ndarray, what: str) -> Any:
        return Constants(values.tolist(), name=f"{name}_{what}")(from_features)

    centre = from_features + head(np.zeros(horizon), "log_variance")
    log_variance = centre + constants(np.zeros(horizon), "level")
    logit = head(start.logits, "direction")
    median = 0.1 * constants(10 * start.medians, "median")  # (1, horizon): small beside the returns' spread
    shape = ops.reshape(head(np.zeros((horizon, 2)), "shape"), (-1, horizon, 2))
    if config.distribution == "student_t":
        spread, inverse_freedom = ops.exp(shape[..., :1]), 0.4 * ops.sigmoid(shape[..., 1:])
        standard = spread * student_quantiles(inverse_freedom, LEVELS)
    else:
        learnt = ops.exp(constants(np.log(start.gaps), "log_gaps"))  # (1, horizon, levels - 1)
        lower, upper = ops.exp(shape[..., :1]), ops.exp(shape[..., 1:])
        gaps = ops.concatenate([lower * learnt[..., :MEDIAN], upper * learnt[..., MEDIAN:]], axis=-1)
        standard = quantiles_from_gaps(ops.zeros_like(gaps[..., :1]), gaps, MEDIAN)
    return log_variance, centre, logit, median, standard


def _whole(log_variance: Any, centre: Any, logit: Any, median: Any, standard: Any) -> Any:
    """(batch, horizon, 4 + levels) of one network's parts."""
    singles = [log_variance, centre, logit, median + ops.zeros_like(centre)]
    return ops.concatenate([ops.stack(singles, axis=-1), standard], axis=-1)


@dataclass(frozen=True)
class _Start:
    """Where the heads start: at what was fitted to the training split, else at a normal distribution and even odds.

    Attributes:
        regression: (features + 1, horizon) of the log variance; None to start at random.
        medians: (horizon,) in percent.
        gaps: (horizon, levels - 1) distances between neighbouring quantiles in units of the volatility.
        logits: (horizon,) of a rise.
    """

    regression: np.ndarray | None
    medians: np.ndarray
    gaps: np.ndarray
    logits: np.ndarray

    @classmethod
    def of(cls, preprocessor: StockPreprocessor, horizon: int) -> _Start:
        """The start that a preprocessor holds."""
        fitted = {name: np.asarray(values) for name, values in preprocessor.fitted.items()}
        if not fitted:
            return cls(None, np.zeros(horizon), np.tile(normal_gaps(LEVELS), (horizon, 1)), np.zeros(horizon))
        quantiles, rises = fitted["quantiles"], np.clip(fitted["rises"], 0.05, 0.95)
        gaps = np.maximum(np.diff(quantiles, axis=1), 1e-3)
        return cls(fitted["regression"], fitted["medians"], gaps, np.log(rises / (1 - rises)))


def _answers(members: list[Any], horizon: int) -> dict[str, Any]:
    """The members' average: of variances, of quantiles level by level (Vincent 1912), of probabilities."""
    roots = np.sqrt(np.arange(1, horizon + 1, dtype=np.float32))[:, None]  # the return of h days spreads as sqrt(h)
    variances, quantiles, rises = [], [], []
    for log_variance, _, logit, median, standard in members:
        variances.append(ops.exp(log_variance))  # (batch, horizon)
        spread = ops.expand_dims(ops.exp(0.5 * log_variance), -1) * roots
        quantiles.append(ops.expand_dims(median, -1) + spread * standard)
        rises.append(ops.sigmoid(logit))
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
    """Learnt numbers that are the same for all examples.

    (batch, ...) to (1, ...) of the numbers' shape, which broadcasts over the batch.

    Args:
        start: where they start, as nested lists.
    """

    def __init__(self, start: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start = start

    def build(self, shape: Any) -> None:
        values = np.array(self.start, np.float32)[None]
        # a bias by name: weight decay leaves it alone
        self.bias = self.add_weight(shape=values.shape, initializer="zeros", name="bias")
        self.bias.assign(values)
        self.built = True

    def call(self, like: Any) -> Any:
        return ops.convert_to_tensor(self.bias)

    def compute_output_shape(self, shape: Any) -> Any:
        return (1, *np.shape(self.start))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "start": self.start}
