"""Recurrent layers that train faster on a CPU: the same layers and results, another way through time.

Keras takes some thirty small operations a step and leaves the gradient to automatic differentiation, which stores and
reads back the result of each. Here

- one matrix product projects the inputs of all steps before the loop, and the gradient of every weight is one product
  after it (Appleyard et al. 2016, "Optimizing performance of recurrent neural networks on GPUs");
- the way back is written out (`common/layers/step_equations.py`): a few multiplications and one product a step;
- steps run in blocks of `BLOCK`, which XLA compiles once for all sequence lengths.

Only training on TensorFlow without a GPU is changed: prediction, export, saved files, cuDNN and other backends are not.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Sequence
from typing import Any

import keras

from common.layers.min_gru import MinGRU
from common.layers.min_gru_blocks import inner_loop as min_gru_inner_loop
from common.layers.step_equations import EQUATIONS, Equations

BLOCK = 8  # steps a compiled block: fewer cost calls, more overflow the cache and take longer to compile


def accelerate(model: keras.Model) -> int:
    """Makes the SimpleRNN, LSTM, GRU and minGRU layers of a model train faster; call it before the first training step.

    A layer whose options the fast way does not know (other activations, recurrent dropout, GRU with
    `reset_after=False`, `unroll`, another precision than float32) trains as before.

    Args:
        model: any Keras model; layers inside wrappers and nested models are found too.

    Returns:
        How many layers were changed: none on another backend than TensorFlow, or where there is a GPU, which has
        better ways of its own.
    """
    if keras.backend.backend() != "tensorflow":
        return 0
    import tensorflow as tf

    if tf.config.list_logical_devices("GPU"):
        return 0
    found = [layer for layer in model._flatten_layers() if _is_known(layer)]
    for layer in found:
        layer.inner_loop = types.MethodType(min_gru_inner_loop if type(layer) is MinGRU else _inner_loop, layer)
    return len(found)


def _is_known(layer: Any) -> bool:
    if type(layer) is MinGRU:
        return bool(layer.compute_dtype == "float32")
    if type(layer) not in EQUATIONS:
        return False
    plain = not (layer.unroll or layer.recurrent_dropout)
    activations = (layer.activation, getattr(layer, "recurrent_activation", keras.activations.sigmoid))
    usual = activations == (keras.activations.tanh, keras.activations.sigmoid)
    return plain and usual and getattr(layer, "reset_after", True) and layer.compute_dtype == "float32"


def _inner_loop(self: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
    """What `keras.layers.RNN.call` asks for: last output (batch, units), all outputs, last states."""
    import tensorflow as tf

    if not training or tf.executing_eagerly():
        return type(self).inner_loop(self, sequences, initial_state, mask, training=training)
    cell = self.cell
    if self.dropout:
        sequences = sequences * cell.get_dropout_mask(sequences[:, 0])[:, None]
    weights = [tf.convert_to_tensor(weight) for weight in (cell.kernel, cell.recurrent_kernel)]
    bias = tf.convert_to_tensor(cell.bias) if cell.use_bias else None
    return through_time(
        EQUATIONS[type(self)],
        sequences,
        mask[0] if isinstance(mask, list | tuple) else mask,
        initial_state,
        (*weights, bias),
        go_backwards=self.go_backwards,
        return_sequences=self.return_sequences,
        zero_output_for_mask=self.zero_output_for_mask,
    )


def through_time(
    equations: Equations,
    sequences: Any,
    mask: Any,
    initial_state: Sequence[Any],
    weights: tuple[Any, Any, Any],
    *,
    go_backwards: bool,
    return_sequences: bool,
    zero_output_for_mask: bool,
) -> tuple[Any, Any, list[Any]]:
    """Runs a cell over a batch of sequences inside a `tf.function`, with a gradient of its own.

    Args:
        equations: those of the cell.
        sequences: (batch, timesteps, features) float32.
        mask: (batch, timesteps) bool or None; where it is False the state stays.
        initial_state: (batch, units) float32 for each state.
        weights: kernel, recurrent kernel and bias (or None) as the Keras layer holds them.
        go_backwards: whether the last step is read first; outputs come in the order of reading, as Keras gives them.
        return_sequences: whether all outputs are wanted.
        zero_output_for_mask: whether the output of a masked step is zero instead of the output before.

    Returns:
        The last output (batch, units); all outputs (batch, timesteps, units), or only the last (batch, 1, units)
        without `return_sequences`; the last states.
    """
    import tensorflow as tf

    timesteps = tf.shape(sequences)[1]
    missing = -timesteps % BLOCK
    steps_first = _padded(tf.transpose(sequences, [1, 0, 2]), missing)  # (timesteps, batch, features)
    real = tf.ones(tf.shape(sequences)[:2], tf.bool) if mask is None else tf.cast(mask, tf.bool)
    real = _padded(tf.transpose(real)[:, :, None], missing)  # (timesteps, batch, 1)
    kernel, recurrent_kernel, bias = weights
    if bias is None:
        bias = tf.zeros(equations.bias_shape(kernel.shape[1]))
    loop = _differentiable_loop(equations, real, go_backwards, return_sequences)
    results = loop(steps_first, kernel, recurrent_kernel, bias, *initial_state)
    states = list(results[: equations.states])
    last = states[0]
    # before the first real step Keras gives zeros, whatever the initial state
    shown = real if zero_output_for_mask else tf.cumsum(tf.cast(real, tf.int32), axis=0, reverse=go_backwards) > 0
    if mask is not None:
        last = tf.where(shown[0 if go_backwards else timesteps - 1], last, 0.0)
    if not return_sequences:
        return last, last[:, None], states
    outputs = results[-1] if mask is None else tf.where(shown, results[-1], 0.0)
    outputs = tf.transpose(outputs[:timesteps], [1, 0, 2])
    return last, tf.reverse(outputs, [1]) if go_backwards else outputs, states


def _padded(steps_first: Any, missing: Any) -> Any:
    """Zeros (False) after the last step; nothing is copied where nothing is missing."""
    import tensorflow as tf

    return tf.cond(missing > 0, lambda: tf.pad(steps_first, [[0, missing], [0, 0], [0, 0]]), lambda: steps_first)


def _differentiable_loop(
    equations: Equations, real: Any, go_backwards: bool, return_sequences: bool
) -> Callable[..., Any]:
    """(inputs, kernel, recurrent kernel, bias, *states) -> (*last states, all outputs where wanted)."""
    import tensorflow as tf

    forward, backward = _compiled_blocks(equations, go_backwards)
    state_count = equations.states

    @tf.custom_gradient
    def loop(inputs: Any, kernel: Any, recurrent_kernel: Any, bias: Any, *initial_state: Any) -> Any:
        units, features = recurrent_kernel.shape[0], kernel.shape[0]
        blocks, batch = tf.shape(inputs)[0] // BLOCK, tf.shape(inputs)[1]
        input_bias, recurrent_bias = equations.split_bias(bias)

        def in_blocks(steps_first: Any, width: int) -> Any:
            return tf.reshape(steps_first, [blocks, BLOCK, batch, width])

        def in_steps(array: Any, width: int) -> Any:
            return tf.reshape(array.stack(), [blocks * BLOCK, batch, width])

        def arrays(widths: Sequence[int]) -> list[Any]:
            return [
                tf.TensorArray(tf.float32, blocks, clear_after_read=False, element_shape=[BLOCK, None, width * units])
                for width in widths
            ]

        def repeat(body: Callable[..., Any], start: list[Any], reverse: bool) -> list[Any]:
            """Calls body(block, *values) -> values for each block."""

            def step(done: Any, *values: Any) -> Any:
                return done + 1, *body(blocks - 1 - done if reverse else done, *values)

            return tf.while_loop(lambda done, *_: done < blocks, step, [0, *start], parallel_iterations=1)[1:]

        flat = tf.reshape(inputs, [-1, features])
        # (blocks, BLOCK, batch, gates * units)
        projected = in_blocks(tf.nn.bias_add(tf.matmul(flat, kernel), input_bias), kernel.shape[1])
        mask = in_blocks(real, 1)

        def block_forward(block: Any, *values: Any) -> list[Any]:
            states, written = values[:state_count], values[state_count:]
            made = forward(projected[block], mask[block], states, recurrent_kernel, recurrent_bias)
            return [*made[0], *(array.write(block, value) for array, value in zip(written, made[1], strict=True))]

        ran = repeat(block_forward, [*initial_state, *arrays((1, *equations.saved))], go_backwards)
        last, saved = ran[:state_count], ran[state_count + 1 :]
        outputs = in_steps(ran[state_count], units)

        def gradient(*errors: Any) -> Any:
            arriving = in_blocks(errors[-1], units) if return_sequences else None

            def block_backward(block: Any, *values: Any) -> list[Any]:
                states, written = values[:state_count], values[state_count:]
                error = None if arriving is None else arriving[block]
                kept = [array.read(block) for array in saved]
                made = backward(mask[block], kept, error, states, recurrent_kernel)
                return [*made[0], *(array.write(block, value) for array, value in zip(written, made[1], strict=True))]

            back = repeat(block_backward, [*errors[:state_count], *arrays(equations.errors)], not go_backwards)
            sums, *others = [
                tf.reshape(in_steps(array, width * units), [-1, width * units])
                for array, width in zip(back[state_count:], equations.errors, strict=True)
            ]
            start = initial_state[0][None]
            before = tf.concat([outputs[1:], start] if go_backwards else [start, outputs[:-1]], axis=0)
            d_recurrent, d_bias = equations.weight_gradients(tf.reshape(before, [-1, units]), sums, *others)
            d_inputs = tf.reshape(tf.matmul(sums, kernel, transpose_b=True), tf.shape(inputs))
            return d_inputs, tf.matmul(flat, sums, transpose_a=True), d_recurrent, d_bias, *back[:state_count]

        return (*last, outputs) if return_sequences else tuple(last), gradient

    return loop


@functools.cache
def _compiled_blocks(equations: Equations, go_backwards: bool) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """`BLOCK` steps forwards and back, compiled by XLA once for each batch size; shared by all layers of a kind."""
    import tensorflow as tf

    order = range(BLOCK - 1, -1, -1) if go_backwards else range(BLOCK)

    def select(real: Any, new: Sequence[Any], old: Sequence[Any]) -> list[Any]:
        return [tf.where(real, a, b) for a, b in zip(new, old, strict=True)]

    def stacked(steps: dict[int, Sequence[Any]]) -> list[Any]:
        return [tf.stack(values) for values in zip(*(steps[step] for step in range(BLOCK)), strict=True)]

    @tf.function(jit_compile=True, autograph=False)
    def forward(projected: Any, real: Any, states: Any, recurrent_kernel: Any, recurrent_bias: Any) -> Any:
        kept: dict[int, Sequence[Any]] = {}
        for step in order:
            recurrent = tf.matmul(states[0], recurrent_kernel)
            if recurrent_bias is not None:
                recurrent = recurrent + recurrent_bias
            new, saved = equations.step(projected[step], recurrent, states)
            states = select(real[step], new, states)
            kept[step] = (states[0], *saved)
        return list(states), stacked(kept)

    @tf.function(jit_compile=True, autograph=False)
    def backward(real: Any, saved: Any, arriving: Any, errors: Any, recurrent_kernel: Any) -> Any:
        made: dict[int, Sequence[Any]] = {}
        for step in reversed(order):
            if arriving is not None:
                errors = [errors[0] + arriving[step], *errors[1:]]
            through = [tf.where(real[step], error, 0.0) for error in errors]
            sums, recurrent, before = equations.step_back([array[step] for array in saved], through)
            before = [before[0] + tf.matmul(recurrent, recurrent_kernel, transpose_b=True), *before[1:]]
            errors = select(real[step], before, errors)
            made[step] = sums
        return list(errors), stacked(made)

    return forward, backward
