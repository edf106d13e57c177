"""What every converted model goes through: our signature, tables, shared buffers, short names, nothing unused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from export.flatbuffer import SMALLEST_WEIGHT, constant, element_count, pack, read
from export.rows import SIGNATURE
from export.tables import fill_uniform, halve_weights, quantise_tables, sink_dequantize

# What runtimes read; the rest (a hash and versions of the conversion) is in the manifest or differs from run to run.
_KEPT_METADATA = (b"min_runtime_version",)


def tidied(data: bytes, weights: str, outputs: Sequence[str]) -> bytes:
    """The model with one signature `run`, smaller and the same from run to run.

    Args:
        data: what the converter gave, with one signature whose outputs are `output_0`, `output_1`, ...
        weights: `float32`, `float16` or `int8`; float16 is made here, from a float32 conversion.
        outputs: the names of the outputs, in order.
    """
    model = read(data)
    fill_uniform(model)
    if weights == "float16":
        halve_weights(model)
    elif weights == "int8":
        quantise_tables(model)
    sink_dequantize(model)
    model.metadata = [entry for entry in model.metadata or () if entry.name in _KEPT_METADATA]
    name_signature(model, outputs)
    drop_unused_tensors(model)
    drop_unused_operator_codes(model)
    share_buffers(model)
    shorten_names(model)
    return pack(model)


def name_signature(model: Any, outputs: Sequence[str]) -> None:
    """Calls the only signature `run` and its outputs by their names; input and output tensors carry the same names."""
    (signature,) = model.signatureDefs
    signature.signatureKey = SIGNATURE.encode()
    for entry in signature.outputs:
        entry.name = outputs[int(entry.name.decode().rpartition("_")[2])].encode()
    tensors = model.subgraphs[signature.subgraphIndex].tensors
    for entry in (*signature.inputs, *signature.outputs):
        tensors[entry.tensorIndex].name = entry.name


def drop_unused_tensors(model: Any) -> None:
    """Removes tensors that no operator, input or output names."""
    for number, subgraph in enumerate(model.subgraphs):
        lists = [part for operator in subgraph.operators for part in (operator.inputs, operator.outputs)]
        lists += [operator.intermediates for operator in subgraph.operators if operator.intermediates is not None]
        lists += [subgraph.inputs, subgraph.outputs]
        used = sorted({int(index) for part in lists if part is not None for index in part if index >= 0})
        place = {old: new for new, old in enumerate(used)} | {-1: -1}

        def moved(part: Any, place: dict[int, int] = place) -> Any:
            return None if part is None else np.asarray([place[int(index)] for index in part], np.int32)

        for operator in subgraph.operators:
            operator.inputs, operator.outputs = moved(operator.inputs), moved(operator.outputs)
            operator.intermediates = moved(operator.intermediates)
        subgraph.inputs, subgraph.outputs = moved(subgraph.inputs), moved(subgraph.outputs)
        subgraph.tensors = [subgraph.tensors[index] for index in used]
        for signature in model.signatureDefs:
            if signature.subgraphIndex == number:
                for entry in (*signature.inputs, *signature.outputs):
                    entry.tensorIndex = place[int(entry.tensorIndex)]


def drop_unused_operator_codes(model: Any) -> None:
    """Removes operator codes that no operator uses any more."""
    used = sorted({operator.opcodeIndex for subgraph in model.subgraphs for operator in subgraph.operators})
    place = {old: new for new, old in enumerate(used)}
    for subgraph in model.subgraphs:
        for operator in subgraph.operators:
            operator.opcodeIndex = place[operator.opcodeIndex]
    model.operatorCodes = [model.operatorCodes[index] for index in used]


def share_buffers(model: Any) -> None:
    """Keeps one copy of equal buffers and none of unused ones; buffer 0 stays the empty one."""
    owners = [tensor for subgraph in model.subgraphs for tensor in subgraph.tensors] + list(model.metadata)
    kept, place = [model.buffers[0]], {b"": 0}
    for owner in owners:
        buffer = model.buffers[owner.buffer]
        key = b"" if buffer.data is None else np.asarray(buffer.data, np.uint8).tobytes()
        if key not in place:
            place[key] = len(kept)
            kept.append(buffer)
        owner.buffer = place[key]
    model.buffers = kept


def shorten_names(model: Any) -> None:
    """Unique short names for all but weights, inputs and outputs; empty quantization records go.

    Names that the converter derives from function counters would differ from run to run, and long ones cost more than
    the graph itself.
    """
    signed = {(sig.subgraphIndex, e.tensorIndex) for sig in model.signatureDefs for e in (*sig.inputs, *sig.outputs)}
    taken = {model.subgraphs[graph].tensors[index].name for graph, index in signed}
    for graph, subgraph in enumerate(model.subgraphs):
        subgraph.name = b"main" if graph == 0 else f"graph_{graph}".encode()
        for index, tensor in enumerate(subgraph.tensors):
            scale = None if tensor.quantization is None else tensor.quantization.scale
            if scale is None or len(scale) == 0:
                tensor.quantization = None
            if (graph, index) in signed:
                continue
            is_weight = constant(model, tensor) is not None and element_count(tensor) >= SMALLEST_WEIGHT
            name = tensor.name if is_weight and tensor.name not in taken else f"{graph}.{index}".encode()
            tensor.name = name
            taken.add(name)
