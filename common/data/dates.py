"""Dates as files have them: one format per file, found out or given; an ambiguous or mixed file is refused.

A time of day and a time zone suffix (`2020-01-02 00:00:00-05:00`) are dropped: what stands is the local day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from common.errors import UserError

# name shown to people -> strptime format
FORMATS = {
    "2020-12-31": "%Y-%m-%d",
    "2020/12/31": "%Y/%m/%d",
    "20201231": "%Y%m%d",
    "12/31/2020": "%m/%d/%Y",
    "31/12/2020": "%d/%m/%Y",
    "31.12.2020": "%d.%m.%Y",
    "12-31-2020": "%m-%d-%Y",
    "31-12-2020": "%d-%m-%Y",
    "31-Dec-2020": "%d-%b-%Y",
    "Dec 31, 2020": "%b %d, %Y",
}
_LONGEST = 100  # characters of a date: a regular expression with optional parts takes squares of the length
_TIME = re.compile(
    r"(?<=\d)[T ]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?\s*(AM|PM)?\s*(Z|[+-]\d{2}:?\d{2}|[A-Z][A-Z_/]+)?$", re.IGNORECASE
)


def parse_dates(texts: Sequence[str], origins: Sequence[str], flag: str, given: str = "") -> np.ndarray:
    """The days that a column names.

    Args:
        texts: the column.
        origins: `file:line` of each text.
        flag: the flag that names the format, for the error's advice.
        given: a strptime format; empty to find it out.

    Returns:
        (rows,) datetime64[D].

    Raises:
        UserError: a text is no date, two formats are mixed, or day and month cannot be told apart; file and line named.
    """
    for row, text in enumerate(texts):
        if len(text) > _LONGEST:
            raise UserError(f"{origins[row]}: expected a date, found {len(text):,} characters; mend it")
    days = [_TIME.sub("", text.strip()) for text in texts]
    if given:
        return _parsed(days, origins, given)
    candidates = [style for style in FORMATS.values() if _fits(days[0], style)] if days else ["%Y-%m-%d"]
    if not candidates:
        known = ", ".join(FORMATS)
        raise UserError(f"{origins[0]}: expected a date such as {known}, found {texts[0]!r}; mend it or give {flag}")
    alive = candidates
    for row, day in enumerate(days):
        fitting = [style for style in alive if _fits(day, style)]
        if not fitting:
            raise UserError(
                f"{origins[row]}: expected a date like {texts[0]!r} in line {origins[0].rsplit(':', 1)[-1]}, "
                f"found {texts[row]!r}; write all dates of a file in one format"
            )
        alive = fitting
    results = [_parsed(days, origins, style) for style in alive]
    if any(not np.array_equal(results[0], other) for other in results[1:]):
        raise UserError(
            f"{origins[0]}: expected dates whose day and month can be told apart, found {texts[0]!r} and no day above "
            f"12; give {flag} {alive[0]} or {flag} {alive[1]}"
        )
    return results[0]


def parse_day(text: str, flag: str) -> np.datetime64:
    """The day that a flag names.

    Raises:
        UserError: not of the form 2020-12-31.
    """
    if not _fits(text, "%Y-%m-%d"):
        raise UserError(f"{flag}: expected a date such as 2020-12-31, found {text!r}; correct it")
    return np.datetime64(text, "D")


def _fits(text: str, style: str) -> bool:
    try:
        datetime.strptime(text, style)
    except ValueError:
        return False
    return True


def _parsed(days: Sequence[str], origins: Sequence[str], style: str) -> np.ndarray:
    found = np.empty(len(days), "datetime64[D]")
    for row, day in enumerate(days):
        try:
            found[row] = np.datetime64(datetime.strptime(day, style).date(), "D")
        except ValueError:
            raise UserError(f"{origins[row]}: expected a date as {style}, found {day!r}; mend it") from None
    return found
