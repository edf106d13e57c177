"""Encoded arrays on disk: written once, memory-mapped afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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
