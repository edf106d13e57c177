"""The forecasts to beat, in the model's own outputs: fitted on the training split, each day from its own window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from apps.stock.config import StockConfig
from apps.stock.outputs import DIRECTION, LEVELS, MEDIAN, QUANTILES, VOLATILITY
from apps.stock.preprocess import targets_of
from common.app import Outputs
from common.data.prices.rows import MARKET_VARIANCE
from common.data.series import Window
from common.data.splits import TRAIN, Examples, Splits
from common.evaluation.volatility import Garch, calibrated, ewma_variance, fit_garch, linear_har, log_har
from common.preprocessing.price_features import DAYS, QUARTER_LAG, realised_variance, returns

_BLOCK = 1024  # windows of prices in memory at a time


@dataclass(frozen=True)
class _Days:
    """What the baselines read off windows, so that the windows themselves need not lie in memory side by side.

    Attributes:
        inputs: the windows.
        measure: what a day's variance is.
        names: (rows,) tickers.
        last: (rows,) the last day's return in percent.
        ewma: (rows, 2) weighted means of squared returns and of realised variances, in percent squared.
        means: (rows, 4) mean variances of the last day, week, month and quarter, in percent squared.
        rest: (rows, 1 or 4) logarithms: the mean variance of the week a quarter ago and, of a panel, the market's of
            the last day, week and month.
    """

    inputs: Sequence[Window]
    measure: str
    names: np.ndarray
    last: np.ndarray
    ewma: np.ndarray
    means: np.ndarray
    rest: np.ndarray

    @classmethod
    def of(cls, inputs: Sequence[Window], measure: str) -> _Days:
        """Those of at least one window."""
        blocks = [_read_off(values, measure) for values in _blocks(inputs, np.arange(len(inputs)))]
        names = np.array([window.name for window in inputs])
        return cls(inputs, measure, names, *(np.concatenate(columns) for columns in zip(*blocks, strict=True)))

    def returns_since(self, rows: np.ndarray) -> np.ndarray:
        """The days that the windows of these rows hold together: the first window, then each one's last day."""
        return np.concatenate([returns(self.inputs[int(rows[0])].values), self.last[rows[1:]]])

    def garch(self, model: Garch, rows: np.ndarray, horizon: int) -> np.ndarray:
        """(rows, horizon) a model's forecasts."""
        found = [model.ahead(returns(values), horizon) for values in _blocks(self.inputs, rows)]
        return np.concatenate([np.empty((0, horizon)), *found])

    @property
    def panel_terms(self) -> np.ndarray:
        """(rows, 5 or 8) logarithms of the mean variances, of the week a quarter ago, and the market's."""
        return np.column_stack([np.log(self.means), self.rest])


def _blocks(inputs: Sequence[Window], rows: np.ndarray) -> Iterator[np.ndarray]:
    """(n, days, columns) prices of these rows, some at a time."""
    for start in range(0, len(rows), _BLOCK):
        yield np.stack([inputs[int(row)].values for row in rows[start : start + _BLOCK]])


def _read_off(values: np.ndarray, measure: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The columns of `_Days` from `last` on."""
    daily, variance = returns(values), realised_variance(values, measure)
    ago = variance.shape[1] - QUARTER_LAG
    rest = [np.log(variance[:, ago : ago + DAYS[1]].mean(axis=1))]
    if values.shape[-1] > MARKET_VARIANCE:
        rest += [_mean_of_last(values[..., MARKET_VARIANCE], span) for span in DAYS[:3]]
    means = np.stack([_mean_of_last(variance, span) for span in DAYS], axis=1)
    ewma = np.stack([ewma_variance(daily**2), ewma_variance(variance)], axis=1)
    return daily[:, -1], ewma, means, np.stack(rest, axis=1)


def baselines(config: StockConfig, splits: Splits, examples: Examples) -> dict[str, Outputs]:
    """Every baseline's answer for the examples.

    `random_walk` (price stays, spread and volatility of the training days, even odds), `drift` (their mean return and
    share of rises: always up in a rising market), `historical_quantiles`, and volatility models whose standardised
    training returns give the quantiles: `ewma_0.94` (squared returns, RiskMetrics), `ewma_0.94_realised`, `garch`,
    `har_linear`, `har_log` (each ticker for itself), `har_log_panel` (all tickers together, with the market's terms
    and a quarter's lag).

    Args:
        config: gives the measure of variance and the horizon.
        splits: only train is fitted on.
        examples: what to forecast.
    """
    train = splits[TRAIN]
    past, now = (_Days.of(part.inputs, config.measure) for part in (train, examples))
    past_returns, past_variance = targets_of(train.targets, config.measure)
    answers: dict[str, Outputs] = dict(_unconditional(past.names, past_returns, past_variance, now.names))
    forecasts: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for ticker, rows, here in _by_ticker(past.names, now.names):
        for name, (before, ahead) in _own_models(past, rows, past_variance[rows], now, here).items():
            whole = forecasts.setdefault(
                name, (np.empty(past_variance.shape), np.empty((len(examples), config.horizon)))
            )
            whole[1][here] = ahead
            if ticker:
                whole[0][rows] = before
    terms = past.panel_terms
    forecasts["har_log_panel"] = (
        log_har(terms, past_variance, terms), log_har(terms, past_variance, now.panel_terms)
    )  # fmt: skip
    return answers | {name: _scaled(before, past_returns, ahead) for name, (before, ahead) in forecasts.items()}


def _by_ticker(past: np.ndarray, now: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Each training ticker with its training rows and its rows to forecast; last, under no name, all training rows
    for the tickers that training never saw."""
    for ticker in np.unique(past):
        yield str(ticker), np.flatnonzero(past == ticker), np.flatnonzero(now == ticker)
    strangers = np.flatnonzero(~np.isin(now, past))
    if len(strangers):
        yield "", np.arange(len(past)), strangers


def _own_models(
    past: _Days, rows: np.ndarray, past_variance: np.ndarray, now: _Days, here: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Name -> (forecasts of the training rows, forecasts of the rows here), of models fitted to one ticker."""
    horizon = past_variance.shape[1]
    garch = fit_garch(past.returns_since(rows))
    both = ((past, rows), (now, here))
    raw = {
        "ewma_0.94": [np.tile(days.ewma[chosen, :1], horizon) for days, chosen in both],
        "ewma_0.94_realised": [np.tile(days.ewma[chosen, 1:], horizon) for days, chosen in both],
        "garch": [days.garch(garch, chosen, horizon) for days, chosen in both],
    }
    found = {
        name: (calibrated(before, before, past_variance), calibrated(ahead, before, past_variance))
        for name, (before, ahead) in raw.items()
    }
    terms = [days.means[chosen, :3] for days, chosen in both]
    for name, fit, (before, ahead) in (
        ("har_linear", linear_har, terms),
        ("har_log", log_har, [np.log(term) for term in terms]),
    ):
        found[name] = (fit(before, past_variance, before), fit(before, past_variance, ahead))
    return found


def _mean_of_last(daily: np.ndarray, days: int) -> np.ndarray:
    return np.asarray(daily[:, -days:].mean(axis=1))


def _scaled(past_forecast: np.ndarray, past_returns: np.ndarray, forecast: np.ndarray) -> Outputs:
    """A volatility forecast as a distribution: the quantiles of training returns in its units."""
    roots = np.sqrt(np.arange(1, forecast.shape[1] + 1))
    units = past_returns / (np.sqrt(past_forecast) * roots)
    shape = np.quantile(units, LEVELS, axis=0).T  # (horizon, levels)
    spread = np.sqrt(forecast) * roots
    rise = np.broadcast_to((past_returns > 0).mean(axis=0), forecast.shape)
    return _outputs(spread[..., None] * shape, np.sqrt(forecast), rise)


def _outputs(quantiles: np.ndarray, volatility: np.ndarray, rise: np.ndarray) -> Outputs:
    """In single precision, as the model's: there are many baselines."""
    found = {QUANTILES: quantiles, VOLATILITY: volatility, DIRECTION: rise}
    return {name: values.astype(np.float32) for name, values in found.items()}


def _unconditional(
    past: np.ndarray, past_returns: np.ndarray, past_variance: np.ndarray, now: np.ndarray
) -> dict[str, Outputs]:
    """The forecasts that look at no window: each ticker's training days, whatever the day."""
    horizon = past_returns.shape[1]
    quantiles = np.empty((len(now), horizon, len(LEVELS)))
    volatility, mean, rise = (np.empty((len(now), horizon)) for _ in range(3))
    for _, rows, here in _by_ticker(past, now):
        quantiles[here] = np.quantile(past_returns[rows], LEVELS, axis=0).T
        volatility[here] = np.sqrt(past_variance[rows].mean(axis=0))
        mean[here] = past_returns[rows].mean(axis=0)
        rise[here] = (past_returns[rows] > 0).mean(axis=0)
    centred = quantiles - quantiles[..., MEDIAN, None]
    return {
        "random_walk": _outputs(centred, volatility, np.full(rise.shape, 0.5)),
        "drift": _outputs(centred + mean[..., None], volatility, rise),
        "historical_quantiles": _outputs(quantiles, volatility, rise),
    }
