"""What `unroll benchmark` was pointed at: a bare layer, a .keras file, or a bundle with or without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from common.app import ExportSpec
from common.errors import UserError
from export.benchmark import some_inputs
from export.contenders import Contender, Field, bare_layer, field, onnx_layer
from export.convert import WEIGHTS, Weights
from export.model_file import load_model, spec_of
from export.naming import functional, named_inputs
from export.rows import SIGNATURE, signature_name
from export.runtime import MANIFEST, MODEL, load_bundle
from export.sessions import LITERT

if TYPE_CHECKING:
    import keras

# the model in a run folder
MODEL_FILE = "model.keras"
OnnxMaker = Callable[["keras.Model", ExportSpec], list[Contender]]


@dataclass(frozen=True)
class Target:
    """Attributes:
    title: what it is, in words.
    field: who takes part.
    inputs: name -> (1, ...) array.
    expected: Keras' outputs; empty where there is no Keras model.
    """

    title: str
    field: Field
    inputs: Mapping[str, np.ndarray]
    expected: tuple[np.ndarray, ...] = ()


def layer_target(
    shape: str, cell: str, weights: Sequence[Weights], *, bidirectional: bool, last: bool, fastest: bool
) -> Target:
    """A bare layer; `shape` is "timesteps,features,units".

    Raises:
        UserError: the shape is no three numbers, or the cell is unknown.
    """
    parts = shape.split(",")
    if len(parts) != 3 or not all(part.strip().isdigit() for part in parts):
        raise UserError(f"--shape: expected T,F,H (steps, features, units) such as 100,32,128, found {shape!r}")
    timesteps, features, units = map(int, parts)
    model, spec = bare_layer(cell, timesteps, features, units, bidirectional=bidirectional, last=last)
    words = f"{'bidirectional ' if bidirectional else ''}{cell}, {'last state' if last else 'sequence'}"
    title = f"{words}, T/F/H {timesteps}/{features}/{units}"
    return _target(title, model, spec, field(model, spec, weights, fastest=fastest, onnx=onnx_layer))


def file_target(path: Path, timesteps: int, weights: Sequence[Weights], onnx: OnnxMaker, *, fastest: bool) -> Target:
    """A .keras file converted all ways; open time axes become `timesteps`.

    Raises:
        UserError: no such file, no Keras model, or one that we cannot convert.
    """
    model = load_model(path / MODEL_FILE if path.is_dir() else path)
    spec = spec_of(model, timesteps)
    return _target(path.name, model, spec, field(model, spec, weights, fastest=fastest, onnx=onnx))


def bundle_target(folder: Path, keras_file: Path | None, onnx: OnnxMaker) -> Target:
    """A bundle's model as it is, beside the other conversions of the Keras model where its file is given.

    Raises:
        UserError: no bundle, damaged, or the Keras model has other inputs or outputs.
    """
    bundle = load_bundle(folder)
    signature = bundle.manifest["signatures"][SIGNATURE]
    own = Contender(
        f"bundle {bundle.manifest['weights']}", LITERT, (folder / MODEL).read_bytes(), SIGNATURE,
        tuple(signature["outputs"]),
    )  # fmt: skip
    inputs, title = some_inputs(bundle.inputs), f"bundle {folder.name}"
    if keras_file is None:
        return Target(title, Field((own,), ("no other conversions: give --keras FILE for them",)), inputs)
    model = load_model(keras_file)
    known = set(named_inputs(model))
    if not known <= set(bundle.inputs) or len(model.outputs) != len(own.outputs):
        raise UserError(
            f"--keras {keras_file}: expected the bundle's inputs {', '.join(bundle.inputs)} and {len(own.outputs)} "
            f"outputs, found {', '.join(sorted(known))} and {len(model.outputs)}; give the file it was made from"
        )
    spec = ExportSpec({name: bundle.inputs[name] for name in bundle.inputs if name in known}, own.outputs, {}, {}, ())
    entered = field(model, spec, (), onnx=onnx, own=[own])
    return replace(_target(title, model, spec, entered), inputs=inputs)


def is_bundle(folder: Path) -> bool:
    """Whether a path looks like a bundle."""
    return (folder / MANIFEST).is_file()


def checked_weights(text: str) -> list[Weights]:
    """The kinds of weights in a comma-separated list.

    Raises:
        UserError: one is unknown.
    """
    found: list[Weights] = [kind for part in text.split(",") for kind in WEIGHTS if kind == part.strip()]
    if len(set(found)) != len(text.split(",")):
        raise UserError(f"--weights: expected kinds out of {', '.join(WEIGHTS)}, found {text!r}; correct it")
    return found


def _target(title: str, model: keras.Model, spec: ExportSpec, entered: Field) -> Target:
    import keras

    inputs = some_inputs(spec.inputs)
    given = keras.tree.map_structure(lambda tensor: inputs[signature_name(tensor.name)], functional(model).input)
    outputs = model(given, training=False)
    chosen = [outputs[name] for name in spec.outputs] if isinstance(outputs, Mapping) else keras.tree.flatten(outputs)
    return Target(title, entered, inputs, tuple(keras.ops.convert_to_numpy(value) for value in chosen))
