"""What a data source holds before any splitting, and the names that splits go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from common.data.splits import TEST, TRAIN, VALIDATION, Examples

UNLABELLED = "unlabelled"
UNLABELLED_NAMES = ("unsup", "unsupervised", "unlabelled", "unlabeled")
PART_NAMES = {
    **dict.fromkeys(["train", "training"], TRAIN),
    **dict.fromkeys(["validation", "valid", "val", "dev"], VALIDATION),
    **dict.fromkeys(["test"], TEST),
    **dict.fromkeys(UNLABELLED_NAMES, UNLABELLED),
}


@dataclass(frozen=True)
class Source:
    """What was found, before any splitting.

    Attributes:
        parts: split name -> examples with class names as targets; an undivided source is all under `train`.
        format: what it is, in words.
        undivided: True when nothing in the source says which examples are for what.
        unlabelled: texts without a label.
        labels: class names in the data set's order, where it declares one.
        notes: what was left out, and why.
    """

    parts: Mapping[str, Examples]
    format: str
    undivided: bool = False
    unlabelled: Sequence[str] = ()
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
