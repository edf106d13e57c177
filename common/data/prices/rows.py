"""Daily prices of one ticker, as read and as cleaned, and what was found wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

# columns of a cleaned series: `PREVIOUS` is the close of the row before in this row's units (splits, dividends)
OPEN, HIGH, LOW, CLOSE, VOLUME, PREVIOUS = range(6)
# two more where a run knows a market: the panel's log variance and mean return of the day
MARKET_VARIANCE, MARKET_RETURN = 6, 7


@dataclass(frozen=True)
class Prices:
    """Rows of one ticker as they stand in a file; NaN where a cell is blank.

    Attributes:
        name: the ticker.
        dates: (rows,) datetime64[D], in the file's order.
        open, high, low, close, adjusted, volume: (rows,) float64; all NaN where the file has no such column.
        origins: `file:line` of each row.
    """

    name: str
    dates: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    adjusted: np.ndarray
    volume: np.ndarray
    origins: Sequence[str]


@dataclass(frozen=True)
class Findings:
    """What the cleaning of a ticker found: kind -> places, in the order of `KINDS`."""

    places: Mapping[str, Sequence[str]] = field(default_factory=dict)


# kind -> how it is handled, in words
KINDS = {
    "unsorted dates": "rows sorted by date",
    "repeated dates": "the last row of the date is kept",
    "rows without a close": "left out",
    "blank or zero opens, highs or lows": "filled from the row's other prices and the close before",
    "highs and lows that do not hold open and close": "widened to hold them",
    "impossible opens, highs or lows": "replaced from the row's other prices and the close before",
    "splits": "the close before is divided by the ratio",
    "gaps of more than 10 days": "kept; no window crosses one of more than 30 days",
    "rows with one price": "kept; their variance is the squared return",
}
