"""The export of a `.keras` file that somebody else trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from common.app import ExportSpec
from common.console import say
from common.data.archives import read_npz
from common.data.ragged import Arrays
from common.errors import UserError
from export.convert import Form
from export.model_file import load_model, open_inputs, random_examples, spec_of, with_lengths
from export.pipeline import Examples, Options, Summary, export_model
from export.rows import LENGTHS

if TYPE_CHECKING:
    import keras


def export_file(
    path: Path,
    output: Path,
    form: Form = Form(step=True),
    max_length: int | None = None,
    options: Options = Options(),
    inputs: Path | None = None,
) -> Summary:
    """Exports any `.keras` file; without examples the outputs are compared on random inputs.

    A model whose number of timesteps is open gets an input `lengths` where its answers on a row alone are those on the
    same row padded; elsewhere it always reads the whole static length, as Keras does on a padded row.

    Args:
        path: the model file.
        output: the bundle's folder.
        form: the kind of weights and of loops.
        max_length: the timesteps of inputs whose time axis is open.
        options: the gates' limits.
        inputs: an .npz file with one array (rows, ...) an input, real rows to compare on; random ones by default.

    Raises:
        UserError: the file, the model or a gate.
    """
    model = load_model(path)
    return export_loaded(model, path.stem, output, form, max_length, options, inputs)


def export_loaded(
    model: keras.Model,
    name: str,
    output: Path,
    form: Form = Form(step=True),
    max_length: int | None = None,
    options: Options = Options(),
    inputs: Path | None = None,
) -> Summary:
    """`export_file` for a model in memory; `name` goes into the manifest."""
    _reset_states(model)
    spec = spec_of(model, max_length)
    examples = Examples(rows_of(model, spec, inputs))
    if LENGTHS in spec.inputs:
        return export_model(model, spec, output, application=name, examples=examples, form=form, options=options)
    if open_inputs(model):
        longer = with_lengths(spec)
        try:
            summary = export_model(
                model, longer, output, application=name, examples=examples,
                form=replace(form, lengths=True), options=replace(options, reference="exact"),
            )  # fmt: skip
        except UserError as reason:
            if not str(reason).startswith("gate agreement"):
                raise
            say(f"note: no input `lengths`, because padding changes this model's answers ({reason})")
        else:
            if summary.converted.reads_lengths:
                return summary
    return export_model(
        model,
        spec,
        output,
        application=name,
        examples=examples,
        form=form,
        options=replace(options, reference="static"),
    )


def rows_of(model: keras.Model, spec: ExportSpec, inputs: Path | None) -> Arrays:
    """Rows to compare on: those of an .npz file, random ones without."""
    return random_examples(model, spec) if inputs is None else read_inputs(inputs, spec)


def read_inputs(path: Path, spec: ExportSpec) -> Arrays:
    """Rows from an .npz file, checked against the model's inputs.

    Raises:
        UserError: no such file, an input is missing, or its rows have another shape.
    """
    arrays = read_npz(path)
    for name, item in spec.inputs.items():
        if name not in arrays:
            raise UserError(f"--inputs {path}: expected the array {name}, found {', '.join(arrays)}; add it")
        if arrays[name].shape[1:] != item.shape or not len(arrays[name]):
            raise UserError(
                f"--inputs {path}: {name}: expected rows of shape {item.shape}, found {arrays[name].shape}; correct it"
            )
    return {name: np.asarray(arrays[name], item.dtype) for name, item in spec.inputs.items()}


def _reset_states(model: keras.Model) -> None:
    """A stateful model starts anew: what a batch left behind is no part of it."""
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()
