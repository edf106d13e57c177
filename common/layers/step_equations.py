"""One step of each cell in TensorFlow operations, forwards and back, for `common/layers/acceleration.py`.

The same equations as in `common/equations`, arranged for speed. Every error of a step is linear in what arrives from
the step after it; the factors depend on the forward pass alone and are computed there, where the gates are at hand:
with e the error that arrives and a the saved factors, the way back is a * e.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True)
class Equations:
    """What differs between cells.

    Attributes:
        states: how many states the cell carries; the first is its output.
        saved: widths, in units, of what a step keeps for the way back.
        errors: widths, in units, of what a step back gives for the weights: the errors of the projected input first.
        step: (projected input, recurrent product, states) -> (new states, saved).
        step_back: (saved, errors of the new states) -> (errors for the weights, error of the recurrent product, errors
            of the old states but for the part that goes through the recurrent kernel).
        weight_gradients: (old outputs, errors for the weights...) -> gradients of recurrent kernel and bias.
        two_biases: whether the recurrent product has a bias of its own.
    """

    states: int
    saved: tuple[int, ...]
    errors: tuple[int, ...]
    step: Callable[[Any, Any, Sequence[Any]], tuple[list[Any], list[Any]]]
    step_back: Callable[[Sequence[Any], Sequence[Any]], tuple[list[Any], Any, list[Any]]]
    weight_gradients: Callable[..., tuple[Any, Any]]
    two_biases: bool = False

    def bias_shape(self, width: int) -> list[int]:
        return [2, width] if self.two_biases else [width]

    def split_bias(self, bias: Any) -> tuple[Any, Any]:
        """The input's bias and that of the recurrent product, None where there is none."""
        return (bias[0], bias[1]) if self.two_biases else (bias, None)


def _one_product(before: Any, sums: Any) -> tuple[Any, Any]:
    import tensorflow as tf

    return tf.matmul(before, sums, transpose_a=True), tf.reduce_sum(sums, axis=0)


def _simple_rnn(projected: Any, recurrent: Any, states: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    import tensorflow as tf

    h = tf.tanh(projected + recurrent)
    return [h], [1.0 - h * h]


def _simple_rnn_back(saved: Sequence[Any], errors: Sequence[Any]) -> tuple[list[Any], Any, list[Any]]:
    sums = saved[0] * errors[0]
    return [sums], sums, [0.0]


def _lstm(projected: Any, recurrent: Any, states: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    import tensorflow as tf

    i, f, g, o = tf.split(projected + recurrent, 4, axis=-1)  # Keras' order
    i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
    c_before = states[1]
    c = f * c_before + i * g
    shown = tf.tanh(c)
    of_sums = tf.concat(
        [g * i * (1.0 - i), c_before * f * (1.0 - f), i * (1.0 - g * g), shown * o * (1.0 - o)], axis=-1
    )
    return [o * shown, c], [of_sums, o * (1.0 - shown * shown), f]


def _lstm_back(saved: Sequence[Any], errors: Sequence[Any]) -> tuple[list[Any], Any, list[Any]]:
    import tensorflow as tf

    of_sums, of_c, f = saved
    d_h, d_c = errors
    d_c = d_c + d_h * of_c
    sums = of_sums * tf.concat([d_c, d_c, d_c, d_h], axis=-1)
    return [sums], sums, [0.0, d_c * f]


def _gru(projected: Any, recurrent: Any, states: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    import tensorflow as tf

    input_z, input_r, input_g = tf.split(projected, 3, axis=-1)  # Keras' order
    recurrent_z, recurrent_r, recurrent_g = tf.split(recurrent, 3, axis=-1)
    z, r = tf.sigmoid(input_z + recurrent_z), tf.sigmoid(input_r + recurrent_r)
    g = tf.tanh(input_g + r * recurrent_g)
    before = states[0]
    of_g = (1.0 - z) * (1.0 - g * g)
    of_sums = tf.concat([(before - g) * z * (1.0 - z), of_g * recurrent_g * r * (1.0 - r), of_g], axis=-1)
    return [z * before + (1.0 - z) * g], [of_sums, of_g * r, z]


def _gru_back(saved: Sequence[Any], errors: Sequence[Any]) -> tuple[list[Any], Any, list[Any]]:
    import tensorflow as tf

    of_sums, of_recurrent_g, z = saved
    (d_h,) = errors
    units = z.shape[-1]
    sums = of_sums * tf.concat([d_h, d_h, d_h], axis=-1)
    d_recurrent_g = of_recurrent_g * d_h
    return [sums, d_recurrent_g], tf.concat([sums[:, : 2 * units], d_recurrent_g], axis=-1), [d_h * z]


def _gru_weights(before: Any, sums: Any, d_recurrent_g: Any) -> tuple[Any, Any]:
    """The reset gate stands between the two sides of the candidate's sum, so their errors differ there."""
    import tensorflow as tf

    gates = 2 * before.shape[-1]
    kernel, input_bias = _one_product(before, sums)
    kernel_g, bias_g = _one_product(before, d_recurrent_g)
    recurrent_bias = tf.concat([input_bias[:gates], bias_g], axis=0)
    return tf.concat([kernel[:, :gates], kernel_g], axis=1), tf.stack([input_bias, recurrent_bias])


EQUATIONS: dict[type, Equations] = {
    keras.layers.SimpleRNN: Equations(1, (1,), (1,), _simple_rnn, _simple_rnn_back, _one_product),
    keras.layers.LSTM: Equations(2, (4, 1, 1), (4,), _lstm, _lstm_back, _one_product),
    keras.layers.GRU: Equations(1, (3, 1, 1), (3, 1), _gru, _gru_back, _gru_weights, two_biases=True),
}
