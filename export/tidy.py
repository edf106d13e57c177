"""What every converted model goes through: our signature, tables, shared buffers, short names, nothing unused."""

from __future__ import annotations

from typing import Any

import numpy as np

from export.flatbuffer import SMALLEST_WEIGHT, constant, consumers, element_count, name_of
from export.rows import SIGNATURE
from export.tables import fill_uniform, halve_weights, quantise_tables, shrink_uniform, sink_dequantize

# What runtimes read; the rest (a hash and versions of the conversion) is in the manifest or differs from run to run.
_KEPT_METADATA = (b"min_runtime_version",)


def tidied(model: Any, weights: str) -> Any:
    """The model smaller and the same from run to run; changes the `ModelT` object and gives it back.

    Args:
        model: what the converter gave, with the signatures `run` and perhaps `step`.
        weights: `float32`, `float16`, `int8` or `int4`; float16 is made here, from a float32 conversion.
    """
    fill_uniform(model)
    shrink_uniform(model)
    if weights == "float16":
        halve_weights(model)
    elif weights != "float32":
        quantise_tables(model)
    sink_dequantize(model)
    cancel_reversals(model)
    model.metadata = [entry for entry in model.metadata or () if entry.name in _KEPT_METADATA]
    name_signatures(model)
    drop_unused_tensors(model)
    drop_unused_operator_codes(model)
    share_buffers(model)
    shorten_names(model)
    return model


def cancel_reversals(model: Any) -> None:
    """Removes pairs of REVERSE_V2 that undo each other.

    A layer that reads backwards gives its outputs in the order of reading, and a bidirectional one turns them round.
    """
    for subgraph in model.subgraphs:
        written = {int(op.outputs[0]): op for op in subgraph.operators if name_of(model, op) == "REVERSE_V2"}
        for operator in subgraph.operators:
            first = written.get(int(operator.inputs[0])) if int(operator.outputs[0]) in written else None
            if first is None or not _same_axis(model, subgraph, first, operator):
                continue
            before, after = int(first.inputs[0]), int(operator.outputs[0])
            for reader in subgraph.operators:
                reader.inputs = [before if int(index) == after else int(index) for index in reader.inputs]
        used = {*consumers(subgraph), *map(int, subgraph.outputs)}
        for _ in range(2):  # the second of a pair, then the first
            subgraph.operators = [
                op for op in subgraph.operators if id(op) not in map(id, written.values()) or int(op.outputs[0]) in used
            ]
            used = {*consumers(subgraph), *map(int, subgraph.outputs)}


def _same_axis(model: Any, subgraph: Any, first: Any, second: Any) -> bool:
    axes = [constant(model, subgraph.tensors[operator.inputs[1]]) for operator in (first, second)]
    return all(axis is not None for axis in axes) and axes[0].tobytes() == axes[1].tobytes()  # type: ignore[union-attr]


def name_signatures(model: Any) -> None:
    """Input and output tensors carry the names of their signature: plain ones in `run`, with a prefix in others."""
    for signature in model.signatureDefs:
        tensors = model.subgraphs[signature.subgraphIndex].tensors
        prefix = b"" if signature.signatureKey == SIGNATURE.encode() else signature.signatureKey + b"/"
        for entry in (*signature.inputs, *signature.outputs):
            tensors[entry.tensorIndex].name = prefix + entry.name


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
