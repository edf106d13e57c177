"""The linear recurrence of minGRU in operations that ONNX has, over an open number of steps."""

from __future__ import annotations

from typing import Any


def linear_recurrence(decay: Any, inputs: Any) -> Any:
    """h_t = decay_t * h_{t-1} + inputs_t with h_{-1} = 0, in log2(timesteps) rounds.

    Hillis and Steele (1986): after the round with distance d every pair (a, b) stands for the 2 d steps up to its own.

    Args:
        decay: (batch, timesteps, units) float32.
        inputs: (batch, timesteps, units) float32.

    Returns:
        (batch, timesteps, units) float32.
    """
    import tensorflow as tf

    timesteps = tf.shape(decay)[1]

    def earlier(values: Any, distance: Any, before: float) -> Any:
        return tf.pad(values, [[0, 0], [distance, 0], [0, 0]], constant_values=before)[:, :timesteps]

    def together(distance: Any, a: Any, b: Any) -> tuple[Any, Any, Any]:
        return distance * 2, a * earlier(a, distance, 1.0), b + a * earlier(b, distance, 0.0)

    open_shape = tf.TensorShape([decay.shape[0], None, decay.shape[2]])
    found = tf.while_loop(
        lambda distance, a, b: distance < timesteps,
        together,
        (tf.constant(1), decay, inputs),
        shape_invariants=(tf.TensorShape([]), open_shape, open_shape),
    )
    return tf.ensure_shape(found[2], inputs.shape)
