"""minGRU in blocks of steps, for `common/layers/acceleration.py`: faster than a scan where there are few cores.

A parallel scan does some three times the work of a loop in a tenth of the rounds; two cores feel only the work. Here a
block of steps is one function that XLA compiles, forwards and back; nothing but the states is kept for the way back.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

BLOCK = 16  # steps a compiled block


def inner_loop(
    self: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False
) -> tuple[Any, Any, list[Any]]:
    """What `MinGRU.inner_loop` gives, for a layer that `accelerate` has changed."""
    import tensorflow as tf

    if not training or tf.executing_eagerly():
        return type(self).inner_loop(self, sequences, initial_state, mask, training=training)
    mask = mask[0] if isinstance(mask, list | tuple) else mask
    logits, candidate = self.projected(sequences, training)
    real = tf.ones(tf.shape(logits)[:2], tf.bool) if mask is None else tf.cast(mask, tf.bool)
    states = through_time(logits, candidate, real, initial_state[0], self.go_backwards)
    states = tf.reverse(states, [1]) if self.go_backwards else states
    outputs = self.shown(states, mask)
    return outputs[:, -1], outputs, [states[:, -1]]


def through_time(logits: Any, candidate: Any, real: Any, initial_state: Any, go_backwards: bool) -> Any:
    """All states of minGRU inside a `tf.function`, with a gradient of its own.

    Args:
        logits: (batch, timesteps, units) float32, of the gate z.
        candidate: (batch, timesteps, units) float32.
        real: (batch, timesteps) bool; where it is False the state stays.
        initial_state: (batch, units) float32.
        go_backwards: whether the last step is taken first.

    Returns:
        (batch, timesteps, units) float32; entry t is the state after step t, whatever the direction.
    """
    import tensorflow as tf

    timesteps = tf.shape(logits)[1]
    missing = -timesteps % BLOCK
    ends = [[0, 0], [0, missing]]
    # a step that is not real has the gate shut: the logit is as low as it takes to make z zero
    closed = tf.where(real[:, :, None], logits, -1e9)
    closed = tf.pad(closed, [*ends, [0, 0]], constant_values=-1e9)
    states = _differentiable(go_backwards)(closed, tf.pad(candidate, [*ends, [0, 0]]), initial_state)
    return states[:, :timesteps]


def _differentiable(go_backwards: bool) -> Callable[..., Any]:
    """(logits, candidates, initial state) -> states, the timesteps a multiple of `BLOCK`."""
    import tensorflow as tf

    forward, backward = _compiled_blocks(go_backwards)

    @tf.custom_gradient
    def loop(logits: Any, candidate: Any, initial_state: Any) -> Any:
        batch, units = tf.shape(logits)[0], logits.shape[2]
        blocks = tf.shape(logits)[1] // BLOCK

        def of(steps: Any, block: Any) -> Any:
            return steps[:, block * BLOCK : (block + 1) * BLOCK]

        def in_steps(array: Any) -> Any:
            return tf.reshape(tf.transpose(array.stack(), [1, 0, 2, 3]), [batch, blocks * BLOCK, units])

        def array() -> Any:
            return tf.TensorArray(tf.float32, blocks, element_shape=[None, BLOCK, units])

        def repeat(body: Callable[..., Any], start: list[Any], reverse: bool) -> list[Any]:
            def step(done: Any, *values: Any) -> Any:
                return done + 1, *body(blocks - 1 - done if reverse else done, *values)

            return tf.while_loop(lambda done, *_: done < blocks, step, [0, *start], parallel_iterations=1)[1:]

        def block_forward(block: Any, state: Any, written: Any) -> Any:
            state, made = forward(of(logits, block), of(candidate, block), state)
            return state, written.write(block, made)

        states = in_steps(repeat(block_forward, [initial_state, array()], go_backwards)[1])

        def gradient(arriving: Any) -> Any:
            start = initial_state[:, None]
            before = tf.concat([states[:, 1:], start] if go_backwards else [start, states[:, :-1]], axis=1)

            def block_backward(block: Any, error: Any, *written: Any) -> Any:
                error, made = backward(*(of(a, block) for a in (logits, candidate, before, arriving)), error)
                return error, *(array.write(block, value) for array, value in zip(written, made, strict=True))

            start_error = tf.zeros_like(initial_state)
            error, *made = repeat(block_backward, [start_error, array(), array()], not go_backwards)
            return *(in_steps(array) for array in made), error

        return states, gradient

    return loop


@functools.cache
def _compiled_blocks(go_backwards: bool) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """`BLOCK` steps forwards and back; (batch, BLOCK, units) each."""
    import tensorflow as tf

    order = range(BLOCK - 1, -1, -1) if go_backwards else range(BLOCK)

    @tf.function(jit_compile=True, autograph=False)
    def forward(logits: Any, candidate: Any, state: Any) -> Any:
        kept, added = tf.sigmoid(-logits), tf.sigmoid(logits) * candidate
        states: list[Any] = [None] * BLOCK
        for step in order:
            states[step] = state = kept[:, step] * state + added[:, step]
        return state, tf.stack(states, axis=1)

    @tf.function(jit_compile=True, autograph=False)
    def backward(logits: Any, candidate: Any, before: Any, arriving: Any, error: Any) -> Any:
        kept, z = tf.sigmoid(-logits), tf.sigmoid(logits)
        errors: list[Any] = [None] * BLOCK
        for step in reversed(order):
            errors[step] = error = error + arriving[:, step]
            error = error * kept[:, step]
        d_state = tf.stack(errors, axis=1)
        return error, (d_state * (candidate - before) * z * kept, d_state * z)

    return forward, backward
