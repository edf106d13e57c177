"""Reads the recurrent layers of a Keras model as `export.cells.Cell`s, or says why one has to go Keras' own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from common.layers import MinGRU, MinGRUCell
from export.cells import ACTIVATIONS, Cell

LAYERS = (keras.layers.RNN, keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU, MinGRU)


class Unknown(Exception):  # noqa: N818  (no error: the layer takes another way)
    """Why a layer has no fast form, in words."""


def recurrent_layers(model: keras.Model) -> list[keras.layers.RNN]:
    """Every recurrent layer of a model, those inside wrappers and nested models too, each once."""
    found = {id(layer): layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.RNN)}
    return list(found.values())


def read_cells(layer: keras.layers.RNN) -> list[Cell]:
    """The cells of a layer, the one that reads the inputs first.

    Raises:
        Unknown: the layer computes something that the fast form does not know.
    """
    if type(layer) not in LAYERS:
        raise Unknown(f"{type(layer).__name__} is a layer of its own")
    if layer.compute_dtype != "float32":
        raise Unknown(f"it computes in {layer.compute_dtype}")
    stacked = isinstance(layer.cell, keras.layers.StackedRNNCells)
    return [_read_cell(cell) for cell in (layer.cell.cells if stacked else [layer.cell])]


def _read_cell(cell: Any) -> Cell:
    read = _READERS.get(type(cell))
    if read is None:
        raise Unknown(f"the cell {type(cell).__name__} is unknown")
    made: Cell = read(cell)
    return made


def _activation(function: Any) -> str:
    name = getattr(function, "__name__", "") if function is not None else "linear"
    if name not in ACTIVATIONS or function is not keras.activations.get(name):
        raise Unknown(f"the activation {name or type(function).__name__} is unknown")
    return str(name)


def _values(variable: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float32)


def _bias(cell: Any, size: int) -> np.ndarray:
    return _values(cell.bias) if cell.use_bias else np.zeros(size, np.float32)


def _simple_rnn(cell: Any) -> Cell:
    kernel = _values(cell.kernel).T
    return Cell(
        "simple_rnn", cell.units, kernel, _bias(cell, len(kernel)), (_values(cell.recurrent_kernel).T,), None,
        _activation(cell.activation),
    )  # fmt: skip


def _lstm(cell: Any) -> Cell:
    kernel = _values(cell.kernel).T
    return Cell(
        "lstm", cell.units, kernel, _bias(cell, len(kernel)), (_values(cell.recurrent_kernel).T,), None,
        _activation(cell.activation), _activation(cell.recurrent_activation),
    )  # fmt: skip


def _gru(cell: Any) -> Cell:
    kernel, recurrent = _values(cell.kernel).T, _values(cell.recurrent_kernel).T
    activations = _activation(cell.activation), _activation(cell.recurrent_activation)
    if cell.reset_after:
        bias = _values(cell.bias) if cell.use_bias else np.zeros((2, len(kernel)), np.float32)
        return Cell("gru", cell.units, kernel, bias[0], (recurrent,), bias[1], *activations)
    gates = 2 * cell.units
    matrices = recurrent[:gates], recurrent[gates:]
    return Cell("gru_reset_before", cell.units, kernel, _bias(cell, len(kernel)), matrices, None, *activations)


def _min_gru(cell: Any) -> Cell:
    kernel = _values(cell.kernel).T
    return Cell("min_gru", cell.units, kernel, _bias(cell, len(kernel)), ())


_READERS: dict[type, Any] = {
    keras.layers.SimpleRNNCell: _simple_rnn,
    keras.layers.LSTMCell: _lstm,
    keras.layers.GRUCell: _gru,
    MinGRUCell: _min_gru,
}


def state_sizes(cells: Sequence[Cell]) -> list[int]:
    """Units of every state that the cells carry, in Keras' order."""
    return [cell.units for cell in cells for _ in range(cell.states)]
