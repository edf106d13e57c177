"""The names in an ONNX model: those of the specification outside, the same ones at every conversion inside."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any


def tidied(model: Any, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    """The bytes of tf2onnx' model with its inputs and outputs named, and counters in other names counted from 0.

    Args:
        model: the `ModelProto`; it is changed.
        inputs: names of the inputs, in any order; tf2onnx adds a suffix like `:0`.
        outputs: names of the outputs, in their order.
    """
    import onnx

    graph = model.graph
    del graph.value_info[:]  # shapes in between, which any runtime finds itself
    changes = {item.name: item.name.split(":")[0] for item in graph.input}
    assert set(changes.values()) == set(inputs)
    changes |= {item.name: name for item, name in zip(graph.output, outputs, strict=True)}
    count = _counted()

    def renamed(name: str) -> str:
        if name in changes:
            return changes[name]
        name = count(name)
        return f"{name}/inner" if name in changes.values() else name

    graph.name, graph.doc_string = "model", ""  # the latter tells a counter of TensorFlow
    for inside in _graphs(graph):
        _rename(inside, renamed)
    _name_axes(graph)
    _name_constants(graph)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _name_constants(graph: Any) -> None:
    """Constants are named by their content and sorted: which name of two equal ones tf2onnx keeps is chance."""
    changes = {}
    for item in graph.initializer:
        name, item.name = item.name, ""
        digest = hashlib.sha256(item.SerializeToString(deterministic=True)).hexdigest()[:16]
        item.name = changes[name] = f"constant_{digest}"
    for inside in _graphs(graph):
        for node in inside.node:
            node.input[:] = [changes.get(name, name) for name in node.input]
    known = {item.name: item for item in graph.initializer}
    ordered = [known[name] for name in sorted(known)]
    kept = [type(item).FromString(item.SerializeToString()) for item in ordered]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _counted() -> Callable[[str], str]:
    """tf2onnx counts its names on from conversion to conversion (`Reshape__4711`); here they start at 0."""
    order: dict[str, str] = {}

    def count(name: str) -> str:
        return re.sub(r"__(\d+)", lambda found: f"__{order.setdefault(found[1], str(len(order)))}", name)

    return count


def _graphs(graph: Any) -> Iterator[Any]:
    """The graph and all graphs inside its nodes."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _graphs(attribute.g)


def _rename(graph: Any, renamed: Callable[[str], str]) -> None:
    for node in graph.node:
        node.name = renamed(node.name)
        for names in (node.input, node.output):
            names[:] = [renamed(name) if name else "" for name in names]
    for item in (*graph.input, *graph.output, *graph.initializer):
        item.name = renamed(item.name)
    del graph.value_info[:]
    for item in (*graph.input, *graph.output):
        for size in item.type.tensor_type.shape.dim:
            if size.dim_param:
                size.dim_param = renamed(size.dim_param)


def _name_axes(graph: Any) -> None:
    """Open axes are `batch` and `time`, or `NAME_time` where several tensors have one of their own."""
    timed = [item.name for item in graph.input if any(map(_open, item.type.tensor_type.shape.dim[1:]))]
    for item in (*graph.input, *graph.output):
        for place, size in enumerate(item.type.tensor_type.shape.dim):
            if _open(size):
                own = "time" if timed == [item.name] else f"{item.name}_time"
                size.dim_param = "batch" if place == 0 else own if place == 1 else f"{item.name}_{place}"


def _open(size: Any) -> bool:
    return not size.HasField("dim_value") or size.dim_value < 0
