"""A .tflite file as Python objects and back, with every buffer aligned as the format asks."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from common.errors import UserError

OPERATOR_NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
OPERATOR_CODES = {name: code for code, name in OPERATOR_NAMES.items()}
DTYPES = {code: name.lower() for name, code in vars(schema.TensorType).items() if isinstance(code, int)}
# The smallest constant that the converter's dynamic-range quantiser touches; ours keeps the same border.
SMALLEST_WEIGHT = 1024


class _Builder(flatbuffers.Builder):
    """Writes equal vectors once, and buffer data at the alignment of 16 bytes that schema.fbs asks for.

    Shapes, zero points and lists of tensors repeat hundreds of times; a table may point to a vector that was written
    for another one.
    """

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._vectors: dict[tuple[str, bytes], int] = {}

    def CreateNumpyVector(self, x: np.ndarray) -> int:  # noqa: N802
        key = (x.dtype.str, x.tobytes())
        if key not in self._vectors:
            self._vectors[key] = super().CreateNumpyVector(x)
        return self._vectors[key]

    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:  # noqa: N802
        return super().StartVector(elemSize, numElems, 16 if elemSize == 1 else alignment)


def read(data: bytes) -> Any:
    """The `ModelT` object of a .tflite file.

    Raises:
        UserError: the bytes are no TFLite model.
    """
    if data[4:8] != b"TFL3":
        raise UserError(f"expected a TFLite model, found {len(data)} bytes without its mark; export the model again")
    return schema.ModelT.InitFromPackedBuf(data, 0)


def pack(model: Any) -> bytes:
    """The .tflite file of a `ModelT` object."""
    for subgraph in model.subgraphs:
        for holder in (subgraph, *subgraph.operators):
            holder.inputs, holder.outputs = np.asarray(holder.inputs, np.int32), np.asarray(holder.outputs, np.int32)
        for tensor in subgraph.tensors:
            tensor.shape = None if tensor.shape is None else np.asarray(tensor.shape, np.int32)
    builder = _Builder(1 << 16)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def code_of(model: Any, operator: Any) -> int:
    """The builtin code of an operator (old files keep it in the deprecated field)."""
    entry = model.operatorCodes[operator.opcodeIndex]
    return int(max(entry.builtinCode, entry.deprecatedBuiltinCode))


def name_of(model: Any, operator: Any) -> str:
    """The operator's name as the schema spells it, `FULLY_CONNECTED`."""
    return OPERATOR_NAMES.get(code_of(model, operator), f"unknown {code_of(model, operator)}")


def opcode(model: Any, name: str, version: int = 1) -> int:
    """The index of an operator code in the model, added when it is not there yet or only in an older version."""
    code = OPERATOR_CODES[name]
    for index, entry in enumerate(model.operatorCodes):
        if max(entry.builtinCode, entry.deprecatedBuiltinCode) == code:
            entry.version = max(entry.version, version)
            return index
    entry = schema.OperatorCodeT()
    entry.builtinCode, entry.deprecatedBuiltinCode, entry.version = code, min(code, 127), version
    model.operatorCodes.append(entry)
    return len(model.operatorCodes) - 1


def constant(model: Any, tensor: Any) -> np.ndarray | None:
    """The raw bytes of a constant tensor as uint8, or None when the tensor is computed."""
    data = model.buffers[tensor.buffer].data
    return None if data is None or len(data) == 0 else np.asarray(data, np.uint8)


def element_count(tensor: Any) -> int:
    """How many elements the tensor's shape holds."""
    return int(np.prod([int(size) for size in tensor.shape])) if tensor.shape is not None else 1


def add_buffer(model: Any, data: np.ndarray) -> int:
    """Appends a buffer holding the array's bytes; its index."""
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
    model.buffers.append(buffer)
    return len(model.buffers) - 1


def add_tensor(subgraph: Any, name: str, shape: tuple[int, ...], dtype: str, buffer: int = 0, quant: Any = None) -> int:
    """Appends a tensor (buffer 0: computed); its index."""
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.buffer = name.encode(), np.asarray(shape, np.int32), buffer
    tensor.type, tensor.quantization, tensor.hasRank = getattr(schema.TensorType, dtype.upper()), quant, True
    subgraph.tensors.append(tensor)
    return len(subgraph.tensors) - 1


def add_operator(model: Any, name: str, inputs: list[int], outputs: list[int], version: int = 1) -> Any:
    """A new operator object without options; the caller puts it in its place."""
    operator = schema.OperatorT()
    operator.opcodeIndex = opcode(model, name, version)
    operator.inputs, operator.outputs = np.asarray(inputs, np.int32), np.asarray(outputs, np.int32)
    return operator


def consumers(subgraph: Any) -> dict[int, list[tuple[Any, int]]]:
    """Tensor index -> the operators that read it, each with the position among its inputs."""
    found: dict[int, list[tuple[Any, int]]] = {}
    for operator in subgraph.operators:
        for position, index in enumerate(operator.inputs if operator.inputs is not None else ()):
            found.setdefault(int(index), []).append((operator, position))
    return found
