"""Variable-length arrays stored flat: one values array and one offsets array."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import numpy as np

_Item = TypeVar("_Item")

_PART = 1024  # inputs encoded at a time, where not all are wanted at once
_BLOCK = 4096  # rows that are arrays of their own at a time, while rows are packed


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
        """Packs rows of shape (length_i, ...), made one by one and never all there beside `values`."""
        lengths, blocks = array("q"), []
        for block in batched((np.asarray(row, dtype) for row in rows), _BLOCK):
            lengths.extend(map(len, block))
            blocks.append(np.concatenate(block))
        values = _emptied(blocks) if blocks else np.zeros(0, dtype)
        return cls(values, np.concatenate([[0], np.cumsum(np.asarray(lengths))]).astype(np.int64))

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

    def span(self, start: int, stop: int) -> Ragged:
        """Consecutive rows, whose values are a view."""
        offsets = self.offsets[start : stop + 1]
        return Ragged(self.values[offsets[0] : offsets[-1]], offsets - offsets[0])

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


def _emptied(blocks: list[np.ndarray]) -> np.ndarray:
    """The blocks one after the other; the list is emptied, each block given back as soon as it is copied."""
    if len(blocks) == 1:
        return blocks.pop()
    values = np.empty((sum(map(len, blocks)), *blocks[0].shape[1:]), blocks[0].dtype)
    blocks.reverse()
    start = 0
    while blocks:
        block = blocks.pop()
        values[start : start + len(block)] = block
        start += len(block)
    return values


def batched(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Lists of `size` consecutive items, the last one shorter (itertools has it from Python 3.12 on)."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


# Encoded examples: model input name -> array with one row per example (padded to the batch when ragged).
Arrays = dict[str, "Ragged | np.ndarray"]


def take(arrays: Arrays, rows: np.ndarray) -> Arrays:
    """The given rows of every array, in that order."""
    return {name: a.take(rows) if isinstance(a, Ragged) else np.asarray(a[rows]) for name, a in arrays.items()}


def in_parts(encode: Callable[[Sequence[Any]], Arrays], inputs: Sequence[Any], size: int = _PART) -> Iterator[Arrays]:
    """Encodes `size` inputs at a time: one part at least, also of no inputs."""
    for start in range(0, max(1, len(inputs)), size):
        yield encode(inputs[start : start + size])


def joined(parts: Iterable[Arrays]) -> Arrays:
    """One set of arrays out of parts, at least one, with the same names."""
    several = list(parts)
    if len(several) == 1:
        return several[0]
    return {name: _joined([part[name] for part in several]) for name in several[0]}


def _joined(arrays: list[Ragged | np.ndarray]) -> Ragged | np.ndarray:
    ragged = [array for array in arrays if isinstance(array, Ragged)]
    if not ragged:
        return np.concatenate([array for array in arrays if not isinstance(array, Ragged)])
    ends = np.cumsum([0, *(len(array.values) for array in ragged)])
    offsets = [array.offsets[1:] + end for array, end in zip(ragged, ends, strict=False)]
    return Ragged(np.concatenate([array.values for array in ragged]), np.concatenate([[0], *offsets]).astype(np.int64))


def row_count(arrays: Arrays) -> int:
    """The number of examples in encoded arrays."""
    return len(next(iter(arrays.values())))
