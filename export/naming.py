"""Names of a Keras model's inputs and outputs, as signatures spell them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from export.rows import signature_name

if TYPE_CHECKING:
    import keras


def functional(model: keras.Model) -> keras.Model:
    """The functional model inside a sequential one, or the model itself."""
    return getattr(model, "_functional", None) or model


def named_inputs(model: keras.Model) -> dict[str, Any]:
    """Input name -> Keras tensor."""
    return {signature_name(tensor.name): tensor for tensor in model.inputs}


def named_outputs(model: keras.Model, names: tuple[str, ...]) -> dict[str, Any]:
    """Output name -> Keras tensor; `names` are those of a list of outputs, in order."""
    found = functional(model).output
    return dict(found) if isinstance(found, Mapping) else dict(zip(names, model.outputs, strict=True))


def output_names(model: keras.Model) -> tuple[str, ...]:
    """The keys of a dictionary of outputs, else the names of the layers that give them; unique."""
    inside = functional(model)
    if isinstance(inside.output, Mapping):
        return tuple(inside.output)
    names: list[str] = []
    for name in map(signature_name, inside.output_names):
        names.append(name if name not in names else f"{name}_{len(names)}")
    return tuple(names)
