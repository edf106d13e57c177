"""Many series over dates: windows cut when asked for, and splits in time that no forecast reaches across.

An example of a forecasting task is a decision: a series and the last row known then. Its input is the window of rows
that ends there, its target what follows within the horizon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np

from common.data.splits import TEST, TRAIN, VALIDATION, Lazy
from common.errors import UserError


class Window(NamedTuple):
    """Consecutive rows of one series, the oldest first; the last is the last one known when the forecast is made.

    Attributes:
        name: the series' name.
        day_numbers: (rows,) int64, days since 1970-01-01: JSON holds them as they are.
        values: (rows, columns) float64.
    """

    name: str
    day_numbers: np.ndarray
    values: np.ndarray

    @property
    def dates(self) -> np.ndarray:
        """(rows,) datetime64[D]."""
        return self.day_numbers.view("datetime64[D]")

    @classmethod
    def of(cls, series: Series) -> Window:
        """All rows of a series."""
        return cls(series.name, series.dates.view(np.int64), series.values)


@dataclass(frozen=True)
class Series:
    """One series over ascending dates.

    Attributes:
        name: the series' name.
        dates: (rows,) datetime64[D], ascending.
        values: (rows, columns) float64.
    """

    name: str
    dates: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.dates)


class Windows(Lazy):
    """One window per decision, each a view of its series: all windows together need no more memory than the series.

    Args:
        series: the series that decisions are numbered by.
        decisions: (decisions, 2) int64: the series' number and the last row known.
        rows: int. Rows per window.
    """

    def __init__(self, series: Sequence[Series], decisions: np.ndarray, rows: int) -> None:
        self.series, self.decisions, self.rows = tuple(series), decisions, rows

    def __len__(self) -> int:
        return len(self.decisions)

    def take(self, indices: Sequence[int] | np.ndarray) -> Windows:
        """The windows at `indices`, in that order."""
        return Windows(self.series, self.decisions[np.asarray(indices, np.int64)], self.rows)

    @overload
    def __getitem__(self, index: int) -> Window: ...

    @overload
    def __getitem__(self, index: slice) -> Windows: ...

    def __getitem__(self, index: int | slice) -> Window | Windows:
        if isinstance(index, slice):
            return Windows(self.series, self.decisions[index], self.rows)
        number, last = self.decisions[index]
        series, span = self.series[number], slice(last + 1 - self.rows, last + 1)
        return Window(series.name, series.dates[span].view(np.int64), series.values[span])


def decisions(series: Sequence[Series], rows: int, horizon: int, longest_gap_days: int) -> np.ndarray:
    """Every (series, last row known) with a whole window before it and a whole horizon behind it.

    Args:
        series: the series.
        rows: int. Rows per window.
        horizon: int. Rows of a target.
        longest_gap_days: int. A window and its target hold no longer gap between two rows.

    Returns:
        (decisions, 2) int64, series after series, in order of date.
    """
    found = [np.zeros((0, 2), np.int64)]
    for number, one in enumerate(series):
        last = np.arange(rows - 1, len(one) - horizon, dtype=np.int64)
        if not len(last):
            continue
        wide = np.diff(one.dates) > np.timedelta64(longest_gap_days, "D")  # between row i and row i + 1
        gaps = np.concatenate([[0], np.cumsum(wide)])
        last = last[gaps[last + horizon] == gaps[last + 1 - rows]]
        found.append(np.stack([np.full(len(last), number), last], axis=1))
    return np.concatenate(found)


@dataclass(frozen=True)
class Boundaries:
    """Where validation and test begin, the same dates for every series."""

    validation: np.datetime64
    test: np.datetime64


def boundaries(dates: np.ndarray, validation_fraction: float, test_fraction: float) -> Boundaries:
    """The boundaries that leave the last shares of the distinct dates to validation and test.

    Args:
        dates: (n,) datetime64[D], repeated and in any order.
        validation_fraction: float. Share of the distinct dates.
        test_fraction: float. Share of the distinct dates.
    """
    distinct = np.unique(dates)
    test = min(len(distinct) - 1, round((1 - test_fraction) * len(distinct)))
    validation = min(test, round((1 - test_fraction - validation_fraction) * len(distinct)))
    return Boundaries(distinct[validation], distinct[test])


def split_by_date(decided: np.ndarray, settled: np.ndarray, limits: Boundaries) -> dict[str, np.ndarray]:
    """Rows of each split, so that no target of one split reaches into the next: an embargo of one horizon.

    A decision belongs to the split in which its date lies, and is left out when its target ends at or after that
    split's end (purging: Lopez de Prado 2018, "Advances in Financial Machine Learning", chapter 7). One date has one
    split for all series.

    Args:
        decided: (n,) datetime64[D], the last date known.
        settled: (n,) datetime64[D], the last date of the target.
        limits: where validation and test begin.

    Raises:
        UserError: a split has no row.
    """
    parts = {
        TRAIN: settled < limits.validation,
        VALIDATION: (decided >= limits.validation) & (settled < limits.test),
        TEST: decided >= limits.test,
    }
    for name, chosen in parts.items():
        if not chosen.any():
            raise UserError(
                f"expected dates for a {name} split (validation from {limits.validation}, test from {limits.test}), "
                "found none with a whole window and horizon; give more rows, a shorter --window or other dates"
            )
    return {name: np.flatnonzero(chosen) for name, chosen in parts.items()}
