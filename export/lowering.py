"""Traces a Keras model with a placeholder for every pass of a recurrent cell over a sequence.

A placeholder is a TensorFlow function that the converter keeps as one custom operator; `export.placing` writes the fast
form in its place. What Keras does around the cell (reading backwards, masks, merging directions) is traced here with
ordinary operations, so that the placeholder only ever reads forwards and the real steps come first where it may stop.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from export.cells import Cell
from export.prefixes import is_prefix
from export.recurrence import Unknown, read_cells, recurrent_layers

# Placeholder number N is the custom operator `unroll.N` of the converted file.
PREFIX = "unroll."


@dataclass(frozen=True)
class Placeholder:
    """A custom operator `unroll.N` in the converted model; its inputs are the sequence, then what is named here.

    Attributes:
        name: of the Keras layer and, in a stack of cells, the cell's number.
        cell: what it computes.
        length: whether a (1,) int32 number of real steps follows.
        mask: whether a (timesteps, 1) float32 mask follows.
        states: whether the initial states follow; zeros otherwise.
    """

    name: str
    cell: Cell
    length: bool
    mask: bool
    states: bool


@dataclass
class Trace:
    """What one tracing of a model is told and finds out.

    Attributes:
        length: (1,) int32, the number of real steps, for layers without a mask over `timesteps` steps; None for all.
        timesteps: the static length that `length` speaks of.
        states: in a trace of one step: initial states to use, one list for each call of a layer, in order; None else.
        placeholders: made so far.
        last_states: the last states of each call, in the order of the calls.
        calls: the layer's name and the sizes of its states, of each call.
        slow: layer name -> why it went Keras' own way.
        backwards: names of layers that read backwards.
        reads_length: whether a layer read `length`.
    """

    length: Any = None
    timesteps: int = 0
    states: list[list[Any]] | None = None
    placeholders: list[Placeholder] = field(default_factory=list)
    last_states: list[list[Any]] = field(default_factory=list)
    calls: list[tuple[str, list[int]]] = field(default_factory=list)
    slow: dict[str, str] = field(default_factory=dict)
    backwards: list[str] = field(default_factory=list)
    reads_length: bool = False


@contextlib.contextmanager
def placeholders(model: keras.Model, trace: Trace) -> Iterator[None]:
    """While inside, the model's recurrent layers give placeholders; layers without a fast form are left as they are."""
    changed = []
    for layer in recurrent_layers(model):
        try:
            cells = read_cells(layer)
        except Unknown as reason:
            trace.slow[layer.name] = str(reason)
            continue
        layer.inner_loop = types.MethodType(_inner_loop(cells, trace), layer)
        changed.append((layer, getattr(layer, "use_cudnn", None)))
        if changed[-1][1] is not None:
            layer.use_cudnn = False
    try:
        yield
    finally:
        for layer, use_cudnn in changed:
            del layer.inner_loop
            if use_cudnn is not None:
                layer.use_cudnn = use_cudnn


def _inner_loop(cells: Sequence[Cell], trace: Trace) -> Any:
    def inner_loop(layer: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        import tensorflow as tf

        if isinstance(mask, list | tuple):
            mask = mask[0]
        flat = keras.tree.flatten(initial_state)
        given: list[Any] | None = None if all(_is_zero(state) for state in flat) else flat
        if layer.stateful:
            given = None  # a device's `run` starts anew, its `step` carries the states
        if layer.go_backwards:
            trace.backwards.append(layer.name)
        if trace.states is not None:
            given = trace.states[len(trace.last_states)]
        trace.calls.append((layer.name, [int(state.shape[-1]) for state in flat]))
        steps = _Steps(layer, mask, trace, sequences.shape[1])
        read = steps.reversed(sequences) if layer.go_backwards else sequences
        outputs, last = _through(cells, read, given, steps, trace, layer.name)
        trace.last_states.append(last)
        shown = last[0 if len(cells) == 1 else -cells[-1].states]
        shown = steps.last_output(shown, given is not None)
        if layer.return_sequences:
            outputs = steps.all_outputs(outputs, given is not None)
        else:
            outputs = tf.expand_dims(shown, 1)
        return shown, outputs, keras.tree.pack_sequence_as(initial_state, last)

    return inner_loop


def _is_zero(state: Any) -> bool:
    import tensorflow as tf

    value = tf.get_static_value(state)
    return value is not None and not np.any(value)


def _through(
    cells: Sequence[Cell], sequences: Any, given: list[Any] | None, steps: _Steps, trace: Trace, name: str
) -> tuple[Any, list[Any]]:
    """All outputs of the last cell (1, timesteps, units) and the last states of all cells."""
    last: list[Any] = []
    for number, cell in enumerate(cells):
        start = None if given is None else given[len(last) : len(last) + cell.states]
        label = name if len(cells) == 1 else f"{name}/{number}"
        sequences, states = _place(cell, sequences, start, steps, trace, label)
        last += states
    return sequences, last


def _place(
    cell: Cell, sequences: Any, states: list[Any] | None, steps: _Steps, trace: Trace, name: str
) -> tuple[Any, list[Any]]:
    import tensorflow as tf

    timesteps, units = sequences.shape[1], cell.units

    def stand_in(first: Any, *others: Any) -> Any:
        some = tf.reduce_sum(first)  # keeps the shapes' values unknown to the converter
        return (tf.zeros((1, timesteps, units)) + some, *(tf.zeros((1, units)) + some for _ in range(cell.states)))

    kept = f'name: "{PREFIX}{len(trace.placeholders)}" attr {{ key: "tfl_fusable_op" value {{ b: true }} }}'
    operator = tf.function(stand_in, experimental_implements=kept, autograph=False)
    others = [value for value in (steps.length, steps.mask) if value is not None]
    trace.placeholders.append(
        Placeholder(name, cell, steps.length is not None, steps.mask is not None, states is not None)
    )
    outputs, *last = operator(sequences, *others, *(states or ()))
    return outputs, last


class _Steps:
    """Which steps of a call are real, and what stands at the others.

    Attributes:
        length: (1,) int32: the loop may stop there; None when all steps run.
        mask: (timesteps, 1) float32 for a mask with holes; None when the real steps come first.
    """

    def __init__(self, layer: Any, mask: Any, trace: Trace, timesteps: int | None) -> None:
        import tensorflow as tf

        if timesteps is None:
            raise Unknown("its number of timesteps is not known")
        self.layer, self.timesteps = layer, timesteps
        self.length: Any = None
        self.mask: Any = None
        self.real: Any = None
        order = tf.range(timesteps, dtype=tf.int32)
        if mask is not None:
            self.real = tf.cast(mask, tf.bool)  # (1, timesteps)
        elif trace.length is not None and timesteps == trace.timesteps:
            self.real = order[None] < trace.length[:, None]
            trace.reads_length = True
        if self.real is None:
            return
        if is_prefix(self.real):
            self.length = tf.reduce_sum(tf.cast(self.real, tf.int32), axis=1)
            return
        read = tf.reverse(self.real, [1]) if layer.go_backwards else self.real
        self.mask = tf.reshape(tf.cast(read, tf.float32), (timesteps, 1))
        self.length = tf.reduce_max(tf.cast(read, tf.int32) * (order[None] + 1), axis=1)

    def reversed(self, sequences: Any) -> Any:
        """The sequence as a layer that reads backwards takes it: real steps first where they came first before."""
        import tensorflow as tf

        if self.length is not None and self.mask is None:
            return tf.reverse_sequence(sequences, self.length, seq_axis=1)
        return tf.reverse(sequences, [1])

    def last_output(self, state: Any, started: bool) -> Any:
        """Keras gives zeros before the first real step, whatever the initial state, and on wish for a masked step."""
        import tensorflow as tf

        if self.length is None:
            return state
        if self.layer.zero_output_for_mask:
            at = 0 if self.layer.go_backwards else self.timesteps - 1
            return state * tf.cast(self.real[:, at : at + 1], tf.float32)
        return state * tf.cast(self.length > 0, tf.float32)[:, None] if started else state

    def all_outputs(self, outputs: Any, started: bool) -> Any:
        """Outputs in Keras' order, with what Keras shows at steps that are not real."""
        import tensorflow as tf

        backwards = self.layer.go_backwards
        if self.length is None:
            return outputs  # in the order of reading, as Keras has it
        if self.mask is None and backwards:
            # before the first real step, in the order of reading, Keras shows zeros
            ordered = tf.reverse_sequence(outputs, self.length, seq_axis=1)
            return tf.reverse(ordered * tf.cast(self.real, tf.float32)[..., None], [1])
        real = tf.reverse(self.real, [1]) if backwards else self.real
        if self.layer.zero_output_for_mask:
            return outputs * tf.cast(real, tf.float32)[..., None]
        last = tf.maximum(self.length - 1, 0)  # after it Keras repeats the last real output
        outputs = tf.gather(outputs, tf.minimum(tf.range(self.timesteps, dtype=tf.int32), last), axis=1)
        if self.mask is not None and started:
            begun = tf.cumsum(self.mask, axis=0) > 0
            outputs = outputs * tf.cast(begun, tf.float32)[None]
        return outputs
