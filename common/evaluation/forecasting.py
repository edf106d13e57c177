"""Measures of forecasts: quantiles, volatility, and the test of equal accuracy over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from common.app import Metrics
from common.evaluation.bootstrap import Comparison, bootstrap

RUN_PERIODS = 20  # neighbouring periods that a bootstrap draws together, at least


def pinball(values: np.ndarray, quantiles: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """The pinball loss of each quantile (Koenker and Bassett 1978).

    Args:
        values: (...,) what came.
        quantiles: (..., levels).
        levels: between 0 and 1.

    Returns:
        (..., levels), in the unit of the values.
    """
    miss, share = values[..., None] - quantiles, np.asarray(levels)
    return np.maximum(share * miss, (share - 1) * miss)


def crps(values: np.ndarray, quantiles: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """The continuous ranked probability score from quantiles: twice the pinball loss over all levels.

    Gneiting and Ranjan (2011), equation 4, by the trapezoidal rule; at the levels 0 and 1 the loss is zero.

    Args:
        values: (...,) what came.
        quantiles: (..., levels).
        levels: ascending, between 0 and 1.

    Returns:
        (...,), in the unit of the values.
    """
    losses = pinball(values, quantiles, levels)
    ends = np.zeros((*losses.shape[:-1], 1))
    return np.asarray(2 * np.trapezoid(np.concatenate([ends, losses, ends], axis=-1), [0.0, *levels, 1.0], axis=-1))


def covered(values: np.ndarray, quantiles: np.ndarray, levels: Sequence[float], share: float) -> np.ndarray:
    """(...,) float64: 1 where a value lies in the central interval of that share, else 0.

    Args:
        values: (...,) what came.
        quantiles: (..., levels).
        levels: the interval's two ends must be among them.
        share: float. 0.8 for the interval from 0.1 to 0.9.
    """
    low, high = (int(np.argmin(np.abs(np.asarray(levels) - end))) for end in ((1 - share) / 2, (1 + share) / 2))
    return ((values >= quantiles[..., low]) & (values <= quantiles[..., high])).astype(float)


def qlike(variance: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """The QLIKE loss, least where the forecast is the variance's mean, also when the variance is measured with noise.

    Patton (2011), "Volatility forecast comparison using imperfect volatility proxies", in the form that is 0 for a
    perfect forecast: x - log(x) - 1 with x = variance / forecast.
    """
    ratio = variance / forecast
    return np.asarray(ratio - np.log(ratio) - 1)


def integral_transform(values: np.ndarray, quantiles: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """Where each value falls in its forecast distribution: uniform between 0 and 1 when the forecast is calibrated.

    Linear between the quantiles; a value outside them gets half of the level that lies there.

    Args:
        values: (rows,).
        quantiles: (rows, levels), ascending.
        levels: of the quantiles.

    Returns:
        (rows,) float64.
    """
    share = np.asarray(levels, np.float64)
    above = (values[:, None] > quantiles).sum(axis=1)  # how many quantiles lie below the value
    reached = (values[:, None] >= quantiles).sum(axis=1)
    inside = (above > 0) & (above < len(share))
    right = np.clip(above, 1, len(share) - 1)
    rows = np.arange(len(values))
    width = quantiles[rows, right] - quantiles[rows, right - 1]
    part = np.where(width > 0, (values - quantiles[rows, right - 1]) / np.where(width > 0, width, 1), 0.5)
    between = share[right - 1] + part * (share[right] - share[right - 1])
    outside = np.where(above == 0, share[0] / 2, (1 + share[-1]) / 2)
    on = (share[np.minimum(above, len(share) - 1)] + share[reached - 1]) / 2  # the middle of the quantiles it equals
    return np.where(reached > above, on, np.where(inside, between, outside))


def ratio_metrics(
    parts: Mapping[str, tuple[np.ndarray, np.ndarray]], periods: np.ndarray, run: int, roots: Sequence[str] = ()
) -> Metrics:
    """Metrics that are ratios of sums, with 95% intervals from a bootstrap over periods.

    All examples of a period (the tickers of a day) are drawn together, and neighbouring periods in runs, because
    neither are independent.

    Args:
        parts: name -> (examples,) numerators and denominators.
        periods: (examples,) the period of each example, in any sortable type.
        run: int. Periods drawn together.
        roots: metrics that are the square root of their ratio.
    """
    distinct, place = np.unique(periods, return_inverse=True)
    sums = {name: tuple(np.bincount(place, weights, len(distinct)) for weights in pair) for name, pair in parts.items()}

    def statistics(weights: np.ndarray) -> dict[str, np.ndarray]:
        found = {}
        for name, (above, below) in sums.items():
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = (weights @ above) / (weights @ below)
            found[name] = np.sqrt(ratio) if name in roots else ratio
        return found

    return bootstrap(statistics, len(distinct), run=run)


def diebold_mariano(
    metric: str, first: np.ndarray, second: np.ndarray, periods: np.ndarray, horizon: int
) -> Comparison:
    """Are two forecasts equally accurate? Diebold and Mariano (1995), with the small-sample factor of Harvey,
    Leybourne and Newbold (1997).

    Losses are averaged over the examples of a period first. The variance of their mean difference is that of Newey
    and West (1987) with Bartlett weights up to lag max(horizon - 1, periods ** (1/3)), because forecasts of several
    periods ahead overlap.

    Args:
        metric: what the loss is called.
        first: (examples,) losses of the first forecast.
        second: (examples,) losses of the second.
        periods: (examples,) the period of each example.
        horizon: int. Periods ahead.

    Returns:
        The difference of the mean losses, first minus second, with its 95% block bootstrap interval, and the p-value.
    """
    distinct, place = np.unique(periods, return_inverse=True)
    count = np.bincount(place, minlength=len(distinct))
    gap = np.bincount(place, first - second, len(distinct)) / count
    n = len(gap)
    lags = min(n - 1, max(horizon - 1, round(n ** (1 / 3))))
    centred = gap - gap.mean()
    variance = centred @ centred / n
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * (centred[lag:] @ centred[:-lag]) / n
    factor = max(0.0, n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    statistic = gap.mean() / math.sqrt(variance / n) * math.sqrt(factor) if variance > 0 else 0.0
    p_value = float(2 * stats.t.sf(abs(statistic), n - 1)) if n > 1 and variance > 0 else 1.0
    run = max(RUN_PERIODS, 2 * horizon)
    shares = ratio_metrics({"difference": (first - second, np.ones(len(first)))}, periods, run)
    detail = f"{n:,} dates, statistic {statistic:+.2f}, variance with {lags} lags"
    return Comparison(metric, shares["difference"], p_value, "Diebold-Mariano test", detail)


def improvement(first: np.ndarray, second: np.ndarray, periods: np.ndarray, horizon: int) -> Metrics:
    """`improvement`: by which share the first mean loss lies below the second, with its block bootstrap interval.

    Args:
        first: (examples,) losses.
        second: (examples,) losses of what it is compared with.
        periods: (examples,) the period of each example.
        horizon: int. Periods ahead.
    """
    return ratio_metrics({"improvement": (second - first, second)}, periods, max(RUN_PERIODS, 2 * horizon))
