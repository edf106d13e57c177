"""Runs a model under the `tflite-micro` wheel; a script for a Python that has that wheel and NumPy, nothing else.

It stands beside `micro_runner.py` and is started with the folder that `export.micro_files.run_micro` filled.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from micro_runner import MicroTensor, run_row  # beside this script
from tflite_micro import runtime  # in another environment


def main(folder: Path) -> None:
    """Writes outputs.npz and version.txt; the arena's size goes to the standard streams, as the wheel prints it."""
    given = json.loads((folder / "tensors.json").read_text())
    inputs, outputs = (tuple(map(MicroTensor.from_json, given[side])) for side in ("inputs", "outputs"))
    interpreter = runtime.Interpreter.from_file(str(folder / "model.tflite"))

    def invoke(values: Sequence[np.ndarray]) -> list[np.ndarray]:
        for place, value in enumerate(values):
            interpreter.set_input(value, place)
        interpreter.invoke()
        return [interpreter.get_output(place) for place in range(len(outputs))]

    rows = np.load(folder / "rows.npz")
    last: dict[str, list[np.ndarray]] = {}
    for number, length in enumerate(given["lengths"]):
        row = {name: rows[name][number] for name in rows.files}
        for name, value in run_row(invoke, inputs, outputs, row, length).items():
            last.setdefault(name, []).append(value[-1])
    found: dict[str, Any] = {name: np.stack(values) for name, values in last.items()}
    np.savez(folder / "outputs.npz", **found)
    (folder / "version.txt").write_text(metadata.version("tflite-micro"))
    interpreter.print_allocations()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
