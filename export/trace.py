"""A Keras model as TensorFlow functions for the converter: `run` over a whole input and `step` over one timestep."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from common.app import ExportSpec
from export.lowering import Placeholder, Trace, placeholders
from export.naming import functional, named_inputs
from export.rows import LENGTHS, NEXT_STATE, STATE, signature_name

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Traced:
    """A traced signature.

    Attributes:
        function: a concrete function of named tensors; its weights are constants.
        outputs: the names of its outputs, in order.
        placeholders: what stands behind the custom operators `unroll.N`.
        slow: layer name -> why it went Keras' own way.
        reads_lengths: whether a layer reads the input `lengths` that the exporter added.
        calls: layer name and state sizes of each call of a recurrent layer, in order.
        states: layer name and size of each state, in the order of the state inputs; of `step` only.
        backwards: layers that read backwards.
    """

    function: Any
    outputs: tuple[str, ...]
    placeholders: tuple[Placeholder, ...]
    slow: Mapping[str, str]
    reads_lengths: bool = False
    calls: tuple[tuple[str, list[int]], ...] = ()
    states: tuple[tuple[str, int], ...] = ()
    backwards: tuple[str, ...] = ()


def trace_run(model: keras.Model, spec: ExportSpec, *, lengths: bool = False, fast: bool = True) -> Traced:
    """The model over its static shape.

    Args:
        model: takes the inputs that `spec` names.
        spec: names and static shapes.
        lengths: whether `spec.inputs` has an input `lengths` that the model does not know: its layers then read so
            many steps.
        fast: whether recurrent layers become placeholders.
    """
    import tensorflow as tf

    own = {name: item for name, item in spec.inputs.items() if not (lengths and name == LENGTHS)}
    weights = _weights(model)
    timesteps = max((item.shape[0] for item in own.values() if item.shape), default=1)
    trace = Trace(timesteps=timesteps)

    def forward(**inputs: Any) -> dict[str, Any]:
        if lengths:
            trace.length = inputs[LENGTHS]
        outputs = _call(model, spec, {name: inputs[name] for name in own}, weights)
        return {name: tf.identity(value) for name, value in outputs.items()}

    signature = {name: tf.TensorSpec((1, *item.shape), item.dtype, name=name) for name, item in spec.inputs.items()}
    with placeholders(model, trace) if fast else contextlib.nullcontext():
        function = tf.function(forward, autograph=False).get_concrete_function(**signature)
    return Traced(
        function, spec.outputs, tuple(trace.placeholders), dict(trace.slow), trace.reads_length, tuple(trace.calls), (),
        tuple(trace.backwards),
    )  # fmt: skip


def trace_step(model: keras.Model, spec: ExportSpec, run: Traced) -> Traced:
    """The model over one timestep, states in and out.

    Args:
        model: as in `trace_run`.
        spec: names and static shapes.
        run: the traced whole input, whose calls say what the states are.

    Raises:
        ValueError: the model cannot be called on one timestep.
    """
    import tensorflow as tf

    timed, layout = time_inputs(model, spec), run.calls
    inputs = {
        name: tf.TensorSpec((1, *((1, *item.shape[1:]) if name in timed else item.shape)), item.dtype, name=name)
        for name, item in spec.inputs.items()
        if name != LENGTHS
    }
    states = [(name, size) for name, sizes in layout for size in sizes]
    names = [f"{STATE}{number}" for number in range(len(states))]
    inputs |= {
        name: tf.TensorSpec((1, size), tf.float32, name=name) for name, (_, size) in zip(names, states, strict=True)
    }
    trace, weights = Trace(), _weights(model)

    def forward(**given: Any) -> dict[str, Any]:
        rest = iter([given[name] for name in names])
        trace.states = [[next(rest) for _ in sizes] for _, sizes in layout]
        own = {name: value for name, value in given.items() if name not in names}
        if LENGTHS in named_inputs(model):
            own[LENGTHS] = tf.ones((1,), tf.int32)
        outputs = _call(model, spec, own, weights)
        flat = [state for states in trace.last_states for state in states]
        if [list(map(_width, states)) for states in trace.last_states] != [sizes for _, sizes in layout]:
            raise ValueError("the layers are called otherwise on one timestep")
        outputs |= {f"{NEXT_STATE}{number}": value for number, value in enumerate(flat)}
        return {name: tf.identity(value) for name, value in outputs.items()}

    with placeholders(model, trace):
        function = tf.function(forward, autograph=False).get_concrete_function(**inputs)
    outputs = (*spec.outputs, *(f"{NEXT_STATE}{number}" for number in range(len(states))))
    return Traced(function, outputs, tuple(trace.placeholders), {}, False, tuple(layout), tuple(states))


def _width(state: Any) -> int:
    return int(state.shape[-1])


def time_inputs(model: keras.Model, spec: ExportSpec) -> set[str]:
    """The inputs whose first axis is time: those open in the Keras model, else those as long as the longest."""
    known = {name: tensor.shape for name, tensor in named_inputs(model).items()}
    sequences = {name: shape for name, shape in known.items() if len(shape) > 1}
    opened = {name for name, shape in sequences.items() if shape[1] is None}
    longest = max((shape[1] for shape in sequences.values() if shape[1] is not None), default=0)
    return opened or {name for name, shape in sequences.items() if shape[1] == longest}


def _weights(model: keras.Model) -> list[tuple[Any, np.ndarray]]:
    return [(variable, np.asarray(variable.value)) for variable in model.variables]


def _call(
    model: keras.Model, spec: ExportSpec, inputs: Mapping[str, Any], weights: Sequence[tuple[Any, np.ndarray]]
) -> dict[str, Any]:
    """The named outputs; weights are read as constants, so that no variable reaches the device."""
    import keras
    import tensorflow as tf

    constants = [(variable, tf.constant(value)) for variable, value in weights]
    given = keras.tree.map_structure(lambda tensor: inputs[signature_name(tensor.name)], functional(model).input)
    with keras.StatelessScope(state_mapping=constants):
        outputs = model.call(given, training=False)  # `call`: a step is shorter than a fixed input shape allows
    if isinstance(outputs, Mapping):
        return {name: outputs[name] for name in spec.outputs}
    return dict(zip(spec.outputs, keras.tree.flatten(outputs), strict=True))
