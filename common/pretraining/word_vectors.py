"""Word vectors from a text file (GloVe, word2vec, fastText): the rows that are needed, and nothing else in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from common.errors import UserError
from common.files import require_readable


@dataclass(frozen=True)
class WordVectors:
    """Vectors by word.

    Attributes:
        size: numbers in a vector.
        rows: word -> (size,) float32.
    """

    size: int
    rows: dict[str, np.ndarray] = field(default_factory=dict)

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def table(self, words: Sequence[str], seed: int) -> np.ndarray:
        """(words, size) float32: each word's vector; for the others normal noise as large as the vectors' own values.

        Args:
            words: one a row.
            seed: of the noise.
        """
        spread = float(np.std(np.stack(list(self.rows.values())))) if self.rows else 0.1
        noise = np.random.default_rng(seed).normal(0.0, spread, (len(words), self.size)).astype(np.float32)
        for row, word in enumerate(words):
            if word in self.rows:
                noise[row] = self.rows[word]
        return noise


def read_vectors(
    path: Path, wanted: Collection[str], first: int, fold: Callable[[str], str], expected_size: int
) -> WordVectors:
    """Reads the vectors of the wanted words and of the first words of the file, which are the commonest.

    A line is a word and its numbers between blanks; a first line of two whole numbers (word2vec, fastText) is a header.
    Of words that fold to the same the first in the file counts.

    Args:
        path: the file.
        wanted: folded words to look for.
        first: how many words are taken from the start of the file besides.
        fold: what is done to the file's words before they are looked up.
        expected_size: numbers a vector must have.

    Raises:
        UserError: unreadable, not UTF-8, a vector of another size or with a value that is no finite number (file and
            line named), or no word found.
    """
    rows: dict[str, np.ndarray] = {}
    taken = 0
    for number, line in _lines(path):
        cells = line.rstrip(" \r\n").split(" ")
        if number == 1 and len(cells) == 2 and all(cell.isdecimal() and len(cell) < 20 for cell in cells):
            _require_size(path, number, int(cells[1]), expected_size)
            continue
        if len(cells) == 1 and not cells[0]:
            continue
        if number <= 2 or len(cells) <= expected_size:  # further on a word may hold blanks and make more cells
            _require_size(path, number, len(cells) - 1, expected_size)
        word = fold(" ".join(cells[:-expected_size]))
        if word in rows or not (taken < first or word in wanted):
            continue
        taken += 1
        rows[word] = _numbers(path, number, cells[-expected_size:])
    if not rows:
        raise UserError(f"{path}: expected a word and its vector a line, found none; name another file with --vectors")
    return WordVectors(expected_size, rows)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    require_readable(path, "check --vectors")
    try:
        with open(path, "rb") as file:
            for number, raw in enumerate(file, 1):
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}; check --vectors") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}:{number}: expected UTF-8 text, found another encoding; convert the file") from error


def _require_size(path: Path, line: int, found: int, expected: int) -> None:
    if found != expected:
        raise UserError(
            f"{path}:{line}: expected vectors of {expected} numbers (--embedding {expected}), found {found}; "
            f"give --embedding {found}, or name another file"
        )


def _numbers(path: Path, line: int, cells: Sequence[str]) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):  # infinity is refused below
            vector = np.array([float(cell) for cell in cells], np.float32)
    except ValueError as error:
        raise UserError(f"{path}:{line}: expected numbers, found {error}; mend the line") from error
    if not np.isfinite(vector).all():
        raise UserError(f"{path}:{line}: expected finite numbers, found NaN or infinity; mend the line")
    return vector
