"""Weights of recurrent loops as they are stored: float32, int8 or int4 with a scale a row."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from export.flatbuffer import SMALLEST_WEIGHT, add_buffer, add_tensor, schema
from export.graph import Graph, Tensor

_LARGEST = {"int8": 127, "int4": 7}


class StoredMatrix:
    """A matrix that several subgraphs read: one buffer in the file, a tensor wherever it is used.

    Args:
        model: the `ModelT` object.
        name: of its tensors.
        values: (outputs, inputs) float32.
        dtype: `float32`, `int8` or `int4`; a matrix of fewer than `SMALLEST_WEIGHT` elements stays float32.
    """

    def __init__(self, model: Any, name: str, values: np.ndarray, dtype: str) -> None:
        self.name, self.shape = name, values.shape
        self.dtype = dtype if values.size >= SMALLEST_WEIGHT else "float32"
        self.quantization = None
        stored = np.ascontiguousarray(values, np.float32)
        if self.dtype != "float32":
            stored, self.quantization = quantised_rows(stored, self.dtype)
        self.buffer = add_buffer(model, packed_nibbles(stored) if self.dtype == "int4" else stored)
        self._tensors: dict[int, Tensor] = {}

    def tensor(self, graph: Graph) -> Tensor:
        """The matrix as a constant tensor of a subgraph."""
        key = id(graph.subgraph)
        if key not in self._tensors:
            quantization = copy.deepcopy(self.quantization)
            self._tensors[key] = add_tensor(
                graph.subgraph, self.name, self.shape, self.dtype, self.buffer, quantization
            )
        return self._tensors[key]


def quantised_rows(values: np.ndarray, dtype: str) -> tuple[np.ndarray, Any]:
    """Symmetric integers with one scale a row, the range of the row's largest magnitude.

    Returns:
        (outputs, inputs) int8 values within the dtype's range, and the quantization record.
    """
    largest = _LARGEST[dtype]
    scale = np.maximum(np.abs(values).max(axis=1) / largest, np.finfo(np.float32).tiny).astype(np.float32)
    record = schema.QuantizationParametersT()
    record.scale, record.zeroPoint, record.quantizedDimension = scale, np.zeros(len(scale), np.int64), 0
    return np.clip(np.rint(values / scale[:, None]), -largest, largest).astype(np.int8), record


def packed_nibbles(values: np.ndarray) -> np.ndarray:
    """Two int4 values a byte, the first in the low half, as TFLite stores them."""
    flat = values.astype(np.int8).ravel()
    if flat.size % 2:
        flat = np.append(flat, np.int8(0))
    return ((flat[0::2] & 0x0F) | ((flat[1::2] & 0x0F) << 4)).astype(np.uint8)
