"""`python -m benchmarks.median_return PRICES --until 2020-01-01`: does the median return rise with volatility?

Why the stock forecaster's median is the same on all days: price errors relative to the unchanged price, a walk forward
over every day before a date, of a median that is constant, one that rises with volatility's square root and one that
rises with volatility itself. Each is fitted anew every half year to all that came before; volatility is EWMA(0.94).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.data.prices.histories import Reading, read_histories
from common.evaluation.forecasting import diebold_mariano
from common.preprocessing.price_features import returns

DECAY, REFIT, POWERS = 0.94, 126, {"constant": 0.0, "square root": 0.5, "proportional": 1.0}


def errors(daily: np.ndarray, horizon: int, warm_up: int) -> Iterator[tuple[str, np.ndarray]]:
    """The mean absolute price error of each day's forecasts, as shares of its close; first of the unchanged price.

    Args:
        daily: (days,) log returns in percent.
        horizon: int. Days ahead.
        warm_up: int. Days before the first forecast.

    Yields:
        a name and (forecasts,) errors.
    """
    ahead = np.lib.stride_tricks.sliding_window_view(daily[1:], horizon).cumsum(axis=1)  # (decisions, horizon)
    level, volatility = float(np.mean(daily[:22] ** 2)), np.empty(len(ahead))
    for day in range(len(ahead)):
        level = DECAY * level + (1 - DECAY) * daily[day] ** 2
        volatility[day] = np.sqrt(level)
    came = np.expm1(ahead / 100)
    yield "unchanged", np.abs(came[warm_up:]).mean(axis=1)
    for name, power in POWERS.items():
        scale, forecast = volatility[:, None] ** power, np.zeros_like(ahead)
        for day in range(warm_up, len(ahead), REFIT):
            known = day - horizon + 1  # decisions whose last return is that of this day or an earlier one
            forecast[day : day + REFIT] = np.median(ahead[:known] / scale[:known], axis=0)
        yield name, np.abs(np.expm1(scale * forecast / 100) - came)[warm_up:].mean(axis=1)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("prices", type=Path, help="a CSV file of daily prices, or a folder of tickers")
    parser.add_argument("--until", required=True, help="the first date that is not looked at: where the test begins")
    parser.add_argument("--from", dest="start", default="1900-01-01", help="forecasts before it are not counted")
    parser.add_argument("--horizon", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=504, help="days before a ticker's first forecast")
    options = parser.parse_args()
    found: dict[str, list[np.ndarray]] = {}
    dates = []
    for history in read_histories(Reading(market=False), options.prices):
        before = history.dates < np.datetime64(options.until)
        daily = returns(history.values[before])
        daily = daily[np.isfinite(daily)]
        here = history.dates[before][len(history.dates[before]) - len(daily) :][options.warm_up : -options.horizon]
        counted = here >= np.datetime64(options.start)
        dates.append(here[counted])
        for name, each in errors(daily, options.horizon, options.warm_up):
            found.setdefault(name, []).append(each[counted])
    days = np.concatenate(dates)
    losses = {name: np.concatenate(each) for name, each in found.items()}
    scale = losses["unchanged"].mean()
    print(f"{len(days):,} forecasts from {days.min()} to {days.max()}, {options.horizon} days ahead")
    for name in POWERS:
        line = f"{name}: relative MAE {losses[name].mean() / scale:.4f}"
        if name != "constant":
            gap = diebold_mariano("mae", losses[name], losses["constant"], days, options.horizon)
            low, high = gap.difference.low / scale, gap.difference.high / scale
            line += f", more than constant by {gap.difference.value / scale:+.4f} [{low:+.4f}, {high:+.4f}]"
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
