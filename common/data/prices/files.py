"""Files of daily prices -> `Prices`, one per ticker: a CSV, a panel with a name column, or a folder of tickers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common.data.dates import parse_dates
from common.data.prices.columns import find_columns, numbers
from common.data.prices.rows import Prices
from common.data.tables import CSV, TSV, Table, parse_table, read_plain
from common.errors import UserError

_SUFFIXES = (".csv", ".tsv", ".txt")


def read_path(path: Path, config: Any) -> list[Prices]:
    """The tickers of a file, or of every .csv, .tsv and .txt file of a folder, in order of their names.

    Args:
        path: a file or a folder.
        config: gives `date_column`, `price_column` and `date_format`.

    Raises:
        UserError: nothing to read, or a file that is no table of daily prices (file and line named).
    """
    if not path.is_dir():
        return read_text_of(path, read_plain(path), config)
    files = sorted(
        item for item in path.iterdir() if item.suffix.lower() in _SUFFIXES and not item.name.startswith(".")
    )
    if not files:
        raise UserError(f"{path}: expected .csv files of daily prices, found none; give a file or a folder of them")
    found = [prices for file in files for prices in read_text_of(file, read_plain(file), config)]
    repeated = next((name for name, count in Counter(prices.name for prices in found).items() if count > 1), None)
    if repeated is not None:
        places = " and ".join(prices.origins[0] for prices in found if prices.name == repeated)
        raise UserError(f"{path}: expected each ticker once, found {repeated} in {places}; remove or rename one")
    return sorted(found, key=lambda prices: prices.name)


def read_text_of(path: Path, text: str, config: Any) -> list[Prices]:
    """The tickers in `text`, the content of `path`; see `read_path`."""
    first = text.lstrip("\ufeff\r\n ").split("\n", 1)[0]
    table = parse_table(path, TSV if "\t" in first else CSV, text)
    if not len(table):
        raise UserError(f"{path}: expected rows of daily prices, found only the header; add rows")
    columns = find_columns(table, config.date_column, config.price_column)
    if "name" not in columns:
        return [_prices(_ticker_of(path), table, columns, np.arange(len(table)), config)]
    names = [str(name).strip() for name in table.column(columns["name"])]
    if not all(names):
        row = names.index("")
        raise UserError(f"{table.origins[row]}: expected a ticker in {columns['name']}, found none; fill it in")
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows_of.setdefault(name, []).append(row)
    return [_prices(name, table, columns, np.array(rows), config) for name, rows in sorted(rows_of.items())]


def _prices(name: str, table: Table, columns: dict[str, str], rows: np.ndarray, config: Any) -> Prices:
    part = Table(table.path, table.kind, table.columns, [table.rows[r] for r in rows], [table.lines[r] for r in rows])
    origins: Sequence[str] = part.origins
    texts = [str(cell) for cell in part.column(columns["date"])]
    dates = parse_dates(texts, origins, "--date-format", config.date_format)
    blank = np.full(len(part), np.nan)
    read = {
        kind: numbers(part, columns[kind], origins) if kind in columns else blank
        for kind in ("open", "high", "low", "close", "adjusted", "volume")
    }
    return Prices(name, dates, **read, origins=origins)


def _ticker_of(path: Path) -> str:
    """A ticker out of a file name: `AAPL_2006-01-01_to_2018-01-01.csv` and `aapl.us.txt` are AAPL."""
    stem = re.sub(r"[_ ]\d{4}.*$", "", path.stem)
    stem = re.sub(r"\.(us|uk|de|jp|pl)$", "", stem, flags=re.I)
    return stem.upper() or "SERIES"
