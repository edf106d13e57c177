"""A recurrent layer as TFLite operators: one product for the inputs of all steps, then loops over the steps.

The runtime copies a loop's variables at every step unless they come out as they went in, so the projected inputs only
ride along, and outputs are written in blocks: several short loops after each other, sharing one body. A loop stops
after the last real step. Measured in `benchmarks/export.py`; the reasons stand in docs/decisions.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from export.cells import ACTIVATIONS, Cell, Products, step
from export.graph import Graph, Tensor
from export.schedule import Schedule
from export.weights import StoredMatrix


@dataclass(frozen=True)
class Call:
    """One call of a recurrent layer.

    Attributes:
        inputs: (1, timesteps, features) float32 tensor.
        states: initial states (1, units) each; None for zeros.
        length: (1,) int32, how many steps are real, the real ones first; None when all are.
        mask: (timesteps, 1) float32, 1 where a step is real and 0 where the state stays; None when `length` says all.
        wants_sequence: whether all outputs are read.
        wants_states: whether the last states are read.
    """

    inputs: Tensor
    states: Sequence[Tensor] | None
    length: Tensor | None
    mask: Tensor | None
    wants_sequence: bool
    wants_states: bool


class Layer:
    """Adds the calls of one recurrent layer to a model; weights and loop bodies are stored once.

    Args:
        model: the `ModelT` object.
        name: prefix of the weights' names.
        cell: what is computed.
        dtypes: of the input matrix and of the recurrent matrices: `float32`, `int8` or `int4`.
    """

    def __init__(self, model: Any, name: str, cell: Cell, dtypes: tuple[str, str]) -> None:
        self.model, self.cell = model, cell
        self.kernel = StoredMatrix(model, f"{name}/kernel", cell.kernel, dtypes[0])
        self.recurrent = [
            StoredMatrix(model, f"{name}/recurrent_kernel{i or ''}", matrix, dtypes[1])
            for i, matrix in enumerate(cell.recurrent)
        ]
        self._loops: dict[tuple[Any, ...], tuple[Graph, Graph]] = {}

    def add(self, graph: Graph, call: Call, schedule: Schedule) -> tuple[Tensor | None, list[Tensor]]:
        """Adds a call to a subgraph.

        Returns:
            (1, timesteps, units), None when not wanted, and the last states. Outputs of steps beyond `length` mean
            nothing; states are exact when `wants_states`.
        """
        timesteps = graph.shape(call.inputs)[1]
        projected = self._projected(graph, call.inputs, -timesteps % schedule.unroll)
        states = list(call.states or ())
        if not states:
            states = [graph.constant(np.zeros((1, self.cell.units), np.float32))] * self.cell.states
        if schedule.block == 0:
            outputs, states = self._unrolled(graph, projected, call, states)
            rows = graph.stacked(outputs) if call.wants_sequence else None
        else:
            rows, states = self._looped(graph, projected, call, schedule, states, timesteps)
        if rows is None:
            return None, states
        rows = graph.head(rows, timesteps)
        return graph.reshape(rows, (1, timesteps, self.cell.units)), states

    def _projected(self, graph: Graph, inputs: Tensor, missing: int) -> Tensor:
        """(timesteps + missing, gates * units): x W + b of all steps; for minGRU what is kept and what is added."""
        _, timesteps, features = graph.shape(inputs)
        rows = graph.pad_rows(graph.reshape(inputs, (timesteps, features)), missing)
        projected = graph.fully_connected(rows, self.kernel.tensor(graph), graph.constant(self.cell.bias))
        if self.cell.kind != "min_gru":
            return projected
        logits, candidate = graph.split(projected, 2, axis=1)
        taken = ACTIVATIONS["sigmoid"](graph, logits)
        kept = graph.sub(graph.constant(np.float32(1)), taken)
        return graph.concat([kept, graph.mul(taken, candidate)], axis=1)

    def _products(self) -> Products:
        def product(matrix: StoredMatrix) -> Callable[[Graph, Tensor], Tensor]:
            def multiply(graph: Graph, state: Tensor) -> Tensor:
                bias = self.cell.recurrent_bias
                return graph.fully_connected(
                    state, matrix.tensor(graph), None if bias is None else graph.constant(bias)
                )

            return multiply

        return [product(matrix) for matrix in self.recurrent]

    def _step(self, graph: Graph, row: Tensor, real: Tensor | None, states: Sequence[Tensor]) -> list[Tensor]:
        """One step; where `real` (1, 1) is 0 the states stay."""
        new = step(graph, self.cell, row, states, self._products())
        if real is None:
            return new
        return [graph.add(a, graph.mul(real, graph.sub(b, a))) for a, b in zip(states, new, strict=True)]

    def _unrolled(
        self, graph: Graph, projected: Tensor, call: Call, states: list[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Every step on its own, without a loop."""
        timesteps = graph.shape(projected)[0]
        real = _prefix_mask(graph, call.length, timesteps) if call.mask is None else call.mask
        holds: list[Tensor | None] = [None] * timesteps
        if real is not None:
            holds = [*graph.split(real, timesteps, axis=0)] if timesteps > 1 else [real]
        outputs = []
        for index, hold in enumerate(holds):
            # sliced here: all rows at once would not stay in the first-level cache
            states = self._step(graph, graph.row(projected, index), hold, states)
            outputs.append(states[0])
        return outputs, states

    def _looped(
        self, graph: Graph, projected: Tensor, call: Call, schedule: Schedule, states: list[Tensor], timesteps: int
    ) -> tuple[Tensor | None, list[Tensor]]:
        unroll, units = schedule.unroll, self.cell.units
        mask = None if call.mask is None else graph.pad_rows(call.mask, graph.shape(projected)[0] - timesteps)
        groups = -(-timesteps // unroll)
        per_block = schedule.block // unroll if call.wants_sequence else groups
        starts = list(range(0, groups, per_block))
        stops = _stops(graph, call.length, unroll, starts, [min(start + per_block, groups) for start in starts])
        kind = (unroll, per_block if call.wants_sequence else 0, graph.shape(projected), mask is not None)
        blocks = []
        for start, stop in zip(starts, stops, strict=True):
            variables = [graph.constant(np.asarray([start], np.int32)), stop]
            if unroll > 1:
                variables.append(graph.constant(np.arange(start * unroll, (start + 1) * unroll, dtype=np.int32)))
            variables.append(projected)
            if mask is not None:
                variables.append(mask)
            if call.wants_sequence:
                block = (per_block * unroll, units)
                variables += [graph.constant(np.zeros(2, np.int32)), _zeros(graph, block)]
            condition, body = self._loop(kind, graph, variables, states)
            results = graph.repeat(condition, body, [*variables, *states])
            states = results[len(variables) :]
            if call.wants_sequence:
                blocks.append(results[len(variables) - 1])
        return (graph.concat(blocks, axis=0) if blocks else None), states

    def _loop(
        self, kind: tuple[Any, ...], graph: Graph, variables: Sequence[Tensor], states: Sequence[Tensor]
    ) -> tuple[Graph, Graph]:
        """Condition and body over (step, stop, [rows], projected, [mask], [place, block], *states)."""
        if kind in self._loops:
            return self._loops[kind]
        unroll, block, _, masked = kind
        condition, body = Graph(self.model), Graph(self.model)
        given = [(graph.shape(tensor), graph.dtype(tensor)) for tensor in (*variables, *states)]
        inside = [condition.input(*one) for one in given]
        condition.outputs([condition.less(inside[0], inside[1])])
        inside = [body.input(*one) for one in given]
        results = list(inside)
        results[0] = body.add(inside[0], body.constant(np.asarray([1], np.int32)))
        rows = inside[0]
        if unroll > 1:
            rows = inside[2]
            results[2] = body.add(rows, body.constant(np.asarray(unroll, np.int32)))
        position = 3 if unroll > 1 else 2
        gathered = [inside[position], *([inside[position + 1]] if masked else [])]
        parts = [body.gather(tensor, rows) for tensor in gathered]
        carried, outputs = inside[len(variables) :], []
        for index in range(unroll):
            row, *hold = [body.row(part, index) for part in parts]
            carried = self._step(body, row, hold[0] if masked else None, carried)
            outputs.append(carried[0])
        if block:
            place = len(variables) - 2
            results[place + 1] = body.put_rows(inside[place + 1], body.stacked(outputs), inside[place])
            results[place] = body.add(inside[place], body.constant(np.asarray([unroll, 0], np.int32)))
        results[len(variables) :] = carried
        body.outputs(results)
        self._loops[kind] = condition, body
        return condition, body


def _stops(
    graph: Graph, length: Tensor | None, unroll: int, starts: Sequence[int], ends: Sequence[int]
) -> list[Tensor]:
    """(1,) int32 for each block: the group of steps before which its loop stops."""
    if length is None:
        return [graph.constant(np.asarray([end], np.int32)) for end in ends]
    groups = length
    if unroll > 1:
        rounded = graph.add(length, graph.constant(np.asarray([unroll - 1], np.int32)))
        groups = graph.floor_div(rounded, graph.constant(np.asarray([unroll], np.int32)))
    bounded = graph.minimum(graph.constant(np.asarray(ends, np.int32)), groups)
    if len(starts) == 1:
        return [bounded]
    return graph.split(graph.maximum(bounded, graph.constant(np.asarray(starts, np.int32))), len(starts), axis=0)


def _prefix_mask(graph: Graph, length: Tensor | None, timesteps: int) -> Tensor | None:
    """(timesteps, 1) float32: 1 for the first `length` steps."""
    if length is None:
        return None
    left = graph.sub(length, graph.constant(np.arange(timesteps, dtype=np.int32)[:, None]))
    one = graph.minimum(graph.maximum(left, graph.constant(np.int32(0))), graph.constant(np.int32(1)))
    return graph.op("CAST", [one], [((timesteps, 1), "float32")], options=("CastOptions", {}))[0]


def _zeros(graph: Graph, shape: tuple[int, int]) -> Tensor:
    """Made while running: a constant would be as long in the file."""
    given = [graph.constant(np.asarray(shape, np.int32)), graph.constant(np.float32(0))]
    return graph.op("FILL", given, [(shape, "float32")], options=("FillOptions", {}))[0]
