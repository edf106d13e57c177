"""The UCI molecular biology files as they are: `class, name, sequence` lines of splice junctions and of promoters."""

from __future__ import annotations

import re
from pathlib import Path

from common.data.splits import Examples
from common.errors import UserError
from common.preprocessing.nucleotides import Record, checked_length, clean

_LINE = re.compile(r"\s*([^\s,]+)\s*,\s*([^\s,]+)\s*,\s*([A-Za-z]+)\s*")


def is_uci(line: str) -> bool:
    """Whether a file that begins with this line is one of them: three fields, the last all nucleotide letters."""
    match = _LINE.fullmatch(line)
    return bool(match) and len(match[3]) >= 20 and set(match[3].upper()) <= set("ACGTUNRYSWKMBDHV")  # type: ignore[index]


def parse(text: str, path: Path) -> Examples:
    """Records with their classes; the group is the name up to its first `-` (the gene of a splice junction).

    Raises:
        UserError: a line of another form, or a letter that is no nucleotide.
    """
    records, labels, origins, groups = [], [], [], []
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        match = _LINE.fullmatch(content)
        if match is None:
            raise UserError(f"{path}:{line}: expected `class, name, sequence`, found {content[:40]!r}; mend the line")
        label, name, letters = match.groups()
        place = f"{path}:{line}: record {name}"
        records.append(Record(name, checked_length(clean(letters, place), place)))
        labels.append(label)
        origins.append(f"{path}:{line}")
        groups.append(name.partition("-")[0])
    return Examples(records, labels, origins, groups)
