"""Keras model -> .tflite bytes, and the same model as a `Runner` to compare with; imports TensorFlow when called."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from common.app import ExportSpec, Outputs, Runner
from common.data.ragged import Arrays
from common.errors import UserError
from common.quiet import silenced, text_of
from export.rows import bucket, has_common_time_axis, longest, padded_inputs, static_timesteps
from export.tidy import tidied

if TYPE_CHECKING:
    import keras

Weights = Literal["float32", "float16", "int8"]
WEIGHTS: tuple[Weights, ...] = ("float32", "float16", "int8")


def to_tflite(model: keras.Model, spec: ExportSpec, weights: Weights = "int8") -> bytes:
    """Converts a serving model: builtin operators, batch 1, static shapes, one signature `run`.

    Args:
        model: takes the inputs that `spec` names and gives the outputs that `spec` names, or a single tensor.
        spec: names and static shapes.
        weights: `float32`; `float16` (stored, computed in float32); or `int8` (dynamic range: weights int8,
            activations float32).

    Raises:
        UserError: the names do not match the model, or the model needs operators that TFLite does not have.
    """
    if weights not in WEIGHTS:
        raise UserError(f"--weights: expected one of {', '.join(WEIGHTS)}, found {weights!r}; choose one of them")
    check_names(model, spec)
    with _quiet_tensorflow() as log:
        import tensorflow as tf
        from tensorflow.lite.python.convert_phase import ConverterError
        from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

        signature = {name: tf.TensorSpec((1, *item.shape), item.dtype, name=name) for name, item in spec.inputs.items()}
        concrete = tf.function(_forward(model, spec), autograph=False).get_concrete_function(**signature)
        frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
        # A trackable object of our own makes the converter go through a SavedModel, which alone keeps a signature.
        converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen], trackable_obj=tf.Module())
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if weights == "int8":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        try:
            data = converter.convert()
        except (ConverterError, ValueError) as error:
            layers = [layer.name for layer in model._flatten_layers(include_self=False)]
            raise UserError(refusal(f"{text_of(log)}\n{error}", layers)) from error
        return tidied(data, weights, spec.outputs)


def check_names(model: keras.Model, spec: ExportSpec) -> None:
    """Raises UserError where the specification's names are not those of the model."""
    if not getattr(model, "inputs", None):
        raise UserError(
            "expected a functional Keras model with named inputs, found one without; call it on keras.Input"
        )
    found = [tensor.name for tensor in model.inputs]
    if set(found) != set(spec.inputs):
        wanted = ", ".join(spec.inputs)
        raise UserError(f"expected a model with the inputs {wanted}, found {', '.join(found)}; correct the ExportSpec")
    if isinstance(model.output, Mapping):
        missing = [name for name in spec.outputs if name not in model.output]
        if missing or not spec.outputs:
            wanted, given = ", ".join(missing or ["at least one output"]), ", ".join(model.output)
            raise UserError(f"expected a model with the outputs {wanted}, found {given}; correct the ExportSpec")
    elif len(model.outputs) != len(spec.outputs):
        raise UserError(
            f"expected names for {len(model.outputs)} model outputs, found {len(spec.outputs)}; correct the ExportSpec"
        )


def refusal(log: str, layers: Sequence[str]) -> str:
    """One line out of the converter's log: which operators TFLite lacks and which layers ask for them."""
    found = re.search(r"(?:TF Select|Custom) ops: ([^\n]+)", log)
    scopes = re.findall(r'callsite\("([^"@]+)@', log)
    parts = {part for scope in scopes for part in scope.split("/")[:-1]}
    guilty = [
        name for name in layers if name in parts or any(re.fullmatch(rf"{re.escape(name)}_\d+", p) for p in parts)
    ]
    if found:
        where = f" in layer {', '.join(sorted(set(guilty)))}" if guilty else ""
        return (
            f"gate operators: expected TFLite builtin operators only, found {found[1].strip()}{where}; "
            "no Flex operator goes to a device: move this step into preprocessing or write it with keras.ops"
        )
    reason = next((line for line in reversed(log.splitlines()) if "error:" in line), log.strip().splitlines()[-1])
    return f"expected a convertible model, found: {reason[-300:]}; replace the layer or its option"


def keras_runner(model: keras.Model, spec: ExportSpec, batch_size: int = 64, static: bool = False) -> Runner:
    """The Keras model as a Runner.

    Rows are run sorted by length, each batch padded to its own longest row (rounded up to 32), because that is how the
    model was trained; outputs with a time axis come back padded with zeros to the static length.

    Args:
        model: as in `to_tflite`.
        spec: names and static shapes.
        batch_size: rows at a time.
        static: pad all rows to the static shape, as a device does.
    """
    timed = time_outputs(model, spec)
    fixed = all(None not in tensor.shape[1:] for tensor in model.inputs)
    compiled: Callable[..., Any] | None = None

    def run(arrays: Arrays) -> Outputs:
        nonlocal compiled
        import tensorflow as tf

        if compiled is None:
            shapes = {tensor.name: tensor.shape for tensor in model.inputs}
            signature = {name: tf.TensorSpec(shapes[name], item.dtype) for name, item in spec.inputs.items()}
            with _quiet_tensorflow():
                compiled = tf.function(_forward(model, spec), autograph=False).get_concrete_function(**signature)
        lengths, static_length = longest(arrays, spec.inputs), static_timesteps(spec.inputs)
        as_on_device = static or fixed or not has_common_time_axis(arrays, spec.inputs)
        results: dict[str, np.ndarray] = {}
        order = np.argsort(lengths, kind="stable")
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            width = static_length if as_on_device else min(bucket(int(lengths[rows].max())), static_length)
            inputs = padded_inputs(arrays, spec.inputs, rows, width)
            outputs = compiled(**{name: tf.constant(value) for name, value in inputs.items()})
            for name, value in zip(spec.outputs, outputs, strict=True):
                part = _at_static_length(value.numpy(), width, static_length) if name in timed else value.numpy()
                results.setdefault(name, np.zeros((len(order), *part.shape[1:]), part.dtype))[rows] = part
        return results

    return run


def time_outputs(model: keras.Model, spec: ExportSpec) -> set[str]:
    """The outputs whose second axis is time: its size is open in the Keras model."""
    outputs = model.output if isinstance(model.output, Mapping) else dict(zip(spec.outputs, model.outputs, strict=True))
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
        given = keras.tree.map_structure(lambda tensor: inputs[tensor.name], model.input)
        outputs, _ = model.stateless_call(trainable, fixed, given, training=False)
        if isinstance(outputs, Mapping):
            chosen = [outputs[name] for name in spec.outputs]
        else:
            chosen = keras.tree.flatten(outputs)
        return tuple(tf.identity(value) for value in chosen)

    return forward


@contextlib.contextmanager
def _quiet_tensorflow() -> Iterator[Any]:
    """Holds back TensorFlow's logs, absl's warnings and Python's warnings; yields the native log."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl")]
    levels = [logger.level for logger in loggers]
    with silenced() as log, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield log
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
