"""Recurrent cells as ONNX LSTM, GRU and RNN nodes (ONNX operator specification, opset 14 and later)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from export.cells import Cell
from export.recurrence import Unknown

OPSET = 17
IR_VERSION = 9
OPERATORS = {"lstm": "LSTM", "gru": "GRU", "gru_reset_before": "GRU", "simple_rnn": "RNN"}
# Keras activation -> name, its alphas and betas; other activations have no place in a node
_ACTIVATIONS: dict[str, tuple[str, list[float], list[float]]] = {
    "linear": ("Affine", [1.0], [0.0]),
    "tanh": ("Tanh", [], []),
    "sigmoid": ("Sigmoid", [], []),
    "relu": ("Relu", [], []),
    "elu": ("Elu", [1.0], []),
    "hard_sigmoid": ("HardSigmoid", [1 / 6], [0.5]),
}


def attributes(cells: Sequence[Cell], direction: str) -> dict[str, Any]:
    """The attributes of a node for one cell, or two of a kind for `bidirectional`.

    Raises:
        Unknown: ONNX has no such activation.
    """
    activations = [one for cell in cells for one in _activations(cell)]
    found: dict[str, Any] = {"hidden_size": cells[0].units, "direction": direction}
    found["activations"] = [name for name, _, _ in activations]
    # a runtime takes the next value of a list for each function that has one
    for place, name in ((1, "activation_alpha"), (2, "activation_beta")):
        values = [value for activation in activations for value in activation[place]]
        if values:
            found[name] = values
    if cells[0].kind.startswith("gru"):
        found["linear_before_reset"] = int(cells[0].kind == "gru")
    return found


def _activations(cell: Cell) -> list[tuple[str, list[float], list[float]]]:
    names = {
        "simple_rnn": [cell.activation],
        "lstm": [cell.recurrent_activation, cell.activation, cell.activation],
    }.get(cell.kind, [cell.recurrent_activation, cell.activation])
    missing = [name for name in names if name not in _ACTIVATIONS]
    if missing:
        raise Unknown(f"ONNX has no activation {missing[0]} inside recurrent nodes")
    return [_ACTIVATIONS[name] for name in names]


def weights(cell: Cell) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W (gates * units, features), R (gates * units, units), B (2 * gates * units,) in ONNX' order of gates.

    ONNX has i, o, f, c where Keras has i, f, c, o; the GRU's z, r, h is the same in both.
    """
    recurrent = np.concatenate(cell.recurrent)
    second = np.zeros(len(recurrent), np.float32) if cell.recurrent_bias is None else cell.recurrent_bias
    parts = [_ordered(cell, part) for part in (cell.kernel, recurrent, cell.bias, second)]
    return parts[0], parts[1], np.concatenate(parts[2:])


def _ordered(cell: Cell, rows: np.ndarray) -> np.ndarray:
    if cell.kind != "lstm":
        return rows
    i, f, c, o = np.split(rows, 4)
    return np.concatenate([i, o, f, c])


def bare_node(cells: Sequence[Cell], timesteps: int, last: bool) -> bytes:
    """A model that is one node and nothing else, time first, which is what ONNX Runtime is fastest at.

    Args:
        cells: one, or the forward and the backward one.
        timesteps: of the input `x` (timesteps, 1, features).
        last: whether the output `y` is the last state (directions, 1, units) or all (timesteps, directions, 1, units).
    """
    from onnx import TensorProto, helper, numpy_helper

    both, units, features = len(cells), cells[0].units, cells[0].kernel.shape[1]
    stored = [
        numpy_helper.from_array(np.stack(parts), name)
        for name, parts in zip("WRB", zip(*map(weights, cells), strict=True), strict=True)
    ]
    node = helper.make_node(
        OPERATORS[cells[0].kind], ["x", "W", "R", "B"], ["", "y"] if last else ["y"],
        **attributes(cells, "bidirectional" if both == 2 else "forward"),
    )  # fmt: skip
    shape = [both, 1, units] if last else [timesteps, both, 1, units]
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [timesteps, 1, features])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        stored,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    return bytes(made.SerializeToString())


def dynamically_quantized(model: bytes) -> bytes:
    """ONNX Runtime's own dynamic quantization: int8 weights of products and LSTMs; GRU and RNN stay float32."""
    import logging
    import tempfile
    from pathlib import Path

    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(prefix="unroll-") as folder:
        given, made = Path(folder) / "float32.onnx", Path(folder) / "int8.onnx"
        given.write_bytes(model)
        level = logging.root.level
        logging.root.setLevel(logging.ERROR)  # it asks for a preparation that changes nothing here
        try:
            quantize_dynamic(given, made, weight_type=QuantType.QInt8, per_channel=True)
        finally:
            logging.root.setLevel(level)
        return made.read_bytes()
