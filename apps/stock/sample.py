"""Synthetic prices: a market and tickers whose volatility clusters, falls with good news and changes its regime.

GJR-GARCH(1,1) (Glosten, Jagannathan and Runkle 1993) around a level that jumps between a calm and a wild regime;
part of every return is the market's. A day's open, high, low and close come from a random walk through the day.
Returns themselves cannot be forecast: whoever claims skill in direction on the sample has a leak.
"""

from __future__ import annotations

import numpy as np

from common.data.prices.rows import Prices

NOTE = "synthetic: simulated prices (GJR-GARCH with regimes); its numbers say nothing about real markets"
FIRST = np.datetime64("2010-01-04")
_STEPS = 16  # of the walk through a session
_OVERNIGHT = 0.25  # share of a day's variance
_ALPHA, _LEVERAGE, _BETA = 0.04, 0.08, 0.88
_LEVELS = (0.8, 2.0)  # percent a day, in the calm and in the wild regime
_CHANGE = (0.004, 0.012)  # probability of leaving each regime on a day
_MARKET_SHARE = 0.4  # of a ticker's variance


def generate(tickers: int, days: int, seed: int) -> list[Prices]:
    """Prices of `tickers` tickers on `days` weekdays; the same seed gives the same prices.

    Args:
        tickers: int.
        days: int.
        seed: int.
    """
    generator = np.random.default_rng(seed)
    regimes = _regimes(generator, days)
    market = generator.standard_normal((days, _STEPS + 1))
    dates = np.busday_offset(FIRST, np.arange(days), roll="forward")
    return [_ticker(generator, f"SIM{number:02d}", dates, market, regimes) for number in range(tickers)]


def random_walk(days: int, seed: int, volatility: float = 1.0) -> Prices:
    """A ticker of independent returns of one volatility (percent a day): nothing in it can be forecast."""
    generator = np.random.default_rng(seed)
    dates = np.busday_offset(FIRST, np.arange(days), roll="forward")
    steps = generator.standard_normal((days, _STEPS + 1))
    return _prices("WALK", dates, steps, np.full(days, volatility), 100.0, generator)


def _regimes(generator: np.random.Generator, days: int) -> np.ndarray:
    """(days,) levels of volatility in percent."""
    state, levels = 0, np.empty(days)
    for day, draw in enumerate(generator.random(days)):
        if draw < _CHANGE[state]:
            state = 1 - state
        levels[day] = _LEVELS[state]
    return levels


def _ticker(
    generator: np.random.Generator, name: str, dates: np.ndarray, market: np.ndarray, regimes: np.ndarray
) -> Prices:
    own = generator.standard_normal(market.shape)
    steps = np.sqrt(_MARKET_SHARE) * market + np.sqrt(1 - _MARKET_SHARE) * own
    weights = np.concatenate([[np.sqrt(_OVERNIGHT)], np.full(_STEPS, np.sqrt((1 - _OVERNIGHT) / _STEPS))])
    news = steps @ weights  # (days,) standard normal
    volatility, variance = np.empty(len(dates)), regimes[0] ** 2
    for day, level in enumerate(regimes):
        volatility[day] = np.sqrt(variance)
        shock = variance * news[day] ** 2 * (_ALPHA + (_LEVERAGE if news[day] < 0 else 0.0))
        variance = level**2 * (1 - _ALPHA - _LEVERAGE / 2 - _BETA) + shock + _BETA * variance
    return _prices(name, dates, steps, volatility, float(generator.uniform(20, 200)), generator)


def _prices(
    name: str,
    dates: np.ndarray,
    steps: np.ndarray,
    volatility: np.ndarray,
    first: float,
    generator: np.random.Generator,
) -> Prices:
    """(days, 1 + _STEPS) standard normal steps, the first overnight, to prices."""
    scale = volatility[:, None] / 100
    overnight = scale[:, 0] * np.sqrt(_OVERNIGHT) * steps[:, 0]
    path = np.cumsum(scale * np.sqrt((1 - _OVERNIGHT) / _STEPS) * steps[:, 1:], axis=1)
    before = np.log(first) + np.concatenate([[0.0], np.cumsum(overnight + path[:, -1])[:-1]])
    opening = before + overnight
    close = np.exp(opening + path[:, -1])
    high = np.exp(opening + np.maximum(path.max(axis=1), 0))
    low = np.exp(opening + np.minimum(path.min(axis=1), 0))
    volume = np.round(1e6 * volatility * np.exp(0.3 * generator.standard_normal(len(dates))))
    blank = np.full(len(dates), np.nan)
    origins = [f"{name}:{day}" for day in range(1, len(dates) + 1)]
    return Prices(name, dates, np.exp(opening), high, low, close, blank, volume, origins)
