"""A converted model inside its runtime, ready to be timed; neither TensorFlow nor Keras is imported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from common.quiet import silenced
from export.compiled import CompiledFile

LITERT, COMPILED, ONNX = "LiteRT", "LiteRT, shared weights", "ONNX Runtime"
MODULES = {LITERT: "ai_edge_litert.interpreter", COMPILED: "ai_edge_litert.compiled_model", ONNX: "onnxruntime"}


class Session(Protocol):
    """A model whose inputs and outputs lie in the runtime's own memory: `invoke` copies nothing."""

    def feed(self, inputs: Mapping[str, np.ndarray]) -> None:
        """Puts the inputs in place; names that the model does not know are passed over.

        Arrays may have another shape of the same size, so that (1, timesteps, ...) also feeds (timesteps, 1, ...).
        """

    def invoke(self) -> Any:
        """One inference."""

    def outputs(self) -> dict[str, np.ndarray]:
        """What the last inference gave."""


def open_session(runtime: str, model: Path, threads: int, signature: str = "") -> Session:
    """Loads a model file.

    Args:
        runtime: `LITERT`, `COMPILED` (see `export.compiled`) or `ONNX`.
        model: a .tflite or .onnx file.
        threads: CPU threads.
        signature: of a .tflite file; its first one by default.
    """
    if runtime == ONNX:
        return _Onnx(model, threads)
    return _LiteRT(model, threads, signature) if runtime == LITERT else _Compiled(model, threads, signature)


class _LiteRT:
    def __init__(self, model: Path, threads: int, signature: str) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with silenced():
            interpreter = Interpreter(model_path=str(model), num_threads=threads)
            self._runner = interpreter.get_signature_runner(signature or next(iter(interpreter.get_signature_list())))
        self._shapes = {name: tuple(item["shape"]) for name, item in self._runner.get_input_details().items()}
        self._interpreter = interpreter  # owns the memory
        # The public call of a signature copies inputs and outputs; this is the call inside it.
        wrapper, subgraph = self._runner._interpreter_wrapper, self._runner._subgraph_index
        self._invoke = lambda: wrapper.Invoke(subgraph)
        self._read = lambda index: wrapper.GetTensor(index, subgraph)

    def feed(self, inputs: Mapping[str, np.ndarray]) -> None:
        with silenced():
            self._runner(**{name: inputs[name].reshape(shape) for name, shape in self._shapes.items()})

    def invoke(self) -> None:
        self._invoke()

    def outputs(self) -> dict[str, np.ndarray]:
        return {name: self._read(item["index"]) for name, item in self._runner.get_output_details().items()}


class _Compiled:
    def __init__(self, model: Path, threads: int, signature: str) -> None:
        self._file = CompiledFile(model, threads, signature)
        self.invoke = self._file.invoke

    def feed(self, inputs: Mapping[str, np.ndarray]) -> None:
        self._file.feed({name: inputs[name].reshape(shape) for name, (shape, _) in self._file.inputs.items()})
        self.invoke()

    def outputs(self) -> dict[str, np.ndarray]:
        return self._file.results()


class _Onnx:
    def __init__(self, model: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._names = [output.name for output in self._session.get_outputs()]

    def feed(self, inputs: Mapping[str, np.ndarray]) -> None:
        import onnxruntime

        given: dict[str, np.ndarray] = {}
        for item in self._session.get_inputs():
            fixed = all(isinstance(size, int) for size in item.shape)
            given[item.name] = inputs[item.name].reshape(item.shape) if fixed else inputs[item.name]
            given[item.name] = np.ascontiguousarray(given[item.name])
        self._found = dict(zip(self._names, self._session.run(None, given), strict=True))
        self._given = given  # on the CPU an OrtValue borrows its array's memory
        value, binding = onnxruntime.OrtValue.ortvalue_from_numpy, self._session.io_binding()
        for name, array in given.items():
            binding.bind_ortvalue_input(name, value(array))
        for name, array in self._found.items():
            binding.bind_ortvalue_output(name, value(array))
        self._binding = binding

    def invoke(self) -> None:
        self._session.run_with_iobinding(self._binding)

    def outputs(self) -> dict[str, np.ndarray]:
        return {name: array.copy() for name, array in self._found.items()}
