"""Reads what a .tflite file is made of: operators, constants by dtype, variables, dynamic shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from export.flatbuffer import DTYPES, OPERATOR_CODES, SMALLEST_WEIGHT, code_of, constant, element_count, name_of, read


@dataclass(frozen=True)
class Weight:
    """A large constant of the model."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    size_bytes: int


@dataclass(frozen=True)
class Inventory:
    """What a .tflite file is made of.

    Attributes:
        operators: operator name -> how often it occurs, over all subgraphs, sorted by name.
        custom: names of custom operators; those beginning with `Flex` need TensorFlow on the device.
        variables: names of tensors that keep their value between invocations.
        dynamic: names of main-graph tensors whose shape is known only while running (a loop body of the stock
            conversion holds some: it cuts and joins the block of outputs at the current timestep).
        weights: constants of at least `SMALLEST_WEIGHT` elements, each buffer once, largest first.
        constant_bytes: dtype -> bytes in constants, each buffer once.
        size_bytes: the file.
    """

    operators: Mapping[str, int]
    custom: tuple[str, ...]
    variables: tuple[str, ...]
    dynamic: tuple[str, ...]
    weights: tuple[Weight, ...]
    constant_bytes: Mapping[str, int]
    size_bytes: int

    @property
    def int8_bytes(self) -> int:
        """Bytes held in int8 constants."""
        return self.constant_bytes.get("int8", 0)


def inventory(data: bytes) -> Inventory:
    """Reads a .tflite file.

    Raises:
        UserError: the bytes are no TFLite model.
    """
    model = read(data)
    operators = [operator for subgraph in model.subgraphs for operator in subgraph.operators]
    custom = [
        (model.operatorCodes[operator.opcodeIndex].customCode or b"custom").decode()
        for operator in operators
        if code_of(model, operator) == OPERATOR_CODES["CUSTOM"]
    ]
    tensors = [tensor for subgraph in model.subgraphs for tensor in subgraph.tensors]
    sizes, weights = _constants(model, tensors)
    return Inventory(
        operators=dict(sorted(Counter(name_of(model, operator) for operator in operators).items())),
        custom=tuple(sorted(set(custom))),
        variables=tuple(tensor.name.decode() for tensor in tensors if tensor.isVariable),
        dynamic=tuple(tensor.name.decode() for tensor in model.subgraphs[0].tensors if _is_dynamic(tensor)),
        weights=tuple(sorted(weights, key=lambda weight: (-weight.size_bytes, weight.name))),
        constant_bytes=dict(sorted(sizes.items())),
        size_bytes=len(data),
    )


def _is_dynamic(tensor: Any) -> bool:
    return tensor.shapeSignature is not None and any(int(size) < 0 for size in tensor.shapeSignature)


def _constants(model: Any, tensors: list[Any]) -> tuple[Counter[str], list[Weight]]:
    """Bytes by dtype and the large constants, counting a shared buffer once."""
    sizes: Counter[str] = Counter()
    weights: dict[int, Weight] = {}
    seen = set()
    for tensor in tensors:
        data = constant(model, tensor)
        if data is None or tensor.buffer in seen:
            continue
        seen.add(tensor.buffer)
        dtype = DTYPES[tensor.type]
        sizes[dtype] += data.nbytes
        if element_count(tensor) >= SMALLEST_WEIGHT:
            shape = tuple(int(size) for size in tensor.shape)
            weights[tensor.buffer] = Weight(tensor.name.decode(), shape, dtype, data.nbytes)
    return sizes, list(weights.values())
