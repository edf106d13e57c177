"""When two texts count as the same, and how many do, within a split and across splits."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from common.data.splits import Examples, text_key

_RUN = 4  # words in a run; shorter ones recur by chance


def normalised(text: str) -> str:
    """The text by which duplicates are found: NFC, case folded, white space collapsed."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.casefold().split())


class Conflict(NamedTuple):
    """Two equal texts with different targets, by their places (`file:line`, or `split[row]`)."""

    first: str
    second: str


def key_of(text: str) -> bytes:
    """The same for texts that count as equal, different for others."""
    return text_key(normalised(text))


def keys_of(parts: Mapping[str, Examples]) -> dict[str, list[bytes]]:
    """The key of each text of each split, in order."""
    return {name: [key_of(text) for text in part.inputs] for name, part in parts.items()}


def repeated_within(keys: Mapping[str, Sequence[bytes]]) -> dict[str, int]:
    """Per split: rows whose text stood in an earlier row of the same split."""
    return {name: len(texts) - len(set(texts)) for name, texts in keys.items()}


def repeated_across(keys: Mapping[str, Sequence[bytes]]) -> dict[tuple[str, str], int]:
    """Per pair of splits: distinct texts that both hold; pairs without one are left out."""
    distinct = {name: set(texts) for name, texts in keys.items()}
    counts = {(a, b): len(distinct[a] & distinct[b]) for a, b in combinations(distinct, 2)}
    return {pair: count for pair, count in counts.items() if count}


def conflicts(parts: Mapping[str, Examples], keys: Mapping[str, Sequence[bytes]]) -> list[Conflict]:
    """Equal texts whose targets differ, one entry per distinct text, over all splits in order."""
    seen: dict[bytes, tuple[object, str]] = {}
    found: dict[bytes, Conflict] = {}
    for name, part in parts.items():
        for row, (key, target) in enumerate(zip(keys[name], part.targets, strict=True)):
            place = part.origins[row] if part.origins else f"{name}[{row}]"
            first_target, first_place = seen.setdefault(key, (target, place))
            if first_target != target and key not in found:
                found[key] = Conflict(first_place, place)
    return list(found.values())


def contained_share(texts: Sequence[str], within: Sequence[str], sample: int = 500) -> float:
    """Share of `texts` made up of word runs that all stand in `within`: phrases cut from the same sentences.

    Looks at up to `sample` evenly spaced texts of four words or more, by runs of four words.
    """
    long_enough = [words for words in (normalised(text).split() for text in texts) if len(words) >= _RUN]
    chosen = long_enough[:: max(1, len(long_enough) // sample)]
    if not chosen:
        return 0.0
    runs = [{tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)} for words in chosen]
    missing = set().union(*runs)
    for text in within:
        words = normalised(text).split()
        missing.difference_update(zip(words, words[1:], words[2:], words[3:], strict=False))
    return sum(run.isdisjoint(missing) for run in runs) / len(runs)
