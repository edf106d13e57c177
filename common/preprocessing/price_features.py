"""From windows of daily prices to features: logarithms of past variance and returns in units of past volatility.

Every feature of a row is made of that row and of the 65 rows before it, so a window of `timesteps + 65` rows gives
`timesteps` feature rows, and the features of a day are the same in every window that holds it. Percent throughout:
returns are 100 log price ratios, variances their squares.

The realised variance of a day is that of Garman and Klass (1980) for the session plus the squared overnight return;
where a day has one price only it is the squared return. HAR terms: Corsi (2009); the negative part of the return:
Glosten, Jagannathan and Runkle (1993).
"""

from __future__ import annotations

import math

import numpy as np

from common.data.prices.rows import CLOSE, HIGH, LOW, MARKET_RETURN, MARKET_VARIANCE, OPEN, PREVIOUS, VOLUME

DAYS = (1, 5, 22, 66)  # a day, a week, a month, a quarter
QUARTER_LAG = 63  # trading days between the earnings reports of a company
WARM_UP = DAYS[-1] - 1  # rows before the first feature row
FLOOR = 0.01  # percent squared: a day's variance counts as at least a volatility of 0.1%

OWN = (
    *(f"log_variance_{days}" for days in DAYS),
    "return", "negative_return", "overnight_return", "week_return", "range", "log_volume",
    "quarter_ago", "month_peak", "quarter_peak", "peak_age",
)  # fmt: skip
MARKET = (*(f"market_log_variance_{days}" for days in DAYS[:3]), "market_return", "market_negative_return")


def returns(values: np.ndarray) -> np.ndarray:
    """(..., columns) prices to (...,) log returns of the day, in percent."""
    return 100 * np.log(values[..., CLOSE] / values[..., PREVIOUS])


def realised_variance(values: np.ndarray, measure: str) -> np.ndarray:
    """(..., columns) prices to (...,) variance of the day in percent squared, at least `FLOOR`.

    Args:
        values: prices.
        measure: `garman_klass` (with the overnight return) or `close_to_close`.
    """
    if measure == "close_to_close":
        return np.maximum(returns(values) ** 2, FLOOR)
    session = np.log(values[..., HIGH] / values[..., LOW]) ** 2 / 2
    session -= (2 * math.log(2) - 1) * np.log(values[..., CLOSE] / values[..., OPEN]) ** 2
    overnight = np.log(values[..., OPEN] / values[..., PREVIOUS])
    return np.maximum(1e4 * (session + overnight**2), FLOOR)


def past_means(daily: np.ndarray, days: int) -> np.ndarray:
    """(n, rows) to (n, rows - WARM_UP): the mean of each row and the `days - 1` rows before it."""
    sums = np.cumsum(np.pad(daily, ((0, 0), (1, 0))), axis=1)
    ends = np.arange(WARM_UP, daily.shape[1]) + 1
    return (sums[:, ends] - sums[:, ends - days]) / days


def feature_names(market: bool) -> tuple[str, ...]:
    """The features in order."""
    return (*OWN, *MARKET) if market else OWN


def features(values: np.ndarray, market: bool, measure: str) -> np.ndarray:
    """The unscaled features of windows.

    Args:
        values: (n, timesteps + WARM_UP, columns) float64 prices; the two market columns only where `market`.
        market: whether the panel's columns are used.
        measure: what a day's variance is.

    Returns:
        (n, timesteps, features) float64, in the order of `feature_names`.
    """
    variance, daily = realised_variance(values, measure), returns(values)
    means = [past_means(variance, days) for days in DAYS]
    scale = np.sqrt(means[2])
    now = values[:, WARM_UP:]
    overnight = 100 * np.log(now[..., OPEN] / now[..., PREVIOUS])
    # the span of the day around the close before: a session's range without its square
    span = 100 * np.log(np.maximum(now[..., HIGH], now[..., PREVIOUS]) / np.minimum(now[..., LOW], now[..., PREVIOUS]))
    columns = [np.log(mean) for mean in means]
    today = daily[:, WARM_UP:] / scale
    columns += [today, np.minimum(today, 0), overnight / scale, past_means(daily, 5) * math.sqrt(5) / scale]
    columns += [np.log(0.1 + span / scale), _volume(values), *_quarter(variance, means[3])]
    if market:
        spread = values[..., MARKET_VARIANCE]  # the mean of the tickers' logarithms
        columns += [past_means(spread, days) for days in DAYS[:3]]
        move = now[..., MARKET_RETURN] / np.exp(columns[-1] / 2)
        columns += [move, np.minimum(move, 0)]
    return np.stack(columns, axis=-1)


def _volume(values: np.ndarray) -> np.ndarray:
    """The logarithm of a day's volume against the month's; 0 where there is none."""
    volume = values[..., VOLUME]
    month = past_means(volume, DAYS[2])
    now = volume[:, WARM_UP:]
    known = (now > 0) & (month > 0)
    return np.where(known, np.log(np.where(known, now, 1) / np.where(known, month, 1)), 0.0)


def _quarter(variance: np.ndarray, mean: np.ndarray) -> list[np.ndarray]:
    """What returns with the earnings reports: the same week a quarter ago, the peaks, and the age of the last one."""
    rows = variance.shape[1] - WARM_UP
    week = np.lib.stride_tricks.sliding_window_view(variance, DAYS[1], axis=1)
    ago = week[:, WARM_UP + 1 - QUARTER_LAG :][:, :rows].mean(axis=-1)
    quarter = np.lib.stride_tricks.sliding_window_view(variance, DAYS[3], axis=1)  # (n, rows, 66)
    age = DAYS[3] - 1 - quarter.argmax(axis=-1)
    peaks = [np.log(quarter[..., -DAYS[2] :].max(axis=-1)), np.log(quarter.max(axis=-1) / mean)]
    return [np.log(ago), *peaks, age / DAYS[3]]


def ahead(values: np.ndarray, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """What a forecast is measured against.

    Args:
        values: (..., horizon, columns) the rows after the decision.
        measure: what a day's variance is.

    Returns:
        (..., horizon) log returns from the decision to each day, in percent, and (..., horizon) the mean variance of
        the days up to each day, in percent squared.
    """
    variance = realised_variance(values, measure)
    steps = np.arange(1, values.shape[-2] + 1)
    return np.cumsum(returns(values), axis=-1), np.cumsum(variance, axis=-1) / steps
