"""What a person should know of the data before training on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from apps.sentiment.duplicates import conflicts, key_of, keys_of, repeated_across, repeated_within
from common.data.splits import TEST, Examples, Splits

_SHOWN = 5  # classes in a line, conflicts in a list


def inspect(config: Any, splits: Splits) -> list[str]:
    """Lines for `unroll data sentiment`: format, counts, lengths in words, duplicates, conflicts, bad rows."""
    del config  # the App contract passes it; everything told here is in the splits
    keys = keys_of(splits.parts)
    lines = [
        f"data         {splits.source}{' (synthetic: generated, no real reviews)' if splits.synthetic else ''}",
        f"format       {splits.format}",
        f"classes      {len(splits.labels)}: {_some(splits.labels)}",
    ]
    for name, part in splits.parts.items():
        lines.append(f"{name:<12} {len(part):,} texts ({_class_counts(part, splits.labels)}); {_lengths(part.inputs)}")
    lines.append(f"unlabelled   {len(splits.unlabelled):,} texts{_also_in_test(splits, keys)}")
    empty = [_place(name, part, row) for name, part in splits.parts.items() for row in _empty_rows(part)]
    lines.append(f"empty texts  {len(empty):,}{': ' + _some(empty) if empty else ''}")
    within = repeated_within(keys)
    lines.append("duplicates   " + ", ".join(f"{count:,} within {name}" for name, count in within.items()))
    across = repeated_across(keys)
    told = [f"{count:,} in both {first} and {second}" for (first, second), count in across.items()]
    lines.append("crossing     " + (", ".join(told) if told else "none: no text stands in two splits"))
    lines += _conflict_lines(splits.parts, keys)
    lines.append("bad rows     none (a bad row stops the reading with its file and line)")
    return lines + [f"note         {note}" for note in splits.notes]


def _also_in_test(splits: Splits, keys: Mapping[str, Sequence[bytes]]) -> str:
    count = len({key_of(text) for text in splits.unlabelled} & set(keys.get(TEST, ())))
    return f", {count:,} of them in test" if count else ""


def _conflict_lines(parts: Mapping[str, Examples], keys: Mapping[str, Sequence[bytes]]) -> list[str]:
    found = conflicts(parts, keys)
    lines = [f"conflicts    {len(found):,} equal texts with different labels"]
    lines += [f"             {conflict.first} against {conflict.second}" for conflict in found[:_SHOWN]]
    return lines + (["             ..."] if len(found) > _SHOWN else [])


def _class_counts(part: Examples, labels: Sequence[str]) -> str:
    counts = Counter(part.targets)
    return _some([f"{label} {counts[index]:,}" for index, label in enumerate(labels)], 2 * _SHOWN)


def _lengths(texts: Sequence[str]) -> str:
    if not texts:
        return "no words"
    words = np.array([len(text.split()) for text in texts])
    low, median, high, most = np.percentile(words, [0, 50, 90, 100])
    return f"words min {low:.0f}, median {median:.0f}, p90 {high:.0f}, max {most:,.0f}"


def _empty_rows(part: Examples) -> list[int]:
    return [row for row, text in enumerate(part.inputs) if not text.strip()]


def _place(name: str, part: Examples, row: int) -> str:
    return part.origins[row] if part.origins else f"{name}[{row}]"


def _some(values: Sequence[str], shown: int = _SHOWN) -> str:
    return ", ".join(values[:shown]) + (", ..." if len(values) > shown else "")
