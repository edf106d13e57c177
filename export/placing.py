"""Puts the fast form of recurrent layers in the place of their placeholders in a converted model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from export.cells import Cell
from export.flatbuffer import consumers, name_of
from export.graph import Graph, Tensor
from export.loops import Call, Layer
from export.lowering import PREFIX, Placeholder
from export.schedule import UNROLLED, Schedule, schedule

_BYTES = {"float32": 4.0, "float16": 4.0, "int8": 1.0, "int4": 0.5}
# weights of the file -> how the input matrices and the recurrent matrices are stored while placing
STORED: Mapping[str, tuple[str, str]] = {
    "float32": ("float32", "float32"),
    "float16": ("float32", "float32"),  # halved later, with all other weights
    "int8": ("int8", "int8"),
    "int4": ("int8", "int4"),
}


def place(
    model: Any, placeholders: Sequence[Placeholder], weights: str, *, fastest: bool = False, loops: bool = True
) -> list[tuple[str, Schedule]]:
    """Replaces every custom operator `unroll.N` of the main subgraph.

    Args:
        model: the `ModelT` object of the converter's file.
        placeholders: what stands behind the numbers.
        weights: a key of `STORED`.
        fastest: write out every step where that is faster, whatever it costs in size.
        loops: False where a runtime has no loops: every step is written out.

    Returns:
        The layer's name and schedule for each operator, in the order of execution.
    """
    subgraph = model.subgraphs[0]
    layers: dict[int, Layer] = {}
    placed = []
    graph = Graph(model, subgraph)
    read = _read_tensors(subgraph)
    operators, subgraph.operators = subgraph.operators, []
    for operator in operators:
        if name_of(model, operator) != "CUSTOM":
            subgraph.operators.append(operator)
            continue
        number = int(_custom_code(model, operator).removeprefix(PREFIX))
        held = placeholders[number]
        key = id(held.cell.kernel)
        if key not in layers:
            layers[key] = Layer(model, held.name, held.cell, STORED[weights])
        call = _call_of(held, graph, operator, read)
        cut = _cut(held.cell, graph.shape(call.inputs)[1], call, STORED[weights][1], fastest) if loops else UNROLLED
        found = layers[key].add(graph, call, cut)
        _rename(subgraph, operator, [found[0], *found[1]], subgraph.operators)
        placed.append((held.name, cut))
    return placed


def foreign_operators(model: Any) -> list[tuple[str, str]]:
    """Custom operators that are no placeholders: name, and the name of the tensor they write."""
    return [
        (_custom_code(model, operator), subgraph.tensors[operator.outputs[0]].name.decode())
        for subgraph in model.subgraphs
        for operator in subgraph.operators
        if name_of(model, operator) == "CUSTOM" and not _custom_code(model, operator).startswith(PREFIX)
    ]


def _custom_code(model: Any, operator: Any) -> str:
    return str(model.operatorCodes[operator.opcodeIndex].customCode.decode())


def _cut(cell: Cell, timesteps: int, call: Call, stored: str, fastest: bool) -> Schedule:
    size = round(sum(matrix.size for matrix in cell.recurrent) * _BYTES[stored])
    return schedule(
        timesteps,
        cell.units,
        size,
        exact_states=call.wants_states,
        fixed_length=call.length is None,
        fastest=fastest and call.length is None,
    )


def _read_tensors(subgraph: Any) -> Collection[Tensor]:
    return {*consumers(subgraph), *map(int, subgraph.outputs)}


def _call_of(held: Placeholder, graph: Graph, operator: Any, read: Collection[Tensor]) -> Call:
    given = [int(index) for index in operator.inputs]
    inputs, rest = given[0], given[1:]
    length = rest.pop(0) if held.length else None
    mask = rest.pop(0) if held.mask else None
    outputs = [int(index) for index in operator.outputs]
    return Call(
        inputs,
        rest if held.states else None,
        length,
        mask,
        wants_sequence=outputs[0] in read,
        wants_states=any(index in read for index in outputs[1:]),
    )


def _rename(subgraph: Any, operator: Any, found: Sequence[Tensor | None], added: Sequence[Any]) -> None:
    """Makes the last writers of the found tensors write the tensors that the rest of the model reads."""
    for old, new in zip(map(int, operator.outputs), found, strict=True):
        if new is None:
            continue
        for writer in added:
            writer.outputs = [old if int(index) == new else int(index) for index in writer.outputs]
            writer.inputs = [old if int(index) == new else int(index) for index in writer.inputs]
        subgraph.tensors[old].shape = subgraph.tensors[new].shape
