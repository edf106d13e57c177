"""Encoded arrays on disk: written once, memory-mapped afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np

from common.data.ragged import Arrays, Ragged
from common.errors import UserError

_VALUES, _OFFSETS = ".values.npy", ".offsets.npy"


def save_arrays(folder: Path, arrays: Mapping[str, Ragged | np.ndarray]) -> None:
    """Writes each array as `.npy` (a ragged one as two) into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        if isinstance(array, Ragged):
            np.save(folder / (name + _VALUES), array.values)
            np.save(folder / (name + _OFFSETS), array.offsets)
        else:
            np.save(folder / f"{name}.npy", array)


def save_parts(folder: Path, parts: Iterable[Arrays]) -> None:
    """Writes arrays that come in parts as `save_arrays` would write them whole, a part in memory at a time.

    Args:
        folder: is made.
        parts: at least one; the same names, types and shapes but for the number of rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files: dict[str, _Growing] = {}

        def append(name: str, rows: np.ndarray) -> None:
            if name not in files:
                files[name] = stack.enter_context(closing(_Growing(folder / name)))
            files[name].append(rows)

        for part in parts:
            for name, array in part.items():
                if isinstance(array, Ragged):
                    first = name + _VALUES not in files
                    before = 0 if first else files[name + _VALUES].rows
                    append(name + _VALUES, array.values)
                    append(name + _OFFSETS, array.offsets[0 if first else 1 :] + before)
                else:
                    append(f"{name}.npy", array)


class _Growing:
    """A .npy file that rows are added to; NumPy's header leaves room for their number, which is written last.

    Attributes:
        rows: so many so far.
    """

    def __init__(self, path: Path) -> None:
        self.rows = 0
        self._file = open(path, "wb")  # noqa: SIM115
        self._header: dict[str, Any] = {}

    def append(self, rows: np.ndarray) -> None:
        kind = {"descr": np.lib.format.dtype_to_descr(rows.dtype), "fortran_order": False, "shape": rows.shape[1:]}
        if not self._header:
            self._header = kind
            self._write_header()
        elif self._header != kind:
            raise ValueError(f"{self._file.name}: parts differ: {self._header}, {kind}")
        self._file.write(np.ascontiguousarray(rows).data)
        self.rows += len(rows)

    def _write_header(self) -> None:
        shape = (self.rows, *self._header["shape"])
        np.lib.format.write_array_header_1_0(self._file, {**self._header, "shape": shape})

    def close(self) -> None:
        with self._file:
            self._file.seek(0)
            self._write_header()


def load_arrays(folder: Path) -> Arrays:
    """The arrays of a folder, memory-mapped read-only; no pickled objects are ever read.

    Raises:
        UserError: a damaged file, or offsets that do not fit their values (the file is named).
    """
    arrays: Arrays = {}
    for path in sorted(folder.glob("*.npy")):
        if path.name.endswith(_OFFSETS):
            continue
        if path.name.endswith(_VALUES):
            name = path.name.removesuffix(_VALUES)
            arrays[name] = _ragged(path, folder / (name + _OFFSETS))
        else:
            arrays[path.stem] = _mapped(path)
    return arrays


def _mapped(path: Path) -> np.ndarray:
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # a header that declares more than the file holds, an array of objects, other bytes
        raise UserError(
            f"{path}: expected an encoded array, found an error: {error}; delete the folder {path.parent.parent}"
        ) from error


def _ragged(values_path: Path, offsets_path: Path) -> Ragged:
    values, offsets = _mapped(values_path), _mapped(offsets_path)
    fits = offsets.ndim == 1 and offsets.dtype.kind == "i" and len(offsets) and values.ndim
    if not fits or offsets[0] or offsets[-1] != len(values) or (np.diff(offsets) < 0).any():
        raise UserError(
            f"{offsets_path}: expected the rows of {values_path.name}, found others; "
            f"delete the folder {values_path.parent.parent}"
        )
    return Ragged(values, offsets)
