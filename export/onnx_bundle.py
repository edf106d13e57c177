"""The bundle of the lane `onnx`: model.onnx, checked against Keras in ONNX Runtime before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from common.app import ExportSpec, Outputs
from common.data.ragged import Arrays
from common.errors import UserError
from export.agreement import compare, describe, passes
from export.bundle import checked_assets, checked_output
from export.gates import TOLERANCES, Gate
from export.lane_bundle import write_lane
from export.naming import functional, named_inputs
from export.onnx_lane import OnnxWeights, convert_onnx
from export.onnx_nodes import OPSET
from export.probes import pick
from export.rows import LENGTHS, padded_inputs, signature_name

if TYPE_CHECKING:
    import keras

MODEL = "model.onnx"


def export_onnx(
    model: keras.Model,
    spec: ExportSpec,
    output: Path,
    *,
    application: str,
    arrays: Arrays,
    assets: Path | None = None,
    weights: OnnxWeights = "float32",
) -> tuple[Gate, Mapping[str, str]]:
    """Writes model.onnx, manifest.json and the preprocessing assets; nothing unless ONNX Runtime agrees with Keras.

    Args:
        model: the serving model.
        spec: its names; an input `lengths` that the model does not know is left out, because time stays open.
        output: the bundle's folder: absent, empty, or a bundle to replace.
        application: its name, for the manifest.
        arrays: encoded rows to compare on.
        assets: the run's preprocessing folder.
        weights: `float32` or `int8`.

    Returns:
        The gate, passed, and layer name -> why it became a loop of single operators.

    Raises:
        UserError: the model cannot be converted, or its answers are not those of Keras.
    """
    output = checked_output(output)
    checked_assets(spec, assets)
    own = spec if LENGTHS in named_inputs(model) else spec.without(LENGTHS)
    data, slow = convert_onnx(model, own, weights)
    gate = _agreement(model, own, data, arrays, weights)
    facts = {
        "application": application, "lane": "onnx", "weights": weights, "opset": OPSET, "state": "stateless",
        "inputs": {name: {"dtype": item.dtype, "fill": item.fill} for name, item in own.inputs.items()},
        "outputs": list(own.outputs), "slow_layers": dict(slow),
    }  # fmt: skip
    write_lane(output, {MODEL: data}, facts, [gate], spec, assets)
    return gate, slow


def _agreement(model: keras.Model, spec: ExportSpec, data: bytes, arrays: Arrays, weights: str) -> Gate:
    """ONNX Runtime and Keras on the same rows, each row alone, unpadded where time is open."""
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    probes = pick(arrays, spec, 32)
    opened = any(None in tensor.shape[1:2] for tensor in named_inputs(model).values())
    worst: dict[str, dict[str, Any]] = {}
    for row, length in enumerate(probes.lengths):
        width = max(1, int(length)) if opened else None
        inputs = padded_inputs(probes.arrays, spec.inputs, np.array([row]), width)
        expected = _keras_outputs(model, spec, inputs)
        found = dict(zip(spec.outputs, session.run(list(spec.outputs), dict(inputs)), strict=True))
        for name, value in found.items():
            result = compare(np.asarray(expected[name]), value)
            if not passes(result, TOLERANCES[weights]):
                raise UserError(
                    f"gate agreement: expected the outputs of Keras within {TOLERANCES[weights].max_absolute:g}, found "
                    f"in ONNX Runtime that {name} {describe(result)} on a row of {length} timesteps; use float32"
                )
            if result.get("max_absolute", 0.0) >= worst.get(name, {}).get("max_absolute", -1.0):
                worst[name] = result
    detail = ", ".join(f"{name} {describe(result)}" for name, result in worst.items())
    return Gate("agreement", f"{len(probes.lengths)} rows in ONNX Runtime: {detail}", {"outputs": worst})


def _keras_outputs(model: keras.Model, spec: ExportSpec, inputs: Mapping[str, np.ndarray]) -> Outputs:
    import keras

    given = keras.tree.map_structure(lambda tensor: inputs[signature_name(tensor.name)], functional(model).input)
    found = model(given, training=False)
    if isinstance(found, Mapping):
        return {name: np.asarray(found[name]) for name in spec.outputs}
    return {name: np.asarray(v) for name, v in zip(spec.outputs, keras.tree.flatten(found), strict=True)}
