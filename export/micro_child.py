"""Runs a model under the `tflite-micro` wheel; a script for a Python that has that wheel and NumPy, nothing else.

It stands beside `micro_runner.py` and is started with the folder that `export.micro_files.run_micro` filled.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from micro_runner import MicroTensor, run_row  # beside this script
from tflite_micro import runtime  # in another environment

_ALIGNMENT = 16


def main(folder: Path) -> None:
    """Writes outputs.npz, version.txt and arena.txt, the bytes of the smallest arena that does."""
    given, model = json.loads((folder / "tensors.json").read_text()), folder / "model.tflite"
    with np.load(folder / "rows.npz") as columns:
        rows = [{name: columns[name][row] for name in columns.files} for row in range(len(given["lengths"]))]
    # in ten times the file's bytes: where Micro refuses the model itself, this says so
    answers(runtime.Interpreter.from_file(str(model)), given, rows[:1])
    arena_bytes = smallest_arena(model)
    found = answers(runtime.Interpreter.from_file(str(model), arena_size=arena_bytes), given, rows)
    np.savez(folder / "outputs.npz", **found)
    (folder / "version.txt").write_text(metadata.version("tflite-micro"))
    (folder / "arena.txt").write_text(str(arena_bytes))


def answers(interpreter: Any, given: Mapping[str, Any], rows: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Any]:
    """Output name -> (rows, ...) of the last step of each row."""
    inputs, outputs = (tuple(map(MicroTensor.from_json, given[side])) for side in ("inputs", "outputs"))

    def invoke(values: Sequence[np.ndarray]) -> list[np.ndarray]:
        for place, value in enumerate(values):
            interpreter.set_input(value, place)
        interpreter.invoke()
        return [interpreter.get_output(place) for place in range(len(outputs))]

    last: dict[str, list[np.ndarray]] = {}
    for row, length in zip(rows, given["lengths"], strict=False):
        for name, value in run_row(invoke, inputs, outputs, row, length).items():
            last.setdefault(name, []).append(value[-1])
    return {name: np.stack(values) for name, values in last.items()}


def smallest_arena(model: Path) -> int:
    """Bytes of the smallest arena in which the model starts, a multiple of 16.

    What Micro says it used at the end is less: preparing needs room for a while that is free again afterwards.
    """
    low, high = 0, -(-10 * model.stat().st_size // _ALIGNMENT)
    while high - low > 1:
        middle = (low + high) // 2
        if starts(model, middle * _ALIGNMENT):
            high = middle
        else:
            low = middle
    return high * _ALIGNMENT


def starts(model: Path, arena_bytes: int) -> bool:
    """Whether the model starts in an arena; tried in a process of its own, as Micro may crash in one too small."""
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(RuntimeError):
            runtime.Interpreter.from_file(str(model), arena_size=arena_bytes)
            status = 0
        os._exit(status)
    return os.waitpid(child, 0)[1] == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
