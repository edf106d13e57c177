"""A micro model under TensorFlow Lite Micro itself, where an environment with its wheel is given: arena and answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.app import ExportSpec
from common.data.ragged import Arrays
from common.errors import UserError
from export.gates import Gate
from export.micro import MICRO_TOLERANCES, MicroModel, litert
from export.micro_files import run_micro
from export.micro_runner import NEXT_STATE, run_row
from export.probes import pick
from export.rows import padded_inputs

_ROWS = 16


@dataclass(frozen=True)
class MicroMeasured:
    """What TensorFlow Lite Micro gave.

    Attributes:
        arena_bytes: that it used, on this machine.
        version: of the `tflite-micro` package.
        gate: how far its answers are from those of LiteRT's interpreter, which were compared with Keras.
    """

    arena_bytes: int
    version: str
    gate: Gate


def measured(made: MicroModel, spec: ExportSpec, arrays: Arrays, python: Path) -> MicroMeasured:
    """Runs some rows in the environment of `python`.

    Raises:
        UserError: Micro refuses the model, crashes, hangs, or answers otherwise.
    """
    probes = pick(arrays, spec, _ROWS)
    rows = [padded_inputs(probes.arrays, spec.inputs, np.array([row])) for row in range(len(probes.lengths))]
    lengths = [int(length) for length in probes.lengths]
    found = run_micro(made, rows, lengths, python)
    invoke = litert(made.data)
    answers = [
        run_row(invoke, made.inputs, made.outputs, row, length) for row, length in zip(rows, lengths, strict=True)
    ]
    allowed, largest = MICRO_TOLERANCES[made.weights].max_absolute, 0.0
    for name, values in found.outputs.items():
        if not name.startswith(NEXT_STATE):
            expected = np.stack([answer[name][-1] for answer in answers]).reshape(values.shape)
            largest = max(largest, float(np.abs(values.astype(np.float64) - expected).max(initial=0.0)))
    if not largest <= allowed:
        raise UserError(
            f"--micro-python, gate tflite-micro: expected answers within {allowed:g} of LiteRT's, found {largest:g}; "
            "use another --weights"
        )
    detail = (
        f"tflite-micro {found.version}, {len(rows)} rows: arena {found.arena_bytes} bytes, answers within "
        f"{largest:.2g} of LiteRT's interpreter"
    )
    gate = Gate("tflite-micro", detail, {"arena_bytes": found.arena_bytes, "max_absolute": largest})
    return MicroMeasured(found.arena_bytes, found.version, gate)
