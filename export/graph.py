"""Writes operators into a subgraph of a TFLite model: each method adds one operator and gives its output tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from export.flatbuffer import DTYPES, add_buffer, add_operator, add_tensor, constant, schema

# tensor indices of a subgraph
Tensor = int


class Graph:
    """A subgraph under construction.

    Args:
        model: the `ModelT` object that holds it.
        subgraph: the `SubGraphT` object; a new one, appended to the model, by default.
    """

    def __init__(self, model: Any, subgraph: Any = None) -> None:
        self.model = model
        if subgraph is None:
            subgraph = schema.SubGraphT()
            subgraph.tensors, subgraph.operators = [], []
            subgraph.inputs, subgraph.outputs, subgraph.name = [], [], b""
            model.subgraphs.append(subgraph)
        self.subgraph = subgraph
        self._constants: dict[tuple[str, tuple[int, ...], bytes], Tensor] = {}

    @property
    def index(self) -> int:
        """The subgraph's index in the model."""
        return int(next(i for i, subgraph in enumerate(self.model.subgraphs) if subgraph is self.subgraph))

    def shape(self, tensor: Tensor) -> tuple[int, ...]:
        """A tensor's static shape."""
        shape = self.subgraph.tensors[tensor].shape
        return () if shape is None else tuple(int(size) for size in shape)

    def dtype(self, tensor: Tensor) -> str:
        """A tensor's dtype, as NumPy names it."""
        return DTYPES[self.subgraph.tensors[tensor].type]

    def tensor(self, shape: Sequence[int], dtype: str = "float32") -> Tensor:
        """A new computed tensor."""
        return add_tensor(self.subgraph, f"t{len(self.subgraph.tensors)}", tuple(shape), dtype)

    def input(self, shape: Sequence[int], dtype: str = "float32") -> Tensor:
        """A new input of the subgraph."""
        tensor = self.tensor(shape, dtype)
        self.subgraph.inputs = [*self.subgraph.inputs, tensor]
        return tensor

    def outputs(self, tensors: Sequence[Tensor]) -> None:
        """Names the subgraph's outputs."""
        self.subgraph.outputs = list(tensors)

    def constant(self, value: Any, dtype: str | None = None) -> Tensor:
        """A small constant; equal ones are shared."""
        array = np.asarray(value, dtype)
        key = (array.dtype.name, array.shape, array.tobytes())
        if key not in self._constants:
            buffer = add_buffer(self.model, array)
            name = f"c{len(self.subgraph.tensors)}"
            self._constants[key] = add_tensor(self.subgraph, name, array.shape, array.dtype.name, buffer)
        return self._constants[key]

    def op(
        self,
        name: str,
        inputs: Sequence[Tensor],
        outputs: Sequence[tuple[Sequence[int], str]],
        version: int = 1,
        options: tuple[str, dict[str, Any]] | None = None,
    ) -> list[Tensor]:
        """Adds an operator.

        Args:
            name: as the schema spells it, `FULLY_CONNECTED`.
            inputs: tensors, -1 for an optional one that is absent.
            outputs: shape and dtype of each output.
            version: of the operator.
            options: name of the options table, `FullyConnectedOptions`, and its fields.

        Returns:
            The output tensors.
        """
        made = [self.tensor(shape, dtype) for shape, dtype in outputs]
        operator = add_operator(self.model, name, list(inputs), made, version)
        if options is not None:
            kind, fields = options
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
            operator.builtinOptions = getattr(schema, f"{kind}T")()
            for field, value in fields.items():
                setattr(operator.builtinOptions, field, value)
        self.subgraph.operators.append(operator)
        return made

    def _binary(self, name: str, a: Tensor, b: Tensor, options: str, dtype: str | None = None) -> Tensor:
        shape = np.broadcast_shapes(self.shape(a), self.shape(b))
        return self.op(
            name, [a, b], [(shape, dtype or self.dtype(a))], options=None if options is None else (options, {})
        )[0]

    def _value(self, tensor: Tensor) -> np.ndarray | None:
        """Of a float32 constant; None when it is computed."""
        raw = constant(self.model, self.subgraph.tensors[tensor])
        if raw is None or self.dtype(tensor) != "float32":
            return None
        return raw.view(np.float32).reshape(self.shape(tensor))

    def _is_zero(self, tensor: Tensor) -> bool:
        value = self._value(tensor)
        return value is not None and not value.any()

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        if self.shape(a) == self.shape(b) and (self._is_zero(a) or self._is_zero(b)):
            return b if self._is_zero(a) else a
        return self._binary("ADD", a, b, "AddOptions")

    def sub(self, a: Tensor, b: Tensor) -> Tensor:
        return self._binary("SUB", a, b, "SubOptions")

    def mul(self, a: Tensor, b: Tensor) -> Tensor:
        if self._is_zero(b):
            return self.constant(np.zeros(np.broadcast_shapes(self.shape(a), self.shape(b)), np.float32))
        return self._binary("MUL", a, b, "MulOptions")

    def maximum(self, a: Tensor, b: Tensor) -> Tensor:
        return self._binary("MAXIMUM", a, b, "MaximumMinimumOptions")

    def minimum(self, a: Tensor, b: Tensor) -> Tensor:
        return self._binary("MINIMUM", a, b, "MaximumMinimumOptions")

    def floor_div(self, a: Tensor, b: Tensor) -> Tensor:
        return self._binary("FLOOR_DIV", a, b, "FloorDivOptions")

    def less(self, a: Tensor, b: Tensor) -> Tensor:
        return self._binary("LESS", a, b, "LessOptions", "bool")

    def unary(self, name: str, a: Tensor, options: str | None = None, **fields: Any) -> Tensor:
        """An operator that keeps shape and dtype: `TANH`, `LOGISTIC`, `RELU`, ..."""
        return self.op(name, [a], [(self.shape(a), self.dtype(a))], options=(options, fields) if options else None)[0]

    def split(self, a: Tensor, parts: int, axis: int) -> list[Tensor]:
        shape = list(self.shape(a))
        shape[axis] //= parts
        given = [self.constant(axis, "int32"), a]
        return self.op("SPLIT", given, [(shape, self.dtype(a))] * parts, options=("SplitOptions", {"numSplits": parts}))

    def concat(self, tensors: Sequence[Tensor], axis: int) -> Tensor:
        if len(tensors) == 1:
            return tensors[0]
        shape = list(self.shape(tensors[0]))
        shape[axis] = sum(self.shape(tensor)[axis] for tensor in tensors)
        return self.op(
            "CONCATENATION",
            tensors,
            [(shape, self.dtype(tensors[0]))],
            options=("ConcatenationOptions", {"axis": axis}),
        )[0]

    def stacked(self, parts: Sequence[Tensor]) -> Tensor:
        """Matrices under each other, joined a few at a time: XNNPACK takes no CONCATENATION of more than five."""
        while len(parts) > 1:
            parts = [self.concat(parts[first : first + 4], axis=0) for first in range(0, len(parts), 4)]
        return parts[0]

    def gather(self, a: Tensor, rows: Tensor) -> Tensor:
        """Rows of the first axis."""
        shape = (*self.shape(rows), *self.shape(a)[1:])
        return self.op("GATHER", [a, rows], [(shape, self.dtype(a))], options=("GatherOptions", {"axis": 0}))[0]

    def reshape(self, a: Tensor, shape: Sequence[int]) -> Tensor:
        if self.shape(a) == tuple(shape):
            return a
        wanted = self.constant(list(shape), "int32")
        fields = {"newShape": list(shape)}
        return self.op("RESHAPE", [a, wanted], [(shape, self.dtype(a))], options=("ReshapeOptions", fields))[0]

    def pad_rows(self, a: Tensor, after: int) -> Tensor:
        """Zero rows after the last one."""
        shape = self.shape(a)
        if not after:
            return a
        amounts = np.zeros((len(shape), 2), np.int32)
        amounts[0, 1] = after
        padded = (shape[0] + after, *shape[1:])
        return self.op("PAD", [a, self.constant(amounts)], [(padded, self.dtype(a))], options=("PadOptions", {}))[0]

    def head(self, a: Tensor, rows: int) -> Tensor:
        """The first rows."""
        shape = self.shape(a)
        return a if rows == shape[0] else self._slice(a, [0] * len(shape), [rows, *shape[1:]])

    def row(self, a: Tensor, index: int) -> Tensor:
        """(1, columns) of (rows, columns); a slice, because XNNPACK takes no SPLIT into more than four."""
        if self.shape(a)[0] == 1:
            return a
        return self._slice(a, (index, 0), (1, self.shape(a)[1]))

    def columns(self, a: Tensor, first: int, count: int) -> Tensor:
        """Some columns of a matrix."""
        if (value := self._value(a)) is not None:
            return self.constant(value[:, first : first + count])
        return self._slice(a, [0, first], [self.shape(a)[0], count])

    def _slice(self, a: Tensor, begin: Sequence[int], size: Sequence[int]) -> Tensor:
        given = [a, self.constant(begin, "int32"), self.constant(size, "int32")]
        return self.op("SLICE", given, [(size, self.dtype(a))], options=("SliceOptions", {}))[0]

    def put_rows(self, block: Tensor, rows: Tensor, place: Tensor) -> Tensor:
        """`block` with `rows` written at the indices `place` (int32, one per axis)."""
        return self.op(
            "DYNAMIC_UPDATE_SLICE", [block, rows, place], [(self.shape(block), self.dtype(block))], version=1
        )[0]

    def fully_connected(self, a: Tensor, weights: Tensor, bias: Tensor | None) -> Tensor:
        """(rows, features) times (outputs, features) transposed, plus bias, to (rows, outputs) float32.

        Of zeros, as the first state of a sequence is, the bias is left: a constant.
        """
        if self._is_zero(a):
            sums = np.zeros((self.shape(a)[0], self.shape(weights)[0]), np.float32)
            return self.constant(sums if bias is None else sums + np.asarray(self._value(bias)))
        stored = self.dtype(weights)
        dynamic = stored in ("int8", "int4")  # float activations are quantised on the fly, row by row
        fields = {"asymmetricQuantizeInputs": dynamic}
        shape = (self.shape(a)[0], self.shape(weights)[0])
        given = [a, weights, -1 if bias is None else bias]
        version = 12 if dynamic else 1
        return self.op("FULLY_CONNECTED", given, [(shape, "float32")], version, ("FullyConnectedOptions", fields))[0]

    def repeat(self, condition: Graph, body: Graph, start: Sequence[Tensor]) -> list[Tensor]:
        """A WHILE operator over the loop's variables."""
        fields = {"condSubgraphIndex": condition.index, "bodySubgraphIndex": body.index}
        kinds = [(self.shape(tensor), self.dtype(tensor)) for tensor in start]
        return self.op("WHILE", start, kinds, options=("WhileOptions", fields))
