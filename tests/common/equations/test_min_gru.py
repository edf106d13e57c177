"""minGRU: against a plain TensorFlow loop of the paper's three lines, and its gate's two ends."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from common.equations import MIN_GRU, backward, forward
from common.equations.min_gru import gate_and_candidate


@pytest.mark.parametrize("seed", range(4))
def test_states_and_gradients_are_those_of_a_plain_loop(seed: int) -> None:
    generator = np.random.default_rng(seed)
    batch, timesteps, features, units = 3, 6, 4, 2
    x, kernel, bias, start, error = (
        tf.constant(generator.normal(size=shape))
        for shape in (
            (batch, timesteps, features), (features, 2 * units), (2 * units,), (batch, units), (batch, timesteps, units)
        )
    )  # fmt: skip
    with tf.GradientTape() as tape:
        tape.watch([x, kernel, bias, start])
        h, states = start, []
        for t in range(timesteps):
            z = tf.sigmoid(x[:, t] @ kernel[:, :units] + bias[:units])
            candidate = x[:, t] @ kernel[:, units:] + bias[units:]
            h = (1.0 - z) * h + z * candidate
            states.append(h)
        loss = tf.reduce_sum(tf.stack(states, axis=1) * error)
    expected = tape.gradient(loss, [x, kernel, bias, start])
    trace = forward(MIN_GRU, [kernel.numpy(), bias.numpy()], x.numpy(), initial_state=[start.numpy()])
    np.testing.assert_allclose(trace.states[0], tf.stack(states, axis=1), atol=1e-12)
    found = backward(trace, error.numpy())
    for ours, theirs in zip((found.inputs, *found.weights, *found.initial_state), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_a_closed_gate_keeps_the_state_and_an_open_one_replaces_it() -> None:
    x = np.random.default_rng(0).normal(size=(1, 3, 2))
    kernel = np.concatenate([np.zeros((2, 1)), [[1.0], [2.0]]], axis=1)
    for gate, expected in ((-40.0, [5.0, 5.0, 5.0]), (40.0, x[0] @ [1.0, 2.0])):
        weights = (kernel, np.array([gate, 0.0]))
        found = forward(MIN_GRU, weights, x, initial_state=[np.array([[5.0]])]).states[0][0, :, 0]
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_the_candidate_is_linear() -> None:
    weights = (np.array([[0.0, 3.0]]), np.zeros(2))
    z, candidate = gate_and_candidate(weights, np.array([[100.0]]))
    assert z == 0.5
    assert candidate == 300.0
