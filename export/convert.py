"""Keras model -> .tflite bytes: recurrent layers in their fast form, everything else by TensorFlow's converter."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from common.app import ExportSpec
from common.errors import UserError
from common.quiet import text_of
from export.flatbuffer import pack, read
from export.merge import merge
from export.naming import functional, named_inputs
from export.native_log import quiet_tensorflow
from export.placing import foreign_operators, place
from export.rows import LENGTHS, SIGNATURE, STEP
from export.schedule import Schedule
from export.tidy import tidied
from export.trace import Traced, trace_run, trace_step

if TYPE_CHECKING:
    import keras

Weights = Literal["float32", "float16", "int8", "int4"]
WEIGHTS: tuple[Weights, ...] = ("float32", "float16", "int8", "int4")


@dataclass(frozen=True)
class Form:
    """How a model is to be converted.

    Attributes:
        weights: `float32`; `float16` (stored, computed in float32); `int8` (dynamic range: weights int8 with a scale a
            row, activations float32); `int4` (recurrent matrices int4, the rest int8).
        fastest: write out every step of short sequences where that is faster, whatever it costs in size.
        loops: False where a runtime has no loops: every step is written out.
        step: whether to add the signature `step` where the model has one.
        lengths: whether the specification's input `lengths` is added by the exporter: the model does not know it.
        fast: False for Keras' own loops, to compare with.
    """

    weights: Weights = "int8"
    fastest: bool = False
    loops: bool = True
    step: bool = False
    lengths: bool = False
    fast: bool = True


@dataclass(frozen=True)
class Converted:
    """A converted model and how it came about.

    Attributes:
        data: the .tflite file.
        layers: recurrent layer -> its schedule, in the order of execution.
        slow: recurrent layer -> why it went Keras' own way.
        states: layer name and size of each state of `step`; empty without that signature.
        no_step: why there is no signature `step`, in words; empty where there is one or none was asked for.
        reads_lengths: whether a layer reads the input `lengths` that the exporter added.
    """

    data: bytes
    layers: tuple[tuple[str, Schedule], ...]
    slow: Mapping[str, str]
    states: tuple[tuple[str, int], ...] = ()
    no_step: str = ""
    reads_lengths: bool = False


def to_tflite(model: keras.Model, spec: ExportSpec, weights: Weights = "int8") -> bytes:
    """`convert` with the usual form, for who wants the file alone."""
    return convert(model, spec, Form(weights)).data


def convert(model: keras.Model, spec: ExportSpec, form: Form = Form()) -> Converted:
    """Converts a model: builtin operators, batch 1, static shapes, signatures `run` and perhaps `step`.

    Args:
        model: takes the inputs that `spec` names and gives the outputs that `spec` names, or a single tensor.
        spec: names and static shapes.
        form: the kind of weights and of loops.

    Raises:
        UserError: the names do not match the model, or the model needs operators that TFLite does not have.
    """
    if form.weights not in WEIGHTS:
        raise UserError(f"--weights: expected one of {', '.join(WEIGHTS)}, found {form.weights!r}; choose one of them")
    check_names(model, spec, form.lengths)
    with quiet_tensorflow() as log:
        layers = [layer.name for layer in model._flatten_layers(include_self=False)]
        try:
            run = trace_run(model, spec, lengths=form.lengths, fast=form.fast)
            found, placed = _converted(run, SIGNATURE, form)
        except _ForeignError as error:
            raise UserError(_lacking(error.args[0], error.args[1], layers)) from error
        except (_ConverterError, ValueError) as error:
            raise UserError(refusal(f"{text_of(log)}\n{error}", layers)) from error
        states: tuple[tuple[str, int], ...] = ()
        no_step = _no_step(run) if form.step else ""
        if form.step and not no_step:
            try:
                step = trace_step(model, spec, run)
                merge(found, _converted(step, STEP, form)[0])
                states = step.states
            except Exception as error:  # any layer may object to one timestep, each in its own way
                no_step = f"the model cannot be called on one timestep ({' '.join(str(error).split())[:160]})"
        return Converted(pack(tidied(found, form.weights)), tuple(placed), run.slow, states, no_step, run.reads_lengths)


class _ConverterError(Exception):
    """What TensorFlow's converter raises, imported only when it is called."""


class _ForeignError(Exception):
    """Operators that became custom ones beside our placeholders: their names, and the scopes of their outputs."""


def _converted(traced: Traced, signature: str, form: Form) -> tuple[Any, list[tuple[str, Schedule]]]:
    """The `ModelT` object of one signature, placeholders replaced."""
    import tensorflow as tf
    from tensorflow.lite.python.convert_phase import ConverterError

    module = tf.Module()
    module.function = traced.function
    with tempfile.TemporaryDirectory(prefix="unroll-") as folder:
        tf.saved_model.save(module, folder, signatures={signature: traced.function})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[signature])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        converter.allow_custom_ops = bool(traced.placeholders)
        if form.weights in ("int8", "int4"):
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        try:
            model = read(converter.convert())
        except ConverterError as error:
            raise _ConverterError(str(error)) from error
    foreign = foreign_operators(model)
    if foreign:
        raise _ForeignError(", ".join(sorted({name for name, _ in foreign})), [scope for _, scope in foreign])
    return model, place(model, traced.placeholders, form.weights, fastest=form.fastest, loops=form.loops)


def _no_step(run: Traced) -> str:
    """Why a model has no `step`, as far as its layers tell; whether it has one is for a gate to measure."""
    if run.backwards:
        return f"{run.backwards[0]} reads backwards"
    if run.slow:
        name, reason = next(iter(run.slow.items()))
        return f"{name} went Keras' own way: {reason}"
    if not run.placeholders:
        return "it has no recurrent layer"
    if any(held.states for held in run.placeholders):
        return "a layer starts from a state that the model computes or is given"
    return ""


def check_names(model: keras.Model, spec: ExportSpec, lengths: bool = False) -> None:
    """Raises UserError where the specification's names are not those of the model."""
    if not getattr(model, "inputs", None):
        raise UserError(
            "expected a functional Keras model with named inputs, found one without; call it on keras.Input"
        )
    found = list(named_inputs(model))
    if lengths:
        found.append(LENGTHS)
    if set(found) != set(spec.inputs):
        wanted = ", ".join(spec.inputs)
        raise UserError(f"expected a model with the inputs {wanted}, found {', '.join(found)}; correct the ExportSpec")
    outputs = functional(model).output
    if isinstance(outputs, Mapping):
        missing = [name for name in spec.outputs if name not in outputs]
        if missing or not spec.outputs:
            wanted, given = ", ".join(missing or ["at least one output"]), ", ".join(outputs)
            raise UserError(f"expected a model with the outputs {wanted}, found {given}; correct the ExportSpec")
    elif len(model.outputs) != len(spec.outputs):
        raise UserError(
            f"expected names for {len(model.outputs)} model outputs, found {len(spec.outputs)}; correct the ExportSpec"
        )


def refusal(log: str, layers: Sequence[str]) -> str:
    """One line out of the converter's log: which operators TFLite lacks and which layers ask for them."""
    found = re.search(r"(?:TF Select|Custom) ops: ([^\n]+)", log)
    if found:
        return _lacking(found[1].strip(), re.findall(r'"([^"@]+)@', log), layers)
    reason = next((line for line in reversed(log.splitlines()) if "error:" in line), log.strip().splitlines()[-1])
    named = [name for name in layers if re.search(rf'["/]{re.escape(name)}(_\d+)*/', reason)][:3]
    where = f" in layer {', '.join(named)}" if named else ""
    return (
        f"expected a convertible model, found{where}: {' '.join(reason.split())[:300]}; replace the layer or its option"
    )


def _lacking(operators: str, scopes: Sequence[str], layers: Sequence[str]) -> str:
    """The refusal of operators; a scope is the path of layer names that an operator was traced under."""
    parts = {part for scope in scopes for part in scope.split("/")[:-1]}
    guilty = [
        name for name in layers if name in parts or any(re.fullmatch(rf"{re.escape(name)}_\d+", p) for p in parts)
    ]
    where = f" in layer {', '.join(sorted(set(guilty)))}" if guilty else ""
    return (
        f"gate operators: expected TFLite builtin operators only, found {operators}{where}; "
        "no Flex operator goes to a device: move this step into preprocessing or write it with keras.ops"
    )
