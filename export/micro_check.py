"""A micro model under TensorFlow Lite Micro itself, where an environment with its wheel is given: arena and answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.app import ExportSpec, Outputs
from common.errors import UserError
from export.agreement import compare, describe, passes
from export.gates import Gate
from export.micro import MICRO_TOLERANCES, MicroModel, at_end, litert
from export.micro_files import run_micro
from export.micro_runner import NEXT_STATE, run_row
from export.probes import Probes
from export.rows import STEP, padded_inputs


@dataclass(frozen=True)
class MicroMeasured:
    """What TensorFlow Lite Micro gave.

    Attributes:
        arena_bytes: the smallest in which it starts, on this machine.
        version: of the `tflite-micro` package.
        gate: how far its answers are from Keras' and from those of LiteRT's interpreter.
    """

    arena_bytes: int
    version: str
    gate: Gate


def measured(made: MicroModel, spec: ExportSpec, probes: Probes, expected: Outputs, python: Path) -> MicroMeasured:
    """Runs rows in the environment of `python` and compares the answers at their ends.

    Args:
        made: the model.
        spec: as in `export.micro.to_micro`.
        probes: the rows of the test vectors, and prefixes.
        expected: Keras' outputs for them, padded as on the device.
        python: has `tflite-micro`.

    Raises:
        UserError: Micro refuses the model, crashes, hangs, or answers otherwise.
    """
    rows = [padded_inputs(probes.arrays, spec.inputs, np.array([row])) for row in range(len(probes.lengths))]
    lengths = [int(length) for length in probes.lengths]
    found = run_micro(made, rows, lengths, python)
    invoke = litert(made.data)
    answers = [
        run_row(invoke, made.inputs, made.outputs, row, length) for row, length in zip(rows, lengths, strict=True)
    ]
    allowed, detail = MICRO_TOLERANCES[made.weights], []
    facts: dict[str, Any] = {"arena_bytes": found.arena_bytes}
    for tensor in made.outputs:
        if tensor.name.startswith(NEXT_STATE):
            continue
        values = found.outputs[tensor.name]
        ends = np.stack(
            [
                at_end(tensor, expected[tensor.name][row], length, made.signature == STEP)
                for row, length in enumerate(lengths)
            ]
        )
        references = {"Keras": ends, "LiteRT's interpreter": np.stack([answer[tensor.name][-1] for answer in answers])}
        for whose, reference in references.items():
            result = compare(reference.reshape(values.shape), values)
            if not passes(result, allowed):
                raise UserError(
                    f"--micro-python, gate tflite-micro: expected answers within {allowed.max_absolute:g} of those of "
                    f"{whose}, found that {tensor.name} {describe(result)}; use another --weights"
                )
            detail.append(f"{tensor.name} against {whose} {describe(result)}")
            facts[f"{tensor.name} against {whose}"] = result
    rows_told = f"{len(probes.rows)} test vectors and {probes.prefixes} prefixes"
    arena = f"arena {found.arena_bytes} bytes"
    text = f"tflite-micro {found.version}, {rows_told}, {arena}: {'; '.join(detail)}"
    return MicroMeasured(found.arena_bytes, found.version, Gate("tflite-micro", text, facts))
