"""The Keras model as a `Runner`, to compare a converted model with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from common.app import ExportSpec, Outputs, Runner
from common.data.ragged import Arrays
from export.naming import functional, named_inputs, named_outputs
from export.native_log import quiet_tensorflow
from export.rows import bucket, has_common_time_axis, longest, padded_inputs, signature_name, static_timesteps

if TYPE_CHECKING:
    import keras


def keras_runner(
    model: keras.Model, spec: ExportSpec, batch_size: int = 64, static: bool = False, exact: bool = False
) -> Runner:
    """The Keras model as a Runner.

    Rows are run sorted by length, each batch padded to its own longest row (rounded up to 32), because that is how the
    model was trained; outputs with a time axis come back padded with zeros to the static length.

    Args:
        model: as in `to_tflite`.
        spec: names and static shapes.
        batch_size: rows at a time.
        static: pad all rows to the static shape, as a device does.
        exact: run each row on its own, without any padding.
    """
    if exact:
        batch_size = 1
    if model.inputs[0].shape[0] is not None:
        batch_size = model.inputs[0].shape[0]
    timed = time_outputs(model, spec)
    fixed = all(None not in tensor.shape[1:] for tensor in model.inputs)
    compiled: Callable[..., Any] | None = None

    def run(arrays: Arrays) -> Outputs:
        nonlocal compiled
        import tensorflow as tf

        if compiled is None:
            shapes = {name: tensor.shape for name, tensor in named_inputs(model).items()}
            signature = {name: tf.TensorSpec(shapes[name], item.dtype) for name, item in spec.inputs.items()}
            with quiet_tensorflow():
                compiled = tf.function(_forward(model, spec), autograph=False).get_concrete_function(**signature)
        lengths, static_length = longest(arrays, spec.inputs), static_timesteps(spec.inputs)
        as_on_device = static or fixed or not has_common_time_axis(arrays, spec.inputs)
        results: dict[str, np.ndarray] = {}
        order = np.argsort(lengths, kind="stable")
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            needed = int(lengths[rows].max())
            width = static_length if as_on_device else min(needed if exact else bucket(needed), static_length)
            inputs = padded_inputs(arrays, spec.inputs, rows, width)
            outputs = compiled(**{name: tf.constant(value) for name, value in inputs.items()})
            for name, value in zip(spec.outputs, outputs, strict=True):
                part = value.numpy()
                if name in timed and width != static_length:
                    part = _at_static_length(part, width, static_length)
                results.setdefault(name, np.zeros((len(order), *part.shape[1:]), part.dtype))[rows] = part
        return results

    return run


def time_outputs(model: keras.Model, spec: ExportSpec) -> set[str]:
    """The outputs whose second axis is time: its size is open in the Keras model."""
    outputs = named_outputs(model, spec.outputs)
    return {name for name in spec.outputs if len(outputs[name].shape) > 1 and outputs[name].shape[1] is None}


def _at_static_length(part: np.ndarray, width: int, static: int) -> np.ndarray:
    """Cuts or pads the time axis of (rows, width / stride, ...) outputs with zeros to static / stride."""
    steps = static // max(1, width // part.shape[1])
    part = part[:, :steps]
    return np.pad(part, [(0, 0), (0, steps - part.shape[1])] + [(0, 0)] * (part.ndim - 2))


def _forward(model: keras.Model, spec: ExportSpec) -> Callable[..., tuple[Any, ...]]:
    """The model as a function of named tensors that gives its outputs in the order of the specification."""

    def forward(**inputs: Any) -> tuple[Any, ...]:
        import keras
        import tensorflow as tf

        trainable = [variable.value for variable in model.trainable_variables]
        fixed = [variable.value for variable in model.non_trainable_variables]
        given = keras.tree.map_structure(lambda tensor: inputs[signature_name(tensor.name)], functional(model).input)
        outputs, _ = model.stateless_call(trainable, fixed, given, training=False)
        if isinstance(outputs, Mapping):
            chosen = [outputs[name] for name in spec.outputs]
        else:
            chosen = keras.tree.flatten(outputs)
        return tuple(tf.identity(value) for value in chosen)

    return forward
