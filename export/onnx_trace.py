"""Traces a Keras model for ONNX: every pass of a recurrent cell is a placeholder operation that tf2onnx keeps.

As in `export.lowering`, but batch and time stay open. A mask is turned into what ONNX knows, the number of real steps:
where real steps may stand anywhere they are first brought to the front, and outputs are read back in Keras' order.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from common.layers import MinGRU
from export.cells import Cell
from export.onnx_nodes import OPERATORS, attributes
from export.onnx_prefixes import is_open_prefix
from export.recurrence import Unknown, read_cells, recurrent_layers

# The placeholder: an operation of TensorFlow that no converter looks into, known by its token `unroll.N`.
OPERATION, PREFIX = "PyFunc", "unroll."


@dataclass(frozen=True)
class Pass:
    """One cell over one sequence: what the placeholder `unroll.N` stands for.

    Its inputs are the sequence (batch, timesteps, features), then what is named here; its outputs are all states'
    first (batch, timesteps, units), in the order of the inputs, and the last states (batch, units).

    Attributes:
        cell: what it computes.
        backwards: whether it reads from the last real step to the first.
        lengths: whether (batch,) int32 numbers of real steps follow, each at least 1.
        states: whether the initial states follow; zeros otherwise.
    """

    cell: Cell
    backwards: bool
    lengths: bool
    states: bool


@dataclass
class OnnxTrace:
    """Attributes:
    passes: made so far; the place is the placeholder's number.
    slow: layer name -> why it went Keras' own way.
    """

    passes: list[Pass] = field(default_factory=list)
    slow: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def placeholders(model: keras.Model, trace: OnnxTrace) -> Iterator[None]:
    """While inside, the model's recurrent layers give placeholders; minGRU is a scan of operations already."""
    changed = []
    for layer in recurrent_layers(model):
        if type(layer) is MinGRU:
            continue
        try:
            cells = read_cells(layer)
            for cell in cells:
                if cell.kind not in OPERATORS:
                    raise Unknown(f"ONNX has no node for {cell.kind}")
                attributes([cell], "forward")
        except Unknown as reason:
            trace.slow[layer.name] = str(reason)
            continue
        layer.inner_loop = types.MethodType(_inner_loop(cells, trace), layer)
        changed.append(layer)
    try:
        yield
    finally:
        for layer in changed:
            del layer.inner_loop


def _inner_loop(cells: Sequence[Cell], trace: OnnxTrace) -> Any:
    def inner_loop(layer: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        import tensorflow as tf

        if isinstance(mask, list | tuple):
            mask = mask[0]
        flat = keras.tree.flatten(initial_state)
        given = None if layer.stateful or all(map(_is_zero, flat)) else flat
        real = None if mask is None else _Real(tf.cast(mask, tf.bool), layer.go_backwards)
        read = sequences if real is None else real.to_the_front(sequences)
        outputs, last = read, list[Any]()
        for cell in cells:
            start = None if given is None else given[len(last) : len(last) + cell.states]
            outputs, states = _place(cell, outputs, start, real, layer.go_backwards, trace)
            last += states
        shown = last[-cells[-1].states]
        if real is not None:
            last = [real.or_before(state, start) for state, start in zip(last, given or _zeros(last), strict=True)]
            shown = real.last_output(shown, layer.zero_output_for_mask)
        if not layer.return_sequences:
            outputs = shown[:, None]
        else:
            outputs = outputs if real is None else real.outputs(outputs, layer.zero_output_for_mask)
            outputs = tf.reverse(outputs, [1]) if layer.go_backwards else outputs
        return shown, outputs, keras.tree.pack_sequence_as(initial_state, last)

    return inner_loop


def _zeros(states: Sequence[Any]) -> list[Any]:
    import tensorflow as tf

    return [tf.zeros_like(state) for state in states]


def _is_zero(state: Any) -> bool:
    """Whether a state is zeros whatever the batch."""
    import tensorflow as tf

    made = state.op
    filled = {"Fill": 1, "BroadcastTo": 0}.get(made.type)
    value = tf.get_static_value(state if filled is None else made.inputs[filled])
    return value is not None and not np.any(value)


def _place(
    cell: Cell, sequences: Any, states: list[Any] | None, real: _Real | None, backwards: bool, trace: OnnxTrace
) -> tuple[Any, list[Any]]:
    """All outputs in the order of the inputs, and the last states."""
    import tensorflow as tf

    given = [sequences, *([] if real is None else [tf.maximum(real.count, 1)]), *(states or ())]
    token = f"{PREFIX}{len(trace.passes)}"
    trace.passes.append(Pass(cell, backwards, real is not None, states is not None))
    outputs, *last = tf.raw_ops.PyFunc(input=given, token=token, Tout=[tf.float32] * (1 + cell.states))
    batch, timesteps = sequences.shape[0], sequences.shape[1]
    shaped = tf.ensure_shape(outputs, (batch, timesteps, cell.units))
    return shaped, [tf.ensure_shape(state, (batch, cell.units)) for state in last]


class _Real:
    """The real steps of a call.

    Attributes:
        mask: (batch, timesteps) bool.
        count: (batch,) int32.
    """

    def __init__(self, mask: Any, backwards: bool) -> None:
        import tensorflow as tf

        self.mask, self.backwards, number = mask, backwards, tf.cast(mask, tf.int32)
        self.count = tf.reduce_sum(number, axis=1)
        self._so_far = tf.cumsum(number, axis=1)  # real steps up to each, itself among them
        self._number = number

    def to_the_front(self, sequences: Any) -> Any:
        """The real steps first, in their order; a mask made from lengths leaves everything in its place."""
        import tensorflow as tf

        if is_open_prefix(self.mask):
            return sequences
        timesteps = tf.shape(self.mask)[1]
        order = tf.range(timesteps)[None] + timesteps * (1 - self._number)  # real steps before all others
        first = -tf.math.top_k(-tf.cast(order, tf.float32), k=timesteps).values  # exact up to 2^24 steps
        return tf.gather(sequences, tf.cast(first, tf.int32) % timesteps, batch_dims=1)

    def or_before(self, state: Any, start: Any) -> Any:
        """The last state, or the one before where a row has no real step."""
        import tensorflow as tf

        return tf.where(self.count[:, None] > 0, state, start)

    def last_output(self, state: Any, zero: bool) -> Any:
        """Keras shows zeros where there is no real step, and on wish where the step read last is none."""
        import tensorflow as tf

        shown = (self.mask[:, 0] if self.backwards else self.mask[:, -1]) if zero else self.count > 0
        return state * tf.cast(shown, tf.float32)[:, None]

    def outputs(self, found: Any, zero: bool) -> Any:
        """Outputs for all steps, in the order of the inputs: between real steps Keras repeats what it read before."""
        import tensorflow as tf

        place = self._so_far - self._number if self.backwards else self._so_far - 1
        known = (place < self.count[:, None]) if self.backwards else place >= 0
        known = self.mask if zero else known
        place = tf.clip_by_value(place, 0, tf.shape(found)[1] - 1)
        return tf.gather(found, place, batch_dims=1) * tf.cast(known, tf.float32)[..., None]
