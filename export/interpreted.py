"""A .tflite file in LiteRT's Interpreter; TensorFlow is never imported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from common.files import read_bytes
from common.quiet import silenced
from export.compiled import kinds


def interpreter(model: bytes | Path, threads: int, signature: str) -> tuple[Any, Any]:
    """An interpreter and the runner of one of its signatures."""
    from ai_edge_litert.interpreter import Interpreter

    with silenced():
        made = Interpreter(model_content=model if isinstance(model, bytes) else read_bytes(model), num_threads=threads)
        made.allocate_tensors()
        return made, made.get_signature_runner(signature)


class InterpretedFile:
    """A signature of a .tflite file in LiteRT's Interpreter, with the attributes of `export.compiled.CompiledFile`."""

    def __init__(self, model: bytes | Path, threads: int, signature: str) -> None:
        self._interpreter, runner = interpreter(model, threads, signature)  # which runs only while no runner is kept
        given, wanted = runner.get_input_details(), runner.get_output_details()
        self._places = {name: int(item["index"]) for name, item in given.items()}
        self._results = {name: int(item["index"]) for name, item in wanted.items()}
        self.inputs, self.outputs = kinds(given), kinds(wanted)
        self.signatures = list(self._interpreter.get_signature_list())

    def feed(self, inputs: Mapping[str, np.ndarray]) -> None:
        for name, index in self._places.items():
            self._interpreter.set_tensor(index, inputs[name])

    def invoke(self) -> None:
        self._interpreter.invoke()

    def results(self) -> dict[str, np.ndarray]:
        return {name: self._interpreter.get_tensor(index) for name, index in self._results.items()}
