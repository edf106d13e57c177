"""What a data source holds before any splitting, and the names that splits go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from common.data.splits import TEST, TRAIN, VALIDATION, Examples

PART_NAMES = {
    **dict.fromkeys(["train", "training"], TRAIN),
    **dict.fromkeys(["validation", "valid", "val", "dev"], VALIDATION),
    **dict.fromkeys(["test"], TEST),
}


@dataclass(frozen=True)
class Source:
    """What was found, before any splitting.

    Attributes:
        parts: split name -> examples: Records, class names as targets, a group key where the source has one (else an
            empty string); an undivided source is all under `train`.
        format: what it is, in words.
        labels: class names in the data set's order, where it declares one.
        notes: what was left out, and why.
    """

    parts: Mapping[str, Examples]
    format: str
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
