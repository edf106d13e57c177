"""Picks the encoded rows on which Keras and the converted model are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.app import ExportSpec
from common.data.ragged import Arrays, Ragged, row_count
from common.errors import UserError
from export.rows import LENGTHS, longest, static_timesteps

# A gate wants at least this many different lengths where lengths vary, 1 and the static length among them.
DIFFERENT_LENGTHS = 8


@dataclass(frozen=True)
class Probes:
    """Encoded rows to compare on.

    Attributes:
        arrays: the model's inputs for those rows, real rows first.
        rows: the row numbers in the caller's arrays of the real rows.
        lengths: (n,) valid timesteps of every row in `arrays`.
        prefixes: how many rows at the end were cut from the longest real row, or fill the static length by repeating
            it, to reach enough different lengths.
    """

    arrays: Arrays
    rows: np.ndarray
    lengths: np.ndarray
    prefixes: int


def pick(arrays: Arrays, spec: ExportSpec, count: int) -> Probes:
    """Rows of as many different lengths as `count` allows, the shortest and the longest always among them.

    Raises:
        UserError: there are no rows.
    """
    arrays = {name: value for name, value in arrays.items() if name in spec.inputs}
    if not arrays or row_count(arrays) == 0:
        raise UserError(
            "expected encoded examples to check the converted model with, found none; give a split with rows"
        )
    lengths = longest(arrays, spec.inputs)
    different, first = np.unique(lengths, return_index=True)
    chosen = first[_spread(len(different), count)]
    others = np.setdiff1d(np.arange(len(lengths)), chosen)
    if len(chosen) < count and len(others):
        chosen = np.concatenate([chosen, others[_spread(len(others), count - len(chosen))]])
    rows = np.sort(chosen)
    picked: Arrays = {name: _take(value, rows) for name, value in arrays.items()}
    cuts = _cuts(arrays, spec, different)
    if len(cuts):
        picked = {name: _with_prefixes(picked[name], arrays[name], int(np.argmax(lengths)), cuts) for name in picked}
    return Probes(picked, rows, np.concatenate([lengths[rows], cuts]).astype(np.int64), len(cuts))


def _spread(size: int, count: int) -> np.ndarray:
    """At most `count` different positions below `size`, evenly spread, both ends among them."""
    return np.unique(np.linspace(0, size - 1, min(size, count)).round().astype(np.int64))


def _take(value: Ragged | np.ndarray, rows: np.ndarray) -> Ragged | np.ndarray:
    return value.take(rows) if isinstance(value, Ragged) else value[rows]


def _cuts(arrays: Arrays, spec: ExportSpec, different: np.ndarray) -> np.ndarray:
    """Lengths to cut the longest row at, or to repeat it to: one, the static length, and enough between them."""
    ragged = [value for value in arrays.values() if isinstance(value, Ragged)]
    alike = all(np.array_equal(value.offsets, ragged[0].offsets) for value in ragged)
    if LENGTHS not in spec.inputs or not ragged or not alike:
        return np.zeros(0, np.int64)
    static = static_timesteps(spec.inputs)
    wanted = np.array([1, static])
    if len(different) < DIFFERENT_LENGTHS:
        wanted = np.unique(np.linspace(1, static, 2 * DIFFERENT_LENGTHS).astype(np.int64))
    return np.setdiff1d(wanted, different)


def _with_prefixes(
    picked: Ragged | np.ndarray, source: Ragged | np.ndarray, row: int, cuts: np.ndarray
) -> Ragged | np.ndarray:
    """Appends rows of the wanted lengths to a ragged input; `lengths` (the only plain one that varies) gets them."""
    if isinstance(source, Ragged) and isinstance(picked, Ragged):
        whole = source[row]
        made = [np.resize(whole, (cut, *whole.shape[1:])) for cut in cuts]
        return Ragged.from_rows([*picked, *made], source.values.dtype)
    assert isinstance(source, np.ndarray) and isinstance(picked, np.ndarray)
    more = cuts.astype(source.dtype) if source.ndim == 1 else np.repeat(source[row : row + 1], len(cuts), axis=0)
    return np.concatenate([picked, more])
