"""The one subgraph of a converted model that TensorFlow Lite Micro gets, and whether Micro can run it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from common.errors import UserError
from export.flatbuffer import DTYPES, add_buffer, add_operator, add_tensor, consumers, name_of, read
from export.micro_runner import MicroTensor
from export.tidy import tidied

# What TensorFlow Lite Micro registers in its Python wheel and adds by name to a resolver in C++.
_OPERATORS = """
    ABS ADD ADD_N ARG_MAX ARG_MIN AVERAGE_POOL_2D BATCH_MATMUL BATCH_TO_SPACE_ND BROADCAST_ARGS BROADCAST_TO
    CAST CEIL CONCATENATION CONV_2D COS CUMSUM DEPTH_TO_SPACE DEPTHWISE_CONV_2D DEQUANTIZE DIV ELU EQUAL EXP
    EXPAND_DIMS FILL FLOOR FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GATHER_ND GREATER GREATER_EQUAL HARD_SWISH
    L2_NORMALIZATION LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC LOG_SOFTMAX
    MAX_POOL_2D MAXIMUM MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PADV2 PRELU QUANTIZE REDUCE_MAX RELU
    RELU6 RESHAPE REVERSE_V2 ROUND RSQRT SELECT_V2 SHAPE SIN SLICE SOFTMAX SPACE_TO_BATCH_ND SPLIT SPLIT_V SQRT SQUARE
    SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE SUB SUM TANH TRANSPOSE TRANSPOSE_CONV UNPACK ZEROS_LIKE
"""
OPERATORS = frozenset(_OPERATORS.split())
MOST_JOINED = 10


def alone(data: bytes, signature: str) -> Any:
    """The `ModelT` object with one signature of a file without loops, and nothing else."""
    model = read(data)
    (entry,) = [entry for entry in model.signatureDefs if entry.signatureKey == signature.encode()]
    model.subgraphs, model.signatureDefs = [model.subgraphs[entry.subgraphIndex]], [entry]
    entry.subgraphIndex = 0
    trust_ids(model)
    ask_for_the_largest(model)
    join_in_parts(model)
    return tidied(model, "float32")


def ask_for_the_largest(model: Any) -> None:
    """Puts ARG_MAX where TOPK_V2, which Micro lacks, is only asked for the place of the largest value.

    Of equal values both name the first.
    """
    for subgraph in model.subgraphs:
        used = {*consumers(subgraph), *map(int, subgraph.outputs)}
        for place, operator in reversed(list(enumerate(subgraph.operators))):
            if name_of(model, operator) != "TOPK_V2" or int(operator.outputs[0]) in used:
                continue
            indices = subgraph.tensors[operator.outputs[1]]
            if int(indices.shape[-1]) != 1 or DTYPES[indices.type] != "int32":
                continue
            shape = np.asarray(indices.shape, np.int32)
            places = add_tensor(subgraph, "largest", tuple(shape[:-1]), "int32")
            axis = add_tensor(subgraph, "axis", (), "int32", add_buffer(model, np.asarray(len(shape) - 1, np.int32)))
            wanted = add_tensor(subgraph, "shape", (len(shape),), "int32", add_buffer(model, shape))
            largest = add_operator(model, "ARG_MAX", [int(operator.inputs[0]), axis], [places])
            largest.builtinOptionsType = schema.BuiltinOptions.ArgMaxOptions
            largest.builtinOptions = schema.ArgMaxOptionsT()
            largest.builtinOptions.outputType = schema.TensorType.INT32
            reshaped = add_operator(model, "RESHAPE", [places, wanted], [int(operator.outputs[1])])
            subgraph.operators[place : place + 1] = [largest, reshaped]


def join_in_parts(model: Any) -> None:
    """Joins at most `MOST_JOINED` tensors at once: Micro's CONCATENATION takes no more."""
    for subgraph in model.subgraphs:
        place = 0
        while place < len(subgraph.operators):
            operator = subgraph.operators[place]
            parts = [int(index) for index in operator.inputs] if name_of(model, operator) == "CONCATENATION" else []
            if len(parts) <= MOST_JOINED:
                place += 1
                continue
            # an operator for each part goes before this one, which is looked at again: it may still join too many
            groups = np.array_split(parts, -(-len(parts) // MOST_JOINED))
            joined = [_joined(model, subgraph, operator, group.tolist()) for group in groups]
            operator.inputs = np.asarray([int(part.outputs[0]) for part in joined], np.int32)
            subgraph.operators[place:place] = joined
            place += len(joined)


def _joined(model: Any, subgraph: Any, whole: Any, group: list[int]) -> Any:
    """A concatenation of some of the inputs of `whole`."""
    first = subgraph.tensors[group[0]]
    shape, axis = list(map(int, first.shape)), int(whole.builtinOptions.axis)
    shape[axis] = sum(int(subgraph.tensors[index].shape[axis]) for index in group)
    target = add_tensor(subgraph, "part", tuple(shape), DTYPES[first.type])
    operator = add_operator(model, "CONCATENATION", group, [target])
    operator.builtinOptionsType, operator.builtinOptions = whole.builtinOptionsType, whole.builtinOptions
    return operator


def trust_ids(model: Any) -> None:
    """Takes out what the converter puts before a look-up in case an id is negative: Micro has no SELECT of integers."""
    for subgraph in model.subgraphs:
        for operator in list(subgraph.operators):
            if name_of(model, operator) not in ("SELECT", "SELECT_V2"):
                continue
            readers = consumers(subgraph).get(int(operator.outputs[0]), [])
            if readers and all((name_of(model, reader), place) == ("GATHER", 1) for reader, place in readers):
                for reader, _ in readers:
                    reader.inputs = np.asarray([reader.inputs[0], operator.inputs[2]], np.int32)
                subgraph.operators.remove(operator)
        _drop_unread(subgraph)


def _drop_unread(subgraph: Any) -> None:
    read_tensors = {*map(int, subgraph.outputs)}
    kept = []
    for operator in reversed(subgraph.operators):
        if any(int(index) in read_tensors for index in operator.outputs):
            kept.append(operator)
            read_tensors |= {int(index) for index in operator.inputs}
    subgraph.operators = kept[::-1]


def operator_names(model: Any) -> list[str]:
    """The operators that a model uses, sorted."""
    return sorted({name_of(model, operator) for subgraph in model.subgraphs for operator in subgraph.operators})


def check_operators(model: Any, slow: Mapping[str, str]) -> None:
    """Raises UserError where Micro lacks an operator, or the model still has a loop."""
    if foreign := sorted(set(operator_names(model)) - OPERATORS):
        reason = "; ".join(f"{name}: {why}" for name, why in slow.items())
        raise UserError(
            f"--lane micro: expected operators of TensorFlow Lite Micro, found {', '.join(foreign)}"
            f"{f' ({reason})' if reason else ''}; replace the layer or use --lane litert"
        )


def check_types(model: Any, weights: str) -> None:
    """Raises UserError for what Micro's kernels refuse at start: it looks up no 16-bit rows."""
    subgraph = model.subgraphs[0]
    for operator in subgraph.operators:
        kind = DTYPES[subgraph.tensors[operator.inputs[0]].type]
        if name_of(model, operator) == "GATHER" and kind == "int16":
            raise UserError(
                f"--weights {weights}: expected a model without an embedding, found GATHER of int16 values, which "
                "TensorFlow Lite Micro does not have; use --weights int8"
            )


def tensors_of(data: bytes, signature: str) -> tuple[tuple[MicroTensor, ...], tuple[MicroTensor, ...]]:
    """Inputs and outputs in the subgraph's order, which is how Micro numbers them."""
    model = read(data)
    (entry,) = [entry for entry in model.signatureDefs if entry.signatureKey == signature.encode()]
    subgraph = model.subgraphs[entry.subgraphIndex]
    found = []
    for indices, named in ((subgraph.inputs, entry.inputs), (subgraph.outputs, entry.outputs)):
        names = {int(item.tensorIndex): item.name.decode() for item in named}
        found.append(tuple(_tensor(names[int(index)], subgraph.tensors[index]) for index in indices))
    return found[0], found[1]


def _tensor(name: str, tensor: Any) -> MicroTensor:
    shape, dtype = tuple(map(int, tensor.shape)), DTYPES[tensor.type]
    record = tensor.quantization
    if record is None or record.scale is None or not len(record.scale):
        return MicroTensor(name, shape, dtype)
    return MicroTensor(name, shape, dtype, float(record.scale[0]), int(record.zeroPoint[0]))
