"""Several tickers together: the market's columns, which are means over the tickers that traded on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from common.data.series import Series
from common.preprocessing.price_features import realised_variance, returns

SMALLEST_PANEL = 3  # tickers: fewer are no market


def with_market(series: Sequence[Series], measure: str) -> list[Series]:
    """Appends `MARKET_VARIANCE` and `MARKET_RETURN`: means over the tickers of the same day, nothing else.

    Args:
        series: the tickers.
        measure: what a day's variance is.
    """
    dates = np.unique(np.concatenate([one.dates for one in series]))
    places = [np.searchsorted(dates, one.dates) for one in series]
    count = np.zeros(len(dates))
    sums = np.zeros((len(dates), 2))
    for one, place in zip(series, places, strict=True):
        count[place] += 1
        sums[place, 0] += np.log(realised_variance(one.values, measure))
        sums[place, 1] += returns(one.values)
    means = sums / count[:, None]
    return [
        replace(one, values=np.concatenate([one.values, means[place]], axis=1))
        for one, place in zip(series, places, strict=True)
    ]
