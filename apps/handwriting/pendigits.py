"""Rows of UCI pendigits: eight points a digit and its class (Alpaydin and Alimoglu, 1998).

`x1,y1,...,x8,y8,class`, y growing upwards; `pendigits.tra` was written by thirty people, `pendigits.tes` by fourteen
others. Rows of other lengths are read too: any number of points, then a class.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from apps.handwriting.source import Source
from common.data.ink.strokes import ink_of
from common.data.splits import TEST, TRAIN, Examples
from common.errors import UserError
from common.files import read_text

_PARTS = {".tra": TRAIN, ".tes": TEST}
_ROWS_OF_A_WRITER = 250  # each of the writers gave 250 digits, which stand together in the files


def find(path: Path) -> dict[str, Path]:
    """Split name -> file, of `*.tra` and `*.tes` in a folder or of one such file; empty without."""
    files = sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
    return {_PARTS[file.suffix]: file for file in files if file.suffix in _PARTS}


def read(files: dict[str, Path]) -> Source:
    """Reads the files of `find`; targets are the classes as texts.

    Raises:
        UserError: a row that is not numbers and a class (file and line named).
    """
    parts = {part: read_rows(path) for part, path in files.items()}
    groups = {
        part: [f"{part} {row // _ROWS_OF_A_WRITER}" for row in range(len(found))] for part, found in parts.items()
    }
    classes = tuple(sorted(set().union(*(found.targets for found in parts.values()))))
    named = ", ".join(path.name for path in files.values())
    by = f"run of {_ROWS_OF_A_WRITER} neighbouring row"
    return Source(parts, f"pendigits rows ({named})", groups, by, classes=classes, undivided=len(parts) == 1)


def read_rows(path: Path) -> Examples:
    """The rows of one file."""
    inks, targets, origins = [], [], []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        cells = [cell.strip() for cell in line.replace(";", ",").split(",")]
        try:
            values = [float(cell) for cell in cells[:-1]]
        except ValueError:
            values = []
        if len(values) < 2 or len(values) % 2 or not cells[-1] or not all(map(math.isfinite, values)):
            raise UserError(
                f"{place}: expected x1,y1,...,class with finite numbers, found {line[:60]!r}; correct the row"
            )
        points = np.array(values).reshape(-1, 2) * [1.0, -1.0]  # y downwards, as everywhere here
        inks.append(ink_of([points], place))
        targets.append(cells[-1])
        origins.append(place)
    if not inks:
        raise UserError(f"{path}: expected rows of numbers, found an empty file; check it")
    return Examples(inks, targets, origins)
