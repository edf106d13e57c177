"""Encoded rows -> the padded arrays of a model's inputs. NumPy only: the runtime and the Keras side share it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from common.app import InputSpec
from common.data.ragged import Arrays, Ragged, row_count
from common.errors import UserError

# The signatures of a converted model, and the input that carries the number of valid timesteps.
SIGNATURE = "run"
STEP = "step"
# Names of a step's state inputs and outputs: `state_0`, `state_1`, ... and `next_state_0`, ...
STATE, NEXT_STATE = "state_", "next_state_"
LENGTHS = "lengths"
# Keras batches are padded to a multiple of this.
MULTIPLE = 32


def signature_name(name: str) -> str:
    """A tensor's name as signatures spell it: letters, digits and underscores."""
    return re.sub(r"\W", "_", name)


def bucket(length: int) -> int:
    """The width of a batch whose longest row has `length` timesteps."""
    return max(MULTIPLE, -(-length // MULTIPLE) * MULTIPLE)


def padded_inputs(
    arrays: Arrays, inputs: Mapping[str, InputSpec], rows: np.ndarray, width: int | None = None
) -> dict[str, np.ndarray]:
    """The model's inputs for some rows.

    Args:
        arrays: encoded examples; `lengths` may be absent where another input is ragged.
        inputs: the model's inputs.
        rows: (n,) row numbers.
        width: the padded length of ragged inputs; their static first dimension by default.

    Returns:
        input name -> (n, width, ...) or (n, ...) of the input's dtype, filled with the input's fill value.

    Raises:
        UserError: an input is missing, or a row does not fit its static shape.
    """
    found = {}
    for name, item in inputs.items():
        value = arrays.get(name)
        if value is None and name == LENGTHS:
            value = _lengths(arrays, inputs)
        if value is None:
            raise UserError(
                f"expected the encoded input {name}, found {', '.join(arrays)}; encode with the bundle's spec"
            )
        if isinstance(value, Ragged):
            found[name] = _padded(name, value, item, rows, width)
            continue
        if value.shape[1:] != item.shape and (width is None or value.ndim != len(item.shape) + 1):
            raise UserError(f"{name}: expected rows of shape {item.shape}, found {value.shape[1:]}; encode them again")
        found[name] = np.ascontiguousarray(value[rows], dtype=item.dtype)
    return found


def static_timesteps(inputs: Mapping[str, InputSpec]) -> int:
    """The static length: the longest first dimension of an input."""
    return max((item.shape[0] for item in inputs.values() if item.shape), default=1)


def has_common_time_axis(arrays: Arrays, inputs: Mapping[str, InputSpec]) -> bool:
    """Whether ragged inputs are there and share one static length, so that a batch can be padded to less."""
    ragged = {item.shape[0] for name, item in inputs.items() if isinstance(arrays.get(name), Ragged)}
    plain = [item for name, item in inputs.items() if name in arrays and not isinstance(arrays[name], Ragged)]
    return len(ragged) == 1 and not any(item.shape and item.shape[0] in ragged for item in plain)


def longest(arrays: Arrays, inputs: Mapping[str, InputSpec]) -> np.ndarray:
    """(rows,) int64: valid timesteps per row, from `lengths`, else the longest ragged input, else the static length."""
    given = arrays.get(LENGTHS)
    if LENGTHS in inputs and isinstance(given, np.ndarray):
        return given.astype(np.int64)
    parts = [value.lengths for name, value in arrays.items() if name in inputs and isinstance(value, Ragged)]
    if not parts:
        return np.full(row_count(arrays), static_timesteps(inputs), np.int64)
    return np.asarray(np.max(parts, axis=0), np.int64)


def _padded(name: str, value: Ragged, item: InputSpec, rows: np.ndarray, width: int | None) -> np.ndarray:
    static = item.shape[0]
    lengths = value.lengths[rows]
    if len(lengths) and int(lengths.max()) > static:
        raise UserError(
            f"{name}: expected at most {static} timesteps, found {int(lengths.max())}; truncate when encoding"
        )
    width = static if width is None else min(width, static)
    out = np.full((len(rows), width, *item.shape[1:]), item.fill, item.dtype)
    for position, row in enumerate(rows):
        out[position, : lengths[position]] = value[int(row)]
    return out


def _lengths(arrays: Arrays, inputs: Mapping[str, InputSpec]) -> np.ndarray | None:
    ragged = [value for name, value in arrays.items() if name in inputs and isinstance(value, Ragged)]
    return ragged[0].lengths if ragged else None
