"""Cleans the prices of a ticker, row after row from the past: no row is judged or changed by a later one.

The one exception is an `Adj Close` column, whose levels the vendor rewrites after each dividend; only the ratio of
two neighbouring rows is used, which later rows do not change.
"""

from __future__ import annotations

import numpy as np

from common.data.prices.rows import KINDS, Findings, Prices
from common.data.series import Series
from common.errors import UserError

# a high above this many times (a low below this part of) open, close and the close before is no price: the deepest low
# of a Dow stock on 2010-05-06, when prices did fall and come back within minutes, was 1.54 times below
IMPOSSIBLE = 1.75
WRONG_OPEN = 1.5  # an open this far off both the close before and the close, in one direction, is none
SPLITS = (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 50)
_SPLIT_TOLERANCE = 0.04  # of the open against the close before divided by the ratio
LONG_GAP_DAYS = 10


def clean(prices: Prices, adjust_splits: bool) -> tuple[Series, Findings]:
    """The series of a ticker: columns open, high, low, close, volume and the close before, and what was found.

    Args:
        prices: as read.
        adjust_splits: divide the close before by a split's ratio where there is no adjusted close.

    Raises:
        UserError: no row has a close, or all closes are equal.
    """
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    rows = _ordered(prices, found)
    if not len(rows):
        raise UserError(f"{prices.origins[0]}: expected closing prices of {prices.name}, found none; check the file")
    origins = [prices.origins[int(row)] for row in rows]
    open_, high, low, close, adjusted, volume = (
        column[rows] for column in (prices.open, prices.high, prices.low, prices.close, prices.adjusted, prices.volume)
    )
    if len(rows) > 1 and (close == close[0]).all():
        raise UserError(
            f"{origins[0]}: expected prices of {prices.name} that move, found {close[0]:g} in all {len(close):,} rows; "
            "check the price column (--price-column)"
        )
    dates = prices.dates[rows]
    previous = np.concatenate([close[:1], close[:-1]])
    if np.isfinite(adjusted).all() and (adjusted > 0).all():
        previous[1:] = adjusted[:-1] * close[1:] / adjusted[1:]
    elif adjust_splits:
        _undo_splits(open_, close, previous, origins, found)
    open_, high, low = _filled(open_, high, low, close, previous, origins, found)
    open_, high, low = _possible(open_, high, low, close, previous, origins, found)
    gaps = np.flatnonzero(np.diff(dates) > np.timedelta64(LONG_GAP_DAYS, "D"))
    found["gaps of more than 10 days"] += [f"{origins[i + 1]} ({dates[i]} to {dates[i + 1]})" for i in gaps]
    flat = np.flatnonzero((high == low) & (open_ == close))
    found["rows with one price"] += [origins[row] for row in flat]
    values = np.stack([open_, high, low, close, np.nan_to_num(volume), previous], axis=1)
    return Series(prices.name, dates, values), Findings({kind: places for kind, places in found.items() if places})


def _ordered(prices: Prices, found: dict[str, list[str]]) -> np.ndarray:
    """Rows with a close in order of date, the last of each date."""
    known = np.isfinite(prices.close) & (prices.close > 0)
    found["rows without a close"] += [prices.origins[int(row)] for row in np.flatnonzero(~known)]
    rows = np.flatnonzero(known)
    dates = prices.dates[rows]
    backwards = np.flatnonzero(np.diff(dates) < np.timedelta64(0, "D"))
    if len(rows) > 1 and len(backwards) == len(rows) - 1:
        found["unsorted dates"].append("newest first")
    else:
        found["unsorted dates"] += [prices.origins[int(rows[i + 1])] for i in backwards]
    order = np.argsort(dates, kind="stable")
    rows, dates = rows[order], dates[order]
    again = np.flatnonzero(dates[1:] == dates[:-1])
    found["repeated dates"] += [prices.origins[int(rows[i])] for i in again]
    return np.delete(rows, again)


def _undo_splits(
    open_: np.ndarray, close: np.ndarray, previous: np.ndarray, origins: list[str], found: dict[str, list[str]]
) -> None:
    """Divides `previous` by the ratio where open and close both jump by 1 / ratio (or by ratio: a reverse split)."""
    first = np.where(np.isfinite(open_) & (open_ > 0), open_, close)
    for row in range(1, len(close)):
        jump = previous[row] / first[row]
        if 1 / 1.8 < jump < 1.8:
            continue
        for ratio in SPLITS:
            factor = float(ratio) if jump > 1 else 1.0 / ratio
            near = abs(np.log(jump / factor)) < _SPLIT_TOLERANCE
            if near and abs(np.log(previous[row] / close[row] / factor)) < 3 * _SPLIT_TOLERANCE:
                previous[row] /= factor
                found["splits"].append(
                    f"{origins[row]} ({ratio} for 1)" if jump > 1 else f"{origins[row]} (1 for {ratio})"
                )
                break


def _filled(
    open_: np.ndarray, high: np.ndarray, low: np.ndarray, close: np.ndarray, previous: np.ndarray,
    origins: list[str], found: dict[str, list[str]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Blank and zero prices: the open is the close before, held inside the day's range; high and low hold both."""
    absent = [~(np.isfinite(column) & (column > 0)) for column in (open_, high, low)]
    some = ~(absent[0].all() and absent[1].all() and absent[2].all())  # a file of closes alone has nothing to report
    if some:
        found["blank or zero opens, highs or lows"] += [origins[r] for r in np.flatnonzero(np.any(absent, axis=0))]
    ranged = ~absent[1] & ~absent[2]
    held = np.clip(previous, np.where(ranged, low, 0), np.where(ranged, high, np.inf))
    open_ = np.where(absent[0], np.where(ranged, held, close), open_)
    high = np.where(absent[1], np.maximum(open_, close), high)
    low = np.where(absent[2], np.minimum(open_, close), low)
    return open_, high, low


def _possible(
    open_: np.ndarray, high: np.ndarray, low: np.ndarray, close: np.ndarray, previous: np.ndarray,
    origins: list[str], found: dict[str, list[str]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Replaces opens, highs and lows that cannot be, then widens ranges that do not hold open and close."""
    above = np.minimum(open_ / previous, open_ / close) > WRONG_OPEN
    below = np.maximum(open_ / previous, open_ / close) < 1 / WRONG_OPEN
    wrong_open = above | below
    high = np.where(above & (high <= open_), np.maximum(previous, close), high)
    low = np.where(below & (low >= open_), np.minimum(previous, close), low)
    open_ = np.where(wrong_open, np.clip(previous, low, high), open_)
    wrong_high = high > IMPOSSIBLE * np.maximum(np.maximum(open_, close), previous)
    wrong_low = low * IMPOSSIBLE < np.minimum(np.minimum(open_, close), previous)
    found["impossible opens, highs or lows"] += [
        origins[row] for row in np.flatnonzero(wrong_open | wrong_high | wrong_low)
    ]
    most, least = np.maximum(open_, close), np.minimum(open_, close)
    high, low = np.where(wrong_high, most, high), np.where(wrong_low, least, low)
    narrow = (high < most) | (low > least)
    found["highs and lows that do not hold open and close"] += [origins[row] for row in np.flatnonzero(narrow)]
    return open_, np.maximum(high, most), np.minimum(low, least)
