"""What `unroll benchmark` times for one Keras model: ours, Keras' stock conversion, ONNX Runtime."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from common.app import ExportSpec, InputSpec
from common.errors import UserError
from common.quiet import text_of
from export.convert import Form, Weights, convert, refusal
from export.naming import functional, named_inputs
from export.native_log import quiet_tensorflow
from export.onnx_lane import onnx_missing, to_onnx
from export.recurrence import Unknown
from export.rows import signature_name
from export.sessions import COMPILED, LITERT, ONNX

if TYPE_CHECKING:
    import keras

STOCK = "stock float32"


@dataclass(frozen=True)
class Contender:
    """One file to time.

    Attributes:
        name: the row in tables.
        runtime: one of `export.sessions`.
        data: the file.
        signature: of a .tflite file; its first one when empty.
        outputs: names of its outputs in the order of the specification; in the file's own order when empty.
    """

    name: str
    runtime: str
    data: bytes
    signature: str = ""
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """Those who start, and why others do not, in words."""

    contenders: tuple[Contender, ...]
    notes: tuple[str, ...] = ()


def bare_layer(
    cell: str, timesteps: int, features: int, units: int, *, bidirectional: bool = False, last: bool = False
) -> tuple[keras.Model, ExportSpec]:
    """A model of one recurrent layer from `x` (batch, timesteps, features) to `y`, random weights, seed 0.

    Raises:
        UserError: no such cell, or a size below 1.
    """
    import keras

    from common.layers import CELLS as LAYERS

    if cell not in LAYERS:
        raise UserError(f"--cell: expected one of {', '.join(LAYERS)}, found {cell!r}; choose one of them")
    if min(timesteps, features, units) < 1:
        raise UserError(f"--shape: expected sizes of at least 1, found {timesteps},{features},{units}; correct them")
    keras.utils.set_random_seed(0)
    x = keras.Input((timesteps, features), name="x")
    layer = LAYERS[cell](units, return_sequences=not last)
    model = keras.Model(x, (keras.layers.Bidirectional(layer) if bidirectional else layer)(x))
    for variable in model.variables:  # biases too, so that a bias in the wrong place is seen
        if len(variable.shape) < 3:
            variable.assign_add(keras.random.normal(variable.shape, stddev=0.05, seed=1))
    return model, ExportSpec({"x": InputSpec((timesteps, features), "float32")}, ("y",), {}, {}, ())


def ours(model: keras.Model, spec: ExportSpec, weights: Sequence[Weights], *, fastest: bool = False) -> list[Contender]:
    """Our conversions, `fastest` ones beside the usual ones where asked for, in both of LiteRT's runtimes.

    Raises:
        UserError: as `export.convert.convert`.
    """
    found = []
    for kind in weights:
        for written_out in (False, True) if fastest else (False,):
            name = f"ours {kind}" + (", fastest" if written_out else "")
            data = convert(model, spec, Form(kind, fastest=written_out)).data
            found.append(Contender(name, LITERT, data, "run", spec.outputs))
            if written_out:
                found.append(Contender(f"{name}, shared weights", COMPILED, data, "run", spec.outputs))
    return found


def stock(model: keras.Model, spec: ExportSpec, *, quantized: bool = False) -> Contender:
    """`TFLiteConverter.from_keras_model` at batch 1 and a fixed length, builtin operators only.

    Raises:
        UserError: the model needs operators that are no builtin ones.
    """
    import keras
    import tensorflow as tf

    fixed = {
        name: keras.Input(batch_shape=(1, *spec.inputs[name].shape), dtype=tensor.dtype, name=name)
        for name, tensor in named_inputs(model).items()
    }
    with quiet_tensorflow() as log:
        outputs = model(keras.tree.map_structure(lambda t: fixed[signature_name(t.name)], functional(model).input))
        converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(list(fixed.values()), outputs))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if quantized:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # Keras tells where it saved
                data = converter.convert()
        except Exception as error:  # whatever the converter raises, its log says why
            raise UserError(refusal(f"{text_of(log)}\n{error}", [layer.name for layer in model.layers])) from error
    return Contender("stock dynamic range" if quantized else STOCK, LITERT, data)


def onnx_layer(model: keras.Model, spec: ExportSpec) -> list[Contender]:
    """A bare layer as one ONNX node, and its dynamic quantization where there is one.

    Raises:
        Unknown: ONNX has no node for the layer.
    """
    from export.onnx_nodes import OPERATORS, bare_node
    from export.recurrence import read_cells, recurrent_layers

    layers = sorted(recurrent_layers(model), key=lambda layer: layer.go_backwards)  # the forward one first
    cells = [cell for layer in layers for cell in read_cells(layer)]
    if cells[0].kind not in OPERATORS:
        raise Unknown(f"ONNX has no node for {cells[0].kind}")
    made = bare_node(cells, spec.inputs["x"].shape[0], not layers[0].return_sequences)
    return with_quantized(Contender("ONNX Runtime float32", ONNX, made))


def onnx_model(model: keras.Model, spec: ExportSpec) -> list[Contender]:
    """Any Keras model through the ONNX lane, and its dynamic quantization.

    Raises:
        UserError: as `export.onnx_lane.to_onnx`.
    """
    return with_quantized(Contender("ONNX Runtime float32", ONNX, to_onnx(model, spec), outputs=spec.outputs))


def with_quantized(contender: Contender) -> list[Contender]:
    """An ONNX model and, where ONNX Runtime's dynamic quantization makes it smaller, the quantized one."""
    from export.onnx_nodes import dynamically_quantized

    made = dynamically_quantized(contender.data)
    if len(made) > 0.9 * len(contender.data):
        return [contender]  # ONNX Runtime quantizes neither GRU nor RNN
    return [contender, replace(contender, name="ONNX Runtime int8", data=made)]


def field(
    model: keras.Model,
    spec: ExportSpec,
    weights: Sequence[Weights],
    *,
    fastest: bool = False,
    onnx: Callable[[keras.Model, ExportSpec], list[Contender]] = onnx_layer,
    own: Sequence[Contender] = (),
) -> Field:
    """All contenders for a model; those that cannot be made become notes.

    Args:
        model: the Keras model.
        spec: its static shapes.
        weights: of our conversions.
        fastest: add our conversions that write out every step.
        onnx: makes the ONNX models.
        own: our conversions where they exist already; made from the model when empty.
    """
    contenders, notes = list(own), []
    contenders += [] if own else ours(model, spec, weights, fastest=fastest)
    for quantized in (False, True):
        try:
            contenders.append(stock(model, spec, quantized=quantized))
        except UserError as error:
            notes.append(f"no stock conversion{' with dynamic range' if quantized else ''}: {error}")
    missing = onnx_missing()
    try:
        contenders += [] if missing else onnx(model, spec)
    except (Unknown, UserError) as error:
        missing = str(error)
    if missing:
        notes.append(f"no ONNX Runtime: {missing}")
    return Field(tuple(contenders), tuple(notes))
