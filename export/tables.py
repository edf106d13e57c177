"""Rewrites how constants are stored in a .tflite model: look-up tables, half floats, and blocks of one value."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.flatbuffer import (
    DTYPES,
    SMALLEST_WEIGHT,
    add_buffer,
    add_operator,
    add_tensor,
    constant,
    consumers,
    element_count,
    name_of,
)

# Uniform constants below this size in bytes stay as they are.
SMALLEST_FILL = 512
HALF_MAX = float(np.finfo(np.float16).max)


def fill_uniform(model: Any) -> None:
    """Replaces large constants of one repeated value that only start a loop by a FILL operator.

    A Keras recurrent layer starts its loop with a (timesteps, 1, units) block of zeros; stored, it is often larger
    than all that surrounds the weights.
    """
    for subgraph in model.subgraphs:
        readers = consumers(subgraph)
        added = []
        for index, tensor in list(enumerate(subgraph.tensors)):
            data = constant(model, tensor)
            if data is None or tensor.type == schema.TensorType.INT4 or data.nbytes < SMALLEST_FILL:
                continue
            if not readers.get(index):
                continue
            items = data.reshape(element_count(tensor), -1)
            if (items != items[0]).any() or any(name_of(model, reader) != "WHILE" for reader, _ in readers[index]):
                continue
            shape = np.asarray(tensor.shape, np.int32)
            sizes = add_tensor(subgraph, f"fill_shape_{index}", (len(shape),), "int32", add_buffer(model, shape))
            value = add_tensor(subgraph, f"fill_value_{index}", (), DTYPES[tensor.type], add_buffer(model, items[0]))
            tensor.buffer = 0
            fill = add_operator(model, "FILL", [sizes, value], [index])
            fill.builtinOptionsType, fill.builtinOptions = schema.BuiltinOptions.FillOptions, schema.FillOptionsT()
            added.append(fill)
        subgraph.operators = [*added, *subgraph.operators]


def shrink_uniform(model: Any) -> None:
    """Stores a large constant of one repeated value once, where operators spread it over the other operand anyway.

    The converter writes a scalar that is added to a whole sequence as often as the sequence is long.
    """
    for subgraph in model.subgraphs:
        readers = consumers(subgraph)
        for index, tensor in enumerate(subgraph.tensors):
            data = constant(model, tensor)
            if data is None or tensor.type == schema.TensorType.INT4 or data.nbytes < SMALLEST_FILL:
                continue
            items = data.reshape(element_count(tensor), -1)
            if (items != items[0]).any() or not all(
                _spreads(model, subgraph, reader, index) for reader, _ in readers.get(index, [(None, 0)])
            ):
                continue
            tensor.shape, tensor.shapeSignature = np.ones(len(tensor.shape), np.int32), None
            tensor.buffer = add_buffer(model, items[0])


def _spreads(model: Any, subgraph: Any, operator: Any, index: int) -> bool:
    """Whether an operator of two operands has its result's shape from the other operand."""
    if operator is None or name_of(model, operator) not in ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"):
        return False
    (other,) = [i for i in operator.inputs if int(i) != index] or [index]
    result = subgraph.tensors[operator.outputs[0]]
    return int(other) != index and list(subgraph.tensors[other].shape) == list(result.shape)


def halve_weights(model: Any) -> None:
    """Stores every float32 weight as float16 with a DEQUANTIZE behind it; the arithmetic stays float32.

    The converter's own float16 mode also halves scalars, which turns an epsilon of 1e-12 into zero and a mask of
    -1e9 into -65504; here small constants keep all their bits.
    """
    _store_weights(model, _halved, tables_only=False)


def quantise_tables(model: Any) -> None:
    """Stores float32 tables that only GATHER reads as int8, for those that the converter left alone."""
    _store_weights(model, _quantised, tables_only=True)


def sink_dequantize(model: Any) -> None:
    """Turns DEQUANTIZE(table) -> GATHER into GATHER -> DEQUANTIZE(rows).

    The converter leaves the first form when several GATHERs share a table and in float16: the runtime then holds the
    whole table as float32 beside the stored one and fills it at the first call.
    """
    for subgraph in model.subgraphs:
        readers = consumers(subgraph)
        rows: dict[int, Any] = {}
        kept = []
        for operator in subgraph.operators:
            tables = readers.get(int(operator.outputs[0]), []) if name_of(model, operator) == "DEQUANTIZE" else []
            source = subgraph.tensors[operator.inputs[0]] if tables else None
            if source is None or constant(model, source) is None or _channels(source) > 1:
                kept.append(operator)
                continue
            gathers = [reader for reader, place in tables if place == 0 and name_of(model, reader) == "GATHER"]
            rows.update({id(gather): operator for gather in gathers})
            if len(gathers) < len(tables):
                kept.append(operator)
        subgraph.operators = []
        for operator in kept:
            subgraph.operators.append(operator)
            if id(operator) in rows:
                subgraph.operators.append(_gather_stored(model, subgraph, operator, rows[id(operator)]))


def _gather_stored(model: Any, subgraph: Any, gather: Any, dequantize: Any) -> Any:
    """Makes `gather` read the stored table; the DEQUANTIZE to put behind it."""
    table = subgraph.tensors[dequantize.inputs[0]]
    result = int(gather.outputs[0])
    shape = tuple(subgraph.tensors[result].shape)
    quantization = copy.deepcopy(table.quantization)
    stored = add_tensor(subgraph, f"rows_{result}", shape, DTYPES[table.type], quant=quantization)
    gather.inputs = np.asarray([dequantize.inputs[0], *gather.inputs[1:]], np.int32)
    gather.outputs = np.asarray([stored], np.int32)
    after = copy.copy(dequantize)
    after.inputs, after.outputs = np.asarray([stored], np.int32), np.asarray([result], np.int32)
    return after


def _channels(tensor: Any) -> int:
    scale = None if tensor.quantization is None else tensor.quantization.scale
    return 0 if scale is None else len(scale)


def _store_weights(model: Any, store: Any, tables_only: bool) -> None:
    """Replaces float32 constants by `store(values) -> (dtype, array, quantization)` and a DEQUANTIZE in front."""
    stored: dict[int, tuple[str, int, Any]] = {}
    for subgraph in model.subgraphs:
        readers = consumers(subgraph)
        added = []
        for index, tensor in list(enumerate(subgraph.tensors)):
            data = constant(model, tensor)
            if tensor.type != schema.TensorType.FLOAT32 or data is None or element_count(tensor) < SMALLEST_WEIGHT:
                continue
            uses = [(name_of(model, reader), place) for reader, place in readers.get(index, [])]
            if not uses or (tables_only and any(use != ("GATHER", 0) for use in uses)):
                continue
            if tensor.buffer not in stored:
                dtype, values, quantization = store(data.view(np.float32))
                stored[tensor.buffer] = dtype, add_buffer(model, values), quantization
            dtype, buffer, quantization = stored[tensor.buffer]
            shape = tuple(int(size) for size in tensor.shape)
            name = tensor.name.decode()
            source = add_tensor(subgraph, name, shape, dtype, buffer, copy.deepcopy(quantization))
            tensor.buffer, tensor.name = 0, f"{name}_float32".encode()
            added.append(add_operator(model, "DEQUANTIZE", [source], [index], version=3 if dtype == "float16" else 2))
        subgraph.operators = [*added, *subgraph.operators]


def _halved(values: np.ndarray) -> tuple[str, np.ndarray, Any]:
    return "float16", np.clip(values, -HALF_MAX, HALF_MAX).astype(np.float16), None


def _quantised(values: np.ndarray) -> tuple[str, np.ndarray, Any]:
    """Symmetric int8 in [-127, 127] with one scale, the range of the largest magnitude, as the converter does."""
    scale = np.float32(max(float(np.abs(values).max()) / 127, float(np.finfo(np.float32).tiny)))
    quantization = schema.QuantizationParametersT()
    quantization.scale, quantization.zeroPoint = np.asarray([scale], np.float32), np.asarray([0], np.int64)
    return "int8", np.clip(np.rint(values / scale), -127, 127).astype(np.int8), quantization
