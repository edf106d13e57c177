"""Small Keras models for the ONNX lane, and their comparison with ONNX Runtime."""

from __future__ import annotations

import collections
from typing import Any

import keras
import numpy as np

from common.app import ExportSpec, InputSpec

SIZES = ((1, 1), (1, 9), (3, 4), (2, 33))  # batch, timesteps
FEATURES = 3


def spec_of(model: keras.Model) -> ExportSpec:
    inputs = {tensor.name: InputSpec((1,), str(tensor.dtype)) for tensor in model.inputs}
    return ExportSpec(inputs, tuple(f"out_{number}" for number in range(len(model.outputs))), {}, {}, ())


def spread(model: keras.Model, seed: int = 0) -> keras.Model:
    """Every weight random, biases too, so that nothing in a wrong place goes unseen."""
    generator = np.random.default_rng(seed)
    for variable in model.variables:
        if variable.dtype == "float32":
            variable.assign(generator.normal(size=variable.shape, scale=0.5))
    return model


def chain(*parts: Any) -> keras.Model:
    x = keras.Input((None, FEATURES), name="x")
    y = x
    for part in parts:
        y = part(y)
    return spread(keras.Model(x, y))


def example(model: keras.Model, batch: int, timesteps: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Random inputs; integers are words with zeros among them, sequences have zero rows, one row is all padding."""
    generator = np.random.default_rng(seed)
    found = {}
    for tensor in model.inputs:
        shape = (batch, *(timesteps if size is None else size for size in tensor.shape[1:]))
        if tensor.name == "lengths":
            value = generator.integers(1, timesteps + 1, shape)
        elif "int" in str(tensor.dtype):
            value = generator.integers(0, 3, shape)
        else:
            value = generator.normal(size=shape)
            if len(shape) == 3:
                value[generator.random(shape[:2]) < 0.4] = 0
        if len(shape) > 1 and batch > 1:
            value[-1] = 0
        found[tensor.name] = value.astype(str(tensor.dtype))
    return found


def nodes_of(data: bytes) -> collections.Counter[str]:
    import onnx

    return collections.Counter(node.op_type for node in onnx.load_from_string(data).graph.node)


def check(model: keras.Model, data: bytes, sizes=SIZES) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    for batch, timesteps in sizes:
        inputs = example(model, batch, timesteps)
        wanted = model(keras.tree.map_structure(lambda tensor, inputs=inputs: inputs[tensor.name], model.input))
        found = session.run(list(spec_of(model).outputs), inputs)
        for one, other in zip(keras.tree.flatten(wanted), found, strict=True):
            np.testing.assert_allclose(other, np.asarray(one), atol=1e-5, rtol=1e-5)
