"""What a person should know of tagged data before training on it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from common.data.splits import TRAIN, Examples, Splits
from common.preprocessing.tag_schemes import spans


def inspect(config: Any, splits: Splits) -> list[str]:
    """Lines for `unroll data ner`: format, counts by type, lengths, duplicates, names and words new to training."""
    del config  # the App contract passes it; everything told here is in the splits
    lines = [
        f"data         {splits.source}{' (synthetic: generated, no real text)' if splits.synthetic else ''}",
        f"format       {splits.format}",
        f"types        {len(splits.labels)}: {', '.join(splits.labels)}",
    ]
    train_words = {word for sentence in splits[TRAIN].inputs for word in sentence.words}
    train_names = set(_names(splits[TRAIN]))
    for name, part in splits.items():
        lines.append(f"{name:<12} {len(part):,} sentences; {_lengths(part)}; {_types(part)}")
        if name != TRAIN:
            words = [word for sentence in part.inputs for word in sentence.words]
            names = _names(part)
            new_words, new_names = (sum(w not in train_words for w in words), sum(n not in train_names for n in names))
            lines.append(
                f"             new to training: {new_words / max(1, len(words)):.1%} of the words, "
                f"{new_names / max(1, len(names)):.1%} of the entities"
            )
    repeated = {name: len(part) - len({s.words for s in part.inputs}) for name, part in splits.items()}
    lines.append("duplicates   " + ", ".join(f"{count:,} within {name}" for name, count in repeated.items()))
    lines.append("bad lines    none (a bad line stops the reading with its file and number)")
    return lines + [f"note         {note}" for note in splits.notes]


def _names(part: Examples) -> list[str]:
    return [
        " ".join(sentence.words[start:end])
        for sentence, tags in zip(part.inputs, part.targets, strict=True)
        for start, end, _ in spans(tags)
    ]


def _lengths(part: Examples) -> str:
    if not len(part):
        return "no words"
    words = np.array([len(sentence.words) for sentence in part.inputs])
    median, high, most = np.percentile(words, [50, 90, 100])
    return f"{words.sum():,} words, median {median:.0f}, p90 {high:.0f}, max {most:,.0f}"


def _types(part: Examples) -> str:
    counts = Counter(span.type for tags in part.targets for span in spans(tags))
    return f"{counts.total():,} entities ({', '.join(f'{kind} {count:,}' for kind, count in sorted(counts.items()))})"
