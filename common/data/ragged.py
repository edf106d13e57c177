"""Variable-length arrays stored flat: one values array and one offsets array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ragged:
    """Rows of different length, without padding.

    Attributes:
        values: (total, ...) any dtype; the rows one after the other.
        offsets: (rows + 1,) int64; row i is `values[offsets[i]:offsets[i + 1]]`.
    """

    values: np.ndarray
    offsets: np.ndarray

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence | np.ndarray], dtype: np.dtype | type) -> Ragged:
        """Packs rows of shape (length_i, ...)."""
        arrays = [np.asarray(row, dtype) for row in rows]
        lengths = np.fromiter((len(row) for row in arrays), np.int64, len(arrays))
        values = np.concatenate(arrays) if arrays else np.zeros(0, dtype)
        return cls(values, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[row] for row in range(len(self)))

    @property
    def lengths(self) -> np.ndarray:
        """(rows,) int32 lengths."""
        return np.diff(self.offsets).astype(np.int32)

    def take(self, rows: np.ndarray) -> Ragged:
        """The given rows, in that order."""
        return Ragged.from_rows([self[int(row)] for row in rows], self.values.dtype)

    def padded(self, rows: np.ndarray, width: int) -> np.ndarray:
        """(len(rows), width, ...) of the rows, zero beyond each row's length; longer rows are cut at `width`."""
        out = np.zeros((len(rows), width, *self.values.shape[1:]), self.values.dtype)
        for position, row in enumerate(rows):
            values = self[int(row)][:width]
            out[position, : len(values)] = values
        return out


# Encoded examples: model input name -> array with one row per example (padded to the batch when ragged).
Arrays = dict[str, "Ragged | np.ndarray"]


def take(arrays: Arrays, rows: np.ndarray) -> Arrays:
    """The given rows of every array, in that order."""
    return {name: a.take(rows) if isinstance(a, Ragged) else np.asarray(a[rows]) for name, a in arrays.items()}


def row_count(arrays: Arrays) -> int:
    """The number of examples in encoded arrays."""
    return len(next(iter(arrays.values())))
