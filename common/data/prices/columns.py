"""Which column of a table is what: Yahoo's, Kaggle's `Name` panel, Stooq's, or any with a date and a price."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from common.data.tables import Table, and_more
from common.errors import UserError

# what a column is -> its spellings, lower case without anything but letters
_NAMES = {
    "date": ("date", "datetime", "timestamp", "day", "time"),
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close", "closelast", "price", "last", "value", "closeprice", "closingprice"),
    "adjusted": ("adjclose", "adjustedclose", "adjclosing"),
    "volume": ("volume", "vol"),
    "name": ("name", "ticker", "symbol"),
}
_BLANK = frozenset(["", "null", "nan", "n/a", "na", "none", "-"])


def find_columns(table: Table, date_column: str, price_column: str) -> dict[str, str]:
    """What a column is -> its name in the table.

    Args:
        table: the table.
        date_column: the user's name of the date column, or empty.
        price_column: the user's name of the price column, or empty; a table read so has no other price.

    Raises:
        UserError: no date or no price column, or a name that is not there.
    """
    bare = {column: re.sub(r"[^a-z]", "", column.lower()) for column in table.columns}
    found: dict[str, str] = {}
    for kind, spellings in _NAMES.items():
        for spelling in spellings:
            match = next((column for column, name in bare.items() if name == spelling), None)
            if match is not None:
                found.setdefault(kind, match)
    for kind, given, flag in (("date", date_column, "--date-column"), ("close", price_column, "--price-column")):
        if given:
            if given not in table.columns:
                raise UserError(f"{table.path}:1: expected a column {given!r} ({flag}), found {_shown(table)}")
            found[kind] = given
    if price_column:
        found = {kind: column for kind, column in found.items() if kind in ("date", "close", "name")}
    found.setdefault("close", found.get("adjusted", ""))
    for kind, flag in (("date", "--date-column"), ("close", "--price-column")):
        if not found.get(kind):
            what = "date" if kind == "date" else "closing price"
            raise UserError(
                f"{table.path}:1: expected a column with the {what}, found {_shown(table)}; name it: {flag}"
            )
    return found


def numbers(table: Table, column: str, origins: Sequence[str]) -> np.ndarray:
    """A column as (rows,) float64; NaN for a blank cell. A dollar sign and thousands' commas are read over.

    Raises:
        UserError: text, or a negative number; file and line named.
    """
    values = np.full(len(table), np.nan)
    text_rows, negative_rows = [], []
    for row, cell in enumerate(table.column(column)):
        try:
            values[row] = float(cell)
        except (TypeError, ValueError):
            values[row] = _number(cell)
            if np.isnan(values[row]) and str(cell if cell is not None else "").strip().lower() not in _BLANK:
                text_rows.append(row)
        if values[row] < 0:
            negative_rows.append(row)
    for rows, expected, advice in (
        (text_rows, "a number", "mend the cell or leave it blank"),
        (negative_rows, "a price or volume of zero or more", "correct it or leave it blank"),
    ):
        if rows:
            cell = table.column(column)[rows[0]]
            more = and_more([table.lines[row] for row in rows])
            raise UserError(f"{origins[rows[0]]}: column {column}: expected {expected}, found {cell!r}; {advice}{more}")
    return np.where(np.isfinite(values), values, np.nan)


def _number(cell: Any) -> float:
    text = str(cell if cell is not None else "").strip().removeprefix("$")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _shown(table: Table) -> str:
    return "the columns " + ", ".join(table.columns)
