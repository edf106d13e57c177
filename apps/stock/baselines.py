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
from common.evaluation.volatility import calibrated, ewma_variance, fit_garch, linear_har, log_har
from common.preprocessing.price_features import DAYS, QUARTER_LAG, realised_variance, returns


@dataclass(frozen=True)
class _Days:
    """Windows as arrays.

    Attributes:
        names: (rows,) tickers.
        returns: (rows, days) in percent.
        variance: (rows, days) in percent squared.
        market: (rows, days) the panel's mean log variance; None without a panel.
    """

    names: np.ndarray
    returns: np.ndarray
    variance: np.ndarray
    market: np.ndarray | None

    def take(self, rows: np.ndarray) -> _Days:
        """Those rows."""
        market = None if self.market is None else self.market[rows]
        return _Days(self.names[rows], self.returns[rows], self.variance[rows], market)


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
    past, now = _days(train.inputs, config.measure), _days(examples.inputs, config.measure)
    past_returns, past_variance = targets_of(train.targets, config.measure)
    answers: dict[str, Outputs] = dict(_unconditional(past.names, past_returns, past_variance, now.names))
    forecasts: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for ticker, rows, here in _by_ticker(past.names, now.names):
        for name, (before, ahead) in _own_models(past.take(rows), past_variance[rows], now.take(here)).items():
            whole = forecasts.setdefault(
                name, (np.empty(past_variance.shape), np.empty((len(examples), config.horizon)))
            )
            whole[1][here] = ahead
            if ticker:
                whole[0][rows] = before
    terms = _panel_terms(past)
    forecasts["har_log_panel"] = (
        log_har(terms, past_variance, terms), log_har(terms, past_variance, _panel_terms(now))
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


def _own_models(past: _Days, past_variance: np.ndarray, now: _Days) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Name -> (forecasts of the training days, forecasts), of models fitted to one ticker."""
    horizon = past_variance.shape[1]
    garch = fit_garch(_unbroken(past.returns))
    raw = {
        "ewma_0.94": [np.tile(ewma_variance(d.returns**2)[:, None], horizon) for d in (past, now)],
        "ewma_0.94_realised": [np.tile(ewma_variance(d.variance)[:, None], horizon) for d in (past, now)],
        "garch": [garch.ahead(d.returns, horizon) for d in (past, now)],
    }
    found = {
        name: (calibrated(before, before, past_variance), calibrated(ahead, before, past_variance))
        for name, (before, ahead) in raw.items()
    }
    terms = [np.stack([_mean_of_last(d.variance, days) for days in DAYS[:3]], axis=1) for d in (past, now)]
    for name, fit, (before, ahead) in (
        ("har_linear", linear_har, terms),
        ("har_log", log_har, [np.log(term) for term in terms]),
    ):
        found[name] = (fit(before, past_variance, before), fit(before, past_variance, ahead))
    return found


def _panel_terms(days: _Days) -> np.ndarray:
    """Logarithms of the mean variance of a day, week, month, quarter, the week a quarter ago, and the market's."""
    terms = [np.log(_mean_of_last(days.variance, span)) for span in DAYS]
    ago = days.variance.shape[1] - QUARTER_LAG
    terms.append(np.log(days.variance[:, ago : ago + DAYS[1]].mean(axis=1)))
    if days.market is not None:
        terms += [_mean_of_last(days.market, span) for span in DAYS[:3]]
    return np.stack(terms, axis=1)


def _mean_of_last(daily: np.ndarray, days: int) -> np.ndarray:
    return np.asarray(daily[:, -days:].mean(axis=1))


def _unbroken(windows: np.ndarray) -> np.ndarray:
    """The days that a ticker's training windows hold together: the first window, then each one's last day."""
    return np.concatenate([windows[0], windows[1:, -1]])


def _scaled(past_forecast: np.ndarray, past_returns: np.ndarray, forecast: np.ndarray) -> Outputs:
    """A volatility forecast as a distribution: the quantiles of training returns in its units."""
    roots = np.sqrt(np.arange(1, forecast.shape[1] + 1))
    units = past_returns / (np.sqrt(past_forecast) * roots)
    shape = np.quantile(units, LEVELS, axis=0).T  # (horizon, levels)
    spread = np.sqrt(forecast) * roots
    rise = np.broadcast_to((past_returns > 0).mean(axis=0), forecast.shape)
    return {QUANTILES: spread[..., None] * shape, VOLATILITY: np.sqrt(forecast), DIRECTION: rise}


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
        "random_walk": {QUANTILES: centred, VOLATILITY: volatility, DIRECTION: np.full(rise.shape, 0.5)},
        "drift": {QUANTILES: centred + mean[..., None], VOLATILITY: volatility, DIRECTION: rise},
        "historical_quantiles": {QUANTILES: quantiles, VOLATILITY: volatility, DIRECTION: rise},
    }


def _days(inputs: Sequence[Window], measure: str) -> _Days:
    values = [inputs[index].values for index in range(len(inputs))]
    names = np.array([inputs[index].name for index in range(len(inputs))])
    market = np.stack([rows[:, MARKET_VARIANCE] for rows in values]) if values[0].shape[1] > MARKET_VARIANCE else None
    prices = np.stack([rows[:, :MARKET_VARIANCE] for rows in values])
    return _Days(names, returns(prices), realised_variance(prices, measure), market)
