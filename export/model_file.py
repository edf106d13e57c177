"""Any Keras model file: loading it, and what the exporter must know of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from common.app import ExportSpec, InputSpec
from common.data.ragged import Arrays, Ragged
from common.errors import UserError
from export.naming import named_inputs, output_names
from export.rows import LENGTHS, signature_name

if TYPE_CHECKING:
    import keras

_EXAMPLES = 12


def load_model(path: Path) -> keras.Model:
    """Loads a `.keras` file; Keras' safe mode stays on, so that no code of the file runs.

    Raises:
        UserError: no such file, no Keras model, or one that needs code from elsewhere.
    """
    if not path.is_file():
        raise UserError(f"{path}: expected a run folder or a .keras file, found none; check the path")
    if path.suffix != ".keras":
        raise UserError(
            f"{path}: expected a .keras file (a zip archive), found another; save the model with "
            "model.save('model.keras')"
        )
    from common.saved_model import load_saved

    model = load_saved(
        path, "a Lambda layer or a layer of your own cannot be loaded safely: replace it by standard layers"
    )
    if not getattr(model, "inputs", None):
        raise UserError(f"{path}: expected a model with known inputs, found one without; call it once before saving")
    return model


def spec_of(model: keras.Model, max_length: int | None) -> ExportSpec:
    """Names and static shapes of a model; outputs are given as they are.

    Args:
        model: any functional or sequential model.
        max_length: the timesteps of inputs whose time axis is open.

    Raises:
        UserError: an axis other than batch and time is open, time is open and there is no `max_length`, or names clash.
    """
    inputs: dict[str, InputSpec] = {}
    for tensor in model.inputs:
        if tensor.shape[0] not in (None, 1):
            raise UserError(
                f"input {tensor.name}: expected an open batch or batches of 1, found {tensor.shape[0]}; "
                "build the model again"
            )
        name, shape = signature_name(tensor.name), tuple(tensor.shape[1:])
        if None in shape[1:]:
            raise UserError(
                f"input {tensor.name}: expected fixed sizes but for batch and time, found {tensor.shape}; fix them"
            )
        if shape and shape[0] is None:
            if max_length is None:
                raise UserError(
                    f"input {tensor.name}: its number of timesteps is open; say the largest with --max-length"
                )
            shape = (max_length, *shape[1:])
        if name in inputs:
            raise UserError(f"expected inputs of different names, found {name} twice; rename one and save again")
        inputs[name] = InputSpec(shape, _dtype(tensor))
    decoder = {"kind": "none"}
    return ExportSpec(inputs, output_names(model), decoder, {"kind": "none"}, ())


def _dtype(tensor: Any) -> str:
    """Integers stay int32, everything else is float32: what device runtimes take."""
    return "int32" if "int" in str(tensor.dtype) else "float32"


def with_lengths(spec: ExportSpec) -> ExportSpec:
    """The specification with one more input, the number of real timesteps."""
    inputs = {**spec.inputs, LENGTHS: InputSpec((), "int32")}
    return ExportSpec(inputs, spec.outputs, spec.decoder, spec.preprocessing, spec.assets)


def open_inputs(model: keras.Model) -> set[str]:
    """The inputs whose number of timesteps is open."""
    shapes = {name: tensor.shape for name, tensor in named_inputs(model).items()}
    return {name for name, shape in shapes.items() if len(shape) > 1 and shape[1] is None}


def random_examples(model: keras.Model, spec: ExportSpec, seed: int = 0) -> Arrays:
    """Random rows to compare on: token ids inside their table, normal deviates elsewhere.

    Rows of inputs with open time have lengths from 1 to the largest, the same in every such input.
    """
    generator = np.random.default_rng(seed)
    opened, tables = open_inputs(model), _table_sizes(model)
    longest = max((spec.inputs[name].shape[0] for name in opened), default=1)
    lengths = np.unique(np.linspace(1, longest, _EXAMPLES).round().astype(int)) if opened else np.ones(_EXAMPLES, int)

    def draw(name: str, shape: tuple[int, ...]) -> np.ndarray:
        if spec.inputs[name].dtype == "int32":
            return generator.integers(min(1, tables.get(name, 2) - 1), tables.get(name, 2), shape).astype(np.int32)
        return generator.normal(size=shape).astype(np.float32)

    arrays: Arrays = {}
    for name, item in spec.inputs.items():
        if name == LENGTHS:
            arrays[name] = lengths.astype(np.int32)
        elif name in opened:
            arrays[name] = Ragged.from_rows([draw(name, (n, *item.shape[1:])) for n in lengths], np.dtype(item.dtype))
        else:
            arrays[name] = draw(name, (len(lengths), *item.shape))
    return arrays


def _table_sizes(model: keras.Model) -> dict[str, int]:
    """Input -> rows of the smallest embedding that reads it."""
    import keras

    sizes: dict[str, int] = {}
    for layer in model._flatten_layers():
        if not isinstance(layer, keras.layers.Embedding):
            continue
        for node in layer._inbound_nodes:
            for tensor in node.input_tensors:
                name = signature_name(tensor.name)
                sizes[name] = min(sizes.get(name, layer.input_dim), layer.input_dim)
    # an embedding inside a nested model reads that model's input: fall back to the smallest table of all
    tables = [layer.input_dim for layer in model._flatten_layers() if isinstance(layer, keras.layers.Embedding)]
    if tables:
        for name in named_inputs(model):
            sizes.setdefault(name, min(tables))
    return sizes
