"""Encoded arrays on disk: written once, memory-mapped afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from common.data.ragged import Arrays, Ragged

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
    """The arrays of a folder, memory-mapped read-only; no pickled objects are ever read."""
    arrays: Arrays = {}
    for path in sorted(folder.glob("*.npy")):
        if path.name.endswith(_OFFSETS):
            continue
        if path.name.endswith(_VALUES):
            name = path.name.removesuffix(_VALUES)
            offsets = np.load(folder / (name + _OFFSETS), mmap_mode="r")
            arrays[name] = Ragged(np.load(path, mmap_mode="r"), offsets)
        else:
            arrays[path.stem] = np.load(path, mmap_mode="r")
    return arrays
