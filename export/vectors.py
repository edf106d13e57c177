"""Test vectors: raw input -> tensors -> Keras' output -> decoded answer, for a device to check itself against."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from common.app import ExportSpec, Outputs
from common.data.ragged import Arrays, Ragged
from export.rows import LENGTHS, static_timesteps

if TYPE_CHECKING:
    from export.probes import Probes

EXACT, _FLOAT32_DIGITS = 17, 9  # significant digits that give a float64, a float32 back
# Raw inputs, outputs -> one answer per input: JSON values, or dataclasses of them.
Decode = Callable[[Sequence[Any], Outputs], Sequence[Any]]


def vectors(
    probes: Probes,
    outputs: Outputs,
    spec: ExportSpec,
    timed: Collection[str],
    raw_inputs: Sequence[Any] | None,
    decode: Decode | None,
) -> list[dict[str, Any]]:
    """One entry per real row of the probes.

    Args:
        probes: the rows; prefixes made for a gate are left out.
        outputs: Keras' outputs for `probes.arrays`.
        spec: names the inputs and outputs.
        timed: outputs with a time axis, cut at the row's length.
        raw_inputs: the raw input of every row of the caller's arrays, where there are any.
        decode: raw inputs and outputs -> answers.
    """
    count, static = len(probes.rows), static_timesteps(spec.inputs)
    real = {name: np.asarray(outputs[name][:count]) for name in spec.outputs}
    raw = None if raw_inputs is None else [raw_inputs[int(row)] for row in probes.rows]
    answers = None if raw is None or decode is None else decode(raw, real)
    entries = []
    for row in range(count):
        entry: dict[str, Any] = {} if raw is None else {"raw": jsonable(raw[row], EXACT)}
        entry["inputs"] = {name: _row(probes.arrays, name, row, int(probes.lengths[row])) for name in spec.inputs}
        entry["outputs"] = {}
        for name, values in real.items():
            stride = max(1, static // values.shape[1]) if name in timed else 1
            steps = -(-int(probes.lengths[row]) // stride)
            entry["outputs"][name] = jsonable(values[row][:steps] if name in timed else values[row])
        if answers is not None:
            entry["decoded"] = jsonable(answers[row])
        entries.append(entry)
    return entries


def _row(arrays: Arrays, name: str, row: int, length: int) -> Any:
    if name not in arrays and name == LENGTHS:
        return length
    value = arrays[name]
    return jsonable(value[row] if isinstance(value, Ragged) else np.asarray(value)[row])


def jsonable(value: Any, digits: int = 7) -> Any:
    """JSON values of what a raw input or an answer is made of; floats of arrays at so many significant digits.

    What JSON cannot hold becomes its `repr`, so that a reader at least sees it.

    Args:
        value: of arrays, dataclasses, named tuples (both become objects), lists and plain values.
        digits: int.
    """
    if isinstance(value, np.ndarray | np.generic):
        return _numbers(value.tolist(), digits if value.dtype != np.float32 else min(digits, _FLOAT32_DIGITS))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name), digits) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {str(key): jsonable(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item, digits) for item in value]
    if isinstance(value, float):
        return _numbers(value, digits)
    return value if value is None or isinstance(value, str | int | bool) else repr(value)


def _numbers(value: Any, digits: int) -> Any:
    if isinstance(value, list):
        return [_numbers(item, digits) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if np.isfinite(value) else repr(value)
    return value
