"""What a person should know of the data before training on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from common.data.splits import TRAIN, Examples, Splits
from common.preprocessing.ink import InkSettings, encode_ink

_MEASURED = 300  # examples whose number of timesteps is counted, spread over a split
_SHOWN = 8


def inspect(config: Any, splits: Splits) -> list[str]:
    """Lines for `unroll data handwriting`: format, task, counts, sizes, characters, odd examples."""
    train = splits[TRAIN]
    task = f"single characters of {len(splits.labels)} classes" if splits.labels else "lines of text"
    lines = [
        f"data         {splits.source}{' (synthetic: written by a pen model)' if splits.synthetic else ''}",
        f"format       {splits.format}",
        f"task         {task}; {'images' if isinstance(train.inputs[0], np.ndarray) else 'ink'}",
    ]
    for name, part in splits.parts.items():
        lines.append(f"{name:<12} {len(part):,} examples; {_sizes(config, splits, part)}")
    if splits.labels:
        counts = Counter(train.targets)
        shares = [f"{label} {counts[index]:,}" for index, label in enumerate(splits.labels)]
        lines.append(f"classes      {', '.join(shares[: 5 * _SHOWN])}{', ...' if len(shares) > 5 * _SHOWN else ''}")
    else:
        known = set().union(*map(set, train.targets))
        lines.append(f"characters   {len(known)}: {''.join(sorted(known))}")
        lines += _unknown(splits, known)
        lines += _repeated(splits)
    lines += _odd(splits)
    lines.append("bad rows     none (a bad example stops the reading with its file)")
    return lines + [f"note         {note}" for note in splits.notes]


def _sizes(config: Any, splits: Splits, part: Examples) -> str:
    some = [part.inputs[row] for row in np.linspace(0, len(part) - 1, min(_MEASURED, len(part))).astype(int)]
    told = []
    if isinstance(some[0], np.ndarray):
        told.append(f"width {_spread([image.shape[1] for image in some])}, height {_spread([len(i) for i in some])}")
    else:
        settings = InkSettings(config.step or 0.45, max_timesteps=config.max_timesteps)
        if splits.labels:
            settings = InkSettings(config.step or 0.2, scale_by="size", deskew=False)
        told.append(f"points {_spread([sum(map(len, ink)) for ink in some])}")
        told.append(f"timesteps {_spread([len(encode_ink(ink, settings)) for ink in some])}")
    if not splits.labels:
        told.append(f"characters {_spread([len(text) for text in part.targets])}")
    return "; ".join(told)


def _spread(numbers: Sequence[int]) -> str:
    low, median, high = np.percentile(numbers, [0, 50, 100])
    return f"{low:.0f}-{high:.0f} (median {median:.0f})"


def _unknown(splits: Splits, known: set[str]) -> list[str]:
    """Characters that no training text has: they can never be recognised, and count as errors."""
    lines = []
    for name, part in splits.parts.items():
        strange = Counter(c for text in part.targets for c in text if c not in known)
        if strange:
            told = ", ".join(f"{c!r} {count}" for c, count in strange.most_common(_SHOWN))
            lines.append(f"unknown      {name} has characters that train does not: {told}")
    return lines


def _repeated(splits: Splits) -> list[str]:
    train = set(splits[TRAIN].targets)
    shared = {name: sum(text in train for text in part.targets) for name, part in splits.parts.items() if name != TRAIN}
    return ["same texts   " + ", ".join(f"{count:,} texts of {name} also in train" for name, count in shared.items())]


def _odd(splits: Splits) -> list[str]:
    dots, back = [], []
    for name, part in splits.parts.items():
        for row, ink in enumerate(part.inputs):
            if isinstance(ink, np.ndarray):
                return []
            place = part.origins[row] if part.origins else f"{name}[{row}]"
            if sum(map(len, ink)) == 1:
                dots.append(place)
            if ink[0].shape[1] > 2 and (np.diff(np.concatenate([stroke[:, 2] for stroke in ink])) < 0).any():
                back.append(place)
    return [
        f"one point    {len(dots):,} examples{_some(dots)}",
        f"time         runs backwards in {len(back):,} examples{_some(back)}; it stands still there instead",
    ]


def _some(places: Sequence[str]) -> str:
    return f": {', '.join(places[:3])}{', ...' if len(places) > 3 else ''}" if places else ""
