"""Reads daily prices into examples: a window of rows as input, the rows of the horizon as target, split by date.

`--data sample` simulates prices (synthetic), `--data yahoo:TICKER,...` downloads where that is allowed, `--data PATH`
reads a file or a folder (`common/data/prices/files.py`). Rows are cleaned as `common/data/prices/rows.py` names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.stock import sample
from common.data.dates import parse_day
from common.data.prices.files import read_path
from common.data.prices.histories import cleaned
from common.data.prices.rows import KINDS, Findings, Prices
from common.data.series import Boundaries, Series, Windows, boundaries, decisions, split_by_date
from common.data.splits import TEST, Examples, Splits
from common.errors import UserError
from common.files import user_path
from common.preprocessing.price_features import WARM_UP

LONGEST_GAP_DAYS = 30


@dataclass(frozen=True)
class Source:
    """What was read: cleaned series, the market's columns among them where there is a panel, and what was found."""

    series: tuple[Series, ...]
    format: str
    findings: dict[str, Findings]
    synthetic: bool = False
    notes: tuple[str, ...] = ()


def read(config: Any, source: str) -> Source:
    """The cleaned series of a source.

    Raises:
        UserError: unreadable, or not enough of it.
    """
    if source == "sample":
        prices, form = sample.generate(config.sample_tickers, config.sample_days, config.seed), "simulated prices"
    elif source.startswith("yahoo:"):
        from apps.stock.download import download

        prices, form = download(source.removeprefix("yahoo:"), config.start, config.download), "Yahoo download"
    else:
        prices, form = read_path(user_path(source, "--data"), config), "daily prices"
    return from_prices(config, prices, form, source == "sample")


def from_prices(config: Any, prices: Sequence[Prices], form: str, synthetic: bool = False) -> Source:
    """Cleans tickers, drops what lies before `config.start`, and adds the market's columns to a panel."""
    start = parse_day(config.start, "--start") if config.start else None
    series, findings = cleaned(prices, config, start)
    if not series:
        raise UserError(f"--start {config.start}: expected rows from that day on, found none; choose an earlier day")
    shape = f"{form}, {len(series)} ticker{'s' if len(series) > 1 else ''}"
    return Source(tuple(series), shape, findings, synthetic, _notes(findings, synthetic))


def load(config: Any) -> Splits:
    """Reads `config.data` into train, validation and test by date, the same dates for all tickers.

    Args:
        config: a StockConfig.

    Raises:
        UserError: anything missing, unreadable or too short to split; file and line named.
    """
    source = read(config, config.data)
    examples, decided, settled = _examples(config, source.series, config.data)
    limits = _boundaries(config, decided)
    parts = {name: examples.take(rows) for name, rows in split_by_date(decided, settled, limits).items()}
    kept = sum(map(len, parts.values()))
    needed = config.window + WARM_UP + config.horizon
    short = [one.name for one in source.series if len(one) < needed]
    notes = (
        *source.notes,
        *((f"no decision for tickers of fewer than {needed} rows: {', '.join(short)}",) if short else ()),
        f"validation from {limits.validation}, test from {limits.test}; {len(examples) - kept:,} decisions whose "
        f"{config.horizon} days ahead reach over a boundary are left out",
    )
    names = tuple(one.name for one in source.series)
    return Splits(parts, config.data, source.format, names, synthetic=source.synthetic, notes=notes)


def folds(config: Any, every: int) -> list[Splits]:
    """The test period in pieces of `every` dates; each piece's validation is as long as the first one's.

    Raises:
        UserError: fewer dates per piece than the horizon, or as `load`.
    """
    if every < config.horizon:
        raise UserError(f"--refit-every: expected at least the horizon's {config.horizon} dates, found {every}")
    source = read(config, config.data)
    examples, decided, settled = _examples(config, source.series, config.data)
    limits = _boundaries(config, decided)
    dates = np.unique(decided)
    first, test = np.searchsorted(dates, [limits.validation, limits.test])
    names, pieces = tuple(one.name for one in source.series), []
    for start in range(test, len(dates), every):
        moved = Boundaries(dates[start - test + first], dates[start])
        rows = split_by_date(decided, settled, moved)
        if start + every < len(dates):
            rows[TEST] = rows[TEST][decided[rows[TEST]] < dates[start + every]]
        parts = {name: examples.take(chosen) for name, chosen in rows.items()}
        pieces.append(Splits(parts, config.data, source.format, names, synthetic=source.synthetic))
    return pieces


def load_other(config: Any, preprocessor: Any, source: str, split: str | None) -> Examples:
    """Other data for a trained run: every decision in it, or those of a split by the run's dates or shares.

    Raises:
        UserError: as `load`.
    """
    found = read(config, source)
    examples, decided, settled = _examples(config, found.series, source)
    if split is None:
        return examples
    parts = split_by_date(decided, settled, _boundaries(config, decided))
    if split not in parts:
        raise UserError(f"--split: expected one of {', '.join(parts)}, found {split!r}; choose one of them")
    return examples.take(parts[split])


def settled_dates(examples: Examples) -> np.ndarray:
    """(examples,) datetime64[D]: the last date of each target."""
    return np.array([window.dates[-1] for window in examples.targets])


def _examples(config: Any, series: Sequence[Series], source: str) -> tuple[Examples, np.ndarray, np.ndarray]:
    rows = config.window + WARM_UP
    found = decisions(series, rows, config.horizon, LONGEST_GAP_DAYS)
    if not len(found):
        longest = max(map(len, series))
        raise UserError(
            f"{source}: expected a ticker with at least {rows + config.horizon} daily rows and no gap of more than "
            f"{LONGEST_GAP_DAYS} days in them ({rows} for a window, {config.horizon} ahead), found at most {longest}; "
            "give a longer history or a shorter --window"
        )
    after = found + np.array([0, config.horizon])
    examples = Examples(Windows(series, found, rows), Windows(series, after, config.horizon))
    decided = np.array([series[number].dates[last] for number, last in found])
    settled = np.array([series[number].dates[last] for number, last in after])
    return examples, decided, settled


def _boundaries(config: Any, decided: np.ndarray) -> Boundaries:
    """Those that the flags name, else the last shares of the dates."""
    shares = boundaries(decided, config.validation_fraction, config.test_fraction)
    test = parse_day(config.test_from, "--test-from") if config.test_from else shares.test
    if config.validation_from:
        validation = parse_day(config.validation_from, "--validation-from")
    else:
        before = decided[decided < test]
        share = min(0.5, config.validation_fraction / (1 - config.test_fraction))
        validation = boundaries(before, 0.0, share).test if len(before) else test
    if config.validation_from and validation >= test:
        raise UserError(
            f"--validation-from: expected a date before the test split's ({test}), found {validation}; correct one"
        )
    return Boundaries(validation, test)


def _notes(findings: dict[str, Findings], synthetic: bool) -> tuple[str, ...]:
    """One line per kind of finding."""
    notes = [sample.NOTE] if synthetic else []
    for kind, handling in KINDS.items():
        places = [place for found in findings.values() for place in found.places.get(kind, ())]
        if places:
            notes.append(f"{len(places):,} {kind}: {handling} (first: {places[0]})")
    return tuple(notes)
