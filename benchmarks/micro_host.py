"""Answers the invocations of a micro bundle's C++ example, compiled against the stubs of tests/export/micro_stubs.

The stubs have no kernels: they send each invocation's inputs here and take its outputs. What the example does itself
(quantising, carrying states, dequantising, printing) is thereby run. As a script, for a Python with `tflite-micro` and
NumPy alone, it has TensorFlow Lite Micro answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

# TensorFlow Lite's numbers of types
TYPES = {"float32": 1, "int32": 2, "int64": 4, "bool": 6, "int16": 7, "int8": 9}
LIMIT_SECONDS = 60
Invoke = Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]
Tensors = Sequence[Mapping[str, Any]]


def run_example(program: Path, inputs: Tensors, outputs: Tensors, invoke: Invoke) -> tuple[str, int]:
    """What the example printed, and how often it invoked.

    Args:
        program: the compiled example.
        inputs, outputs: as in the bundle's manifest: `shape` and `dtype`.
        invoke: stored inputs in the model's order -> stored outputs.

    Raises:
        RuntimeError: the example ended with another status than 0, or ran past the limit.
    """
    header = [number for side in (inputs, outputs) for number in (len(side), *_described(side))]
    count = 0
    with (
        tempfile.TemporaryFile() as printed,
        subprocess.Popen([program], stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=printed) as example,
    ):
        assert example.stdin is not None and example.stderr is not None
        stop = threading.Timer(LIMIT_SECONDS, example.kill)
        stop.start()
        try:
            example.stdin.write(np.array(header, np.int32).tobytes())
            example.stdin.flush()
            while stored := _read(example.stderr, inputs):
                for value, tensor in zip(invoke(stored), outputs, strict=True):
                    example.stdin.write(np.ascontiguousarray(value, tensor["dtype"]).tobytes())
                example.stdin.flush()
                count += 1
            status = example.wait()
        finally:
            stop.cancel()
            example.kill()
        if status:
            raise RuntimeError(f"{program}: expected status 0, found {status} after {count} invocations")
        printed.seek(0)
        return printed.read().decode(), count


def _described(tensors: Tensors) -> list[int]:
    return [number for tensor in tensors for number in (TYPES[tensor["dtype"]], _bytes(tensor))]


def _bytes(tensor: Mapping[str, Any]) -> int:
    return int(np.prod(tensor["shape"])) * np.dtype(tensor["dtype"]).itemsize


def _read(stream: Any, inputs: Tensors) -> list[np.ndarray]:
    """The inputs of an invocation; none at the example's end."""
    found = []
    for tensor in inputs:
        data = stream.read(_bytes(tensor))
        if len(data) < _bytes(tensor):
            return []
        found.append(np.frombuffer(data, tensor["dtype"]).reshape(tensor["shape"]))
    return found


def main(bundle: Path, program: Path) -> None:
    """Prints what the example printed, TensorFlow Lite Micro answering in an arena of the size that the example has."""
    from tflite_micro import runtime  # in another environment

    manifest = json.loads((bundle / "manifest.json").read_text())
    interpreter = runtime.Interpreter.from_file(str(bundle / "model.tflite"), arena_size=manifest["arena_bytes"])

    def invoke(values: Sequence[np.ndarray]) -> list[np.ndarray]:
        for place, value in enumerate(values):
            interpreter.set_input(value, place)
        interpreter.invoke()
        return [interpreter.get_output(place) for place in range(len(manifest["outputs"]))]

    sys.stdout.write(run_example(program, manifest["inputs"], manifest["outputs"], invoke)[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
