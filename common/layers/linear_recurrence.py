"""The linear recurrence h_t = a_t * h_{t-1} + b_t as a parallel scan, with its gradient as a second one."""

from __future__ import annotations

from typing import Any

from keras import ops


def linear_recurrence(decay: Any, inputs: Any) -> Any:
    """All states of h_t = decay_t * h_{t-1} + inputs_t, with h_{-1} = 0, in O(log timesteps) parallel rounds.

    Blelloch (1990): the pairs (a, b) combine associatively, (a1, b1) then (a2, b2) being (a1 a2, a2 b1 + b2). The
    gradient is the same recurrence backwards: g_t = dL/dh_t + decay_{t+1} g_{t+1}; dL/dinputs_t = g_t and
    dL/ddecay_t = g_t h_{t-1}.

    Args:
        decay: (batch, timesteps, units) float.
        inputs: (batch, timesteps, units) float.

    Returns:
        (batch, timesteps, units) float, the states.
    """
    return _differentiable(decay, inputs)


@ops.custom_gradient
def _differentiable(decay: Any, inputs: Any) -> Any:
    states = _scan(decay, inputs)

    def gradient(*arguments: Any, upstream: Any = None) -> tuple[Any, Any]:
        error = arguments[0] if upstream is None else upstream
        following = ops.concatenate([decay[:, 1:], ops.zeros_like(decay[:, :1])], axis=1)
        carried = ops.flip(_scan(ops.flip(following, axis=1), ops.flip(error, axis=1)), axis=1)
        before = ops.concatenate([ops.zeros_like(states[:, :1]), states[:, :-1]], axis=1)
        return carried * before, carried

    return states, gradient


def _scan(decay: Any, inputs: Any) -> Any:
    """(batch, timesteps, units) states, without a gradient of its own."""
    if inputs.shape[1] is None:
        return _doubling_scan(decay, inputs)
    states = ops.associative_scan(_combine, (decay, inputs), axis=1)[1]
    return ops.reshape(states, ops.shape(inputs))  # TensorFlow's scan forgets shapes


def _doubling_scan(decay: Any, inputs: Any) -> Any:
    """The scan of Hillis and Steele (1986), where the number of steps is only known at run time.

    After the round with distance d, entry t stands for the last 2 d steps as one. `ops.associative_scan` would be
    traced for every power of two that a length could have, which takes a minute.
    """
    position = ops.expand_dims(ops.cumsum(ops.ones_like(inputs[:1, :, 0], dtype="int32"), axis=1) - 1, 2)
    timesteps = ops.shape(inputs)[1]

    def round_of(distance: Any, decay: Any, states: Any) -> tuple[Any, Any, Any]:
        reached = position >= distance  # (1, timesteps, 1)
        before = ops.where(reached, ops.roll(decay, distance, axis=1), 1.0)
        states_before = ops.where(reached, ops.roll(states, distance, axis=1), 0.0)
        decay, states = _combine((before, states_before), (decay, states))
        return distance * 2, decay, states

    start = (ops.convert_to_tensor(1, "int32"), decay, inputs)
    return ops.while_loop(lambda distance, *_: distance < timesteps, round_of, start)[2]


def _combine(first: tuple[Any, Any], second: tuple[Any, Any]) -> tuple[Any, Any]:
    return first[0] * second[0], second[0] * first[1] + second[1]
