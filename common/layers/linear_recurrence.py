"""The linear recurrence h_t = a_t * h_{t-1} + b_t as a parallel scan, with its gradient as a second one."""

from __future__ import annotations

from typing import Any

from keras import ops

# Where the number of steps is only known at run time, scans of this many steps lie inside each other, LEVELS deep:
# 32^4 is a million steps. (A scan over an unknown length is traced for every power of two, many times over.)
CHUNK = 32
LEVELS = 4


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
    states = _scan(decay, inputs, LEVELS)

    def gradient(*arguments: Any, upstream: Any = None) -> tuple[Any, Any]:
        error = arguments[0] if upstream is None else upstream
        following = ops.concatenate([decay[:, 1:], ops.zeros_like(decay[:, :1])], axis=1)
        carried = ops.flip(_scan(ops.flip(following, axis=1), ops.flip(error, axis=1), LEVELS), axis=1)
        before = ops.concatenate([ops.zeros_like(states[:, :1]), states[:, :-1]], axis=1)
        return carried * before, carried

    return states, gradient


def _scan(decay: Any, inputs: Any, levels: int) -> Any:
    """(batch, timesteps, units) states, without a gradient of its own."""
    if inputs.shape[1] is not None:
        return ops.associative_scan(_combine, (decay, inputs), axis=1)[1]
    batch, timesteps = ops.shape(inputs)[0], ops.shape(inputs)[1]
    units = inputs.shape[2]
    chunks = 1 if levels == 1 else (timesteps + CHUNK - 1) // CHUNK
    missing = [[0, 0], [0, chunks * CHUNK - timesteps], [0, 0]]
    shape = (batch, chunks, CHUNK, units)
    pairs = (ops.reshape(ops.pad(decay, missing), shape), ops.reshape(ops.pad(inputs, missing), shape))
    # the scan forgets how many axes there are where the batch axis is open, too
    decays, states = (ops.reshape(scanned, shape) for scanned in ops.associative_scan(_combine, pairs, axis=2))
    if levels > 1:
        # the state that each chunk starts from: the states at the chunks' ends, one chunk later
        ends = _scan(decays[:, :, -1], states[:, :, -1], levels - 1)  # (batch, chunks, units)
        before = ops.pad(ends, [[0, 0], [1, 0], [0, 0]])[:, :-1]
        states = states + decays * ops.expand_dims(before, 2)
    return ops.reshape(states, (batch, chunks * CHUNK, units))[:, :timesteps]


def _combine(first: tuple[Any, Any], second: tuple[Any, Any]) -> tuple[Any, Any]:
    return first[0] * second[0], second[0] * first[1] + second[1]
