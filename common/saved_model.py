"""Loads a `.keras` file of unknown origin: none of its code runs, and memory stays in proportion to its size."""

from __future__ import annotations

import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
from keras.src.backend.common import global_state

import common.layers  # noqa: F401  (registers our layers)
from common.data.archives import ALWAYS_ALLOWED, MOST_TIMES, check_archive
from common.errors import UserError

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_FLOAT_BYTES = 4
_WAITING = "uninitialized_variables"  # where Keras keeps those that a scope left without memory


def load_saved(path: Path, advice: str) -> keras.Model:
    """The model of a `.keras` file, not compiled; Keras' safe mode is on.

    Args:
        path: the file.
        advice: what to do about one that cannot be loaded.

    Raises:
        UserError: no such file; an archive that is a bomb or leads out of itself; weights or layers that declare far
            more than they hold; or a model that needs code from elsewhere.
    """
    check_archive(path, "a Keras model")
    try:
        _check_sizes(path)
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # a broken archive fails in many ways, an unknown layer in another
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"{path}: expected a Keras 3 model of standard layers, found an error: {reason}; {advice}"
        ) from error


def _check_sizes(path: Path) -> None:
    """Raises ValueError where a few bytes declare huge arrays: in the HDF5 file or as layers."""
    with zipfile.ZipFile(path) as archive:
        text, raw = archive.read(_CONFIG), archive.read(_WEIGHTS)
    declared = 0

    def add(name: str, item: object) -> None:
        nonlocal declared
        if isinstance(item, h5py.Dataset):
            declared += math.prod(item.shape) * item.dtype.itemsize

    with h5py.File(io.BytesIO(raw), "r") as file:
        file.visititems(add)
    if declared > max(ALWAYS_ALLOWED, MOST_TIMES * len(raw)):
        raise ValueError(f"weights of {len(raw):,} bytes declare {declared:,}")
    waiting = list(global_state.get_global_attribute(_WAITING) or ())
    try:
        with keras.StatelessScope(initialize_variables=False):  # shapes, no memory
            variables = keras.saving.deserialize_keras_object(_plain(json.loads(text)), safe_mode=True).variables
    except ValueError as error:
        if "stateless scope" not in str(error):
            raise
        return  # a layer that makes a variable from a value: what it needs is seen when it is built
    finally:
        global_state.set_global_attribute(_WAITING, waiting)  # else Keras makes them all in the next such scope
    wanted = sum(math.prod(variable.shape) * _FLOAT_BYTES for variable in variables)
    if wanted > max(ALWAYS_ALLOWED, MOST_TIMES * len(raw)):
        raise ValueError(f"layers of {wanted:,} bytes have weights of {len(raw):,}")


def _plain(config: Any) -> Any:
    """A saved configuration without what makes variables from values: optimisers, states kept between batches."""
    if isinstance(config, list):
        return [_plain(value) for value in config]
    if not isinstance(config, dict):
        return config
    left_out = {"compile_config": None, "stateful": False}
    return {name: left_out.get(name, _plain(value)) for name, value in config.items()}
