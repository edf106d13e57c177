"""What a data source holds before any splitting, and which file is for what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from apps.ner.tagged import Tagged
from common.data.splits import TEST, TRAIN, VALIDATION

# Searched in this order in a file's name: `eng.testa` is for validation, `emerging.test.annotated` for test.
_NAMES = (
    (TRAIN, re.compile(r"train(ing)?(?![a-z])")),
    (VALIDATION, re.compile(r"(?<![a-z])(testa|dev(el)?|valid(ation)?|val)(?![a-z])")),
    (TEST, re.compile(r"(?<![a-z])(testb|test)(?![a-z])")),
)
_OTHER_FILES = (".md", ".gz", ".zip", ".tgz", ".bz2", ".xz", ".py", ".pdf", ".html", ".png", ".sha256")


@dataclass(frozen=True)
class Source:
    """What was found, before any splitting.

    Attributes:
        parts: split name -> sentences; an undivided source is all under `train`.
        format: what it is, in words.
        undivided: True when nothing in the source says which sentences are for what.
        notes: what was repaired or left out.
    """

    parts: Mapping[str, Tagged]
    format: str
    undivided: bool = False
    notes: tuple[str, ...] = ()


def part_of(path: Path) -> tuple[str, str]:
    """(split, family) by a file's name: (`validation`, `eng.*`) of `eng.testa`; the split is empty for other names."""
    name = path.name.lower()
    if name.startswith((".", "readme", "origin")) or path.suffix.lower() in _OTHER_FILES:
        return "", ""
    for part, pattern in _NAMES:
        match = pattern.search(name)
        if match:
            return part, name[: match.start()] + "*" + name[match.end() :]
    return "", ""
