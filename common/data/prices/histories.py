"""Whole histories of tickers, cleaned: what a forecast is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.data.prices.cleaning import clean
from common.data.prices.files import read_path, read_text_of
from common.data.prices.market import SMALLEST_PANEL, with_market
from common.data.prices.rows import Findings, Prices
from common.data.series import Series, Window
from common.errors import UserError


@dataclass(frozen=True)
class Reading:
    """How files of prices are read; a StockConfig has the same fields.

    Attributes:
        date_column, price_column, date_format: the user's; empty where they are found out.
        adjust_splits: undo splits that show as jumps, where there is no adjusted close.
        market: add the means of a panel.
        measure: what a day's variance is.
    """

    date_column: str = ""
    price_column: str = ""
    date_format: str = ""
    adjust_splits: bool = True
    market: bool = True
    measure: str = "garman_klass"


def read_histories(reading: Any, path: Path) -> list[Window]:
    """All rows of every ticker in a file or folder.

    Raises:
        UserError: unreadable; file and line named.
    """
    return _histories(read_path(path, reading), reading)


def parse_histories(reading: Any, text: str, single: bool) -> list[Window]:
    """All rows of every ticker in the text of a CSV file.

    Raises:
        UserError: the input was given as --text; or no table of daily prices.
    """
    if single:
        raise UserError(
            "--text: expected daily prices in a file, found a text; give a CSV file or a folder with --file"
        )
    return _histories(read_text_of(Path("standard input"), text, reading), reading)


def cleaned(
    prices: Sequence[Prices], reading: Any, start: np.datetime64 | None = None
) -> tuple[list[Series], dict[str, Findings]]:
    """The series of each ticker and what was found in it, the market's columns added to a panel.

    Args:
        prices: as read.
        reading: gives `adjust_splits`, `market` and `measure`.
        start: earlier rows are dropped, and tickers without any left.

    Raises:
        UserError: a ticker without a close.
    """
    series, findings = [], {}
    for one in prices:
        whole, found = clean(one, reading.adjust_splits)
        if start is not None:
            kept = whole.dates >= start
            whole = Series(whole.name, whole.dates[kept], whole.values[kept])
        if len(whole):
            series.append(whole)
            findings[whole.name] = found
    if reading.market and len(series) >= SMALLEST_PANEL:
        series = with_market(series, reading.measure)
    return series, findings


def _histories(prices: Sequence[Prices], reading: Any) -> list[Window]:
    return [Window.of(series) for series in cleaned(prices, reading)[0]]
