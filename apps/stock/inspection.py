"""What a person should know of the prices before training on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.stock.data import read, settled_dates
from common.data.prices.rows import KINDS
from common.data.splits import Splits
from common.preprocessing.price_features import realised_variance, returns

_SHOWN = 3  # places named of each kind of finding


def inspect(config: Any, splits: Splits) -> list[str]:
    """Lines for `unroll data stock`: tickers, dates, splits, and how every irregularity is handled."""
    source = read(config, config.data)
    lines = [
        f"data         {splits.source}{' (synthetic: simulated, no real prices)' if splits.synthetic else ''}",
        f"format       {splits.format}",
    ]
    for one in source.series:
        daily, variance = returns(one.values), realised_variance(one.values, config.measure)
        lines.append(
            f"{one.name:<12} {len(one):,} rows, {one.dates[0]} to {one.dates[-1]}; volatility "
            f"{np.sqrt(variance.mean()):.2f}% a day; returns {daily.min():+.1f}% to {daily.max():+.1f}%"
        )
    for name, part in splits.items():
        decided = np.array([part.inputs[row].dates[-1] for row in range(len(part))])
        lines.append(
            f"{name:<12} {len(part):,} decisions from {decided.min()} to {decided.max()}, "
            f"the last known by {settled_dates(part).max()}"
        )
    lines.append("found")
    for kind, handling in KINDS.items():
        places = [place for found in source.findings.values() for place in found.places.get(kind, ())]
        shown = f" ({', '.join(places[:_SHOWN])}{', ...' if len(places) > _SHOWN else ''})" if places else ""
        lines.append(f"  {len(places):,} {kind}: {handling}{shown}")
    lines.append("  text in a number, a negative price or two formats of dates stop the reading with file and line")
    return lines + [f"note         {note}" for note in splits.notes if not any(kind in note for kind in KINDS)]
