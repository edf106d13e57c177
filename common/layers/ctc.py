"""Connectionist temporal classification: the loss for training, the greedy decoding for the device.

Class 0 is the blank. Padded frames are made certain blanks (`certain_blanks`), so neither loss nor decoding needs the
number of frames: a certain blank costs nothing and writes nothing.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

_IMPOSSIBLE = -30.0  # a logit whose probability beside 0 is lost in float32: the blank's logarithm is then exactly 0


def certain_blanks(logits: Any, mask: Any) -> Any:
    """Logits whose frames outside the mask are blanks with probability one.

    Args:
        logits: (batch, frames, classes) float32.
        mask: (batch, frames) bool.
    """
    blank = ops.convert_to_tensor([0.0] + [_IMPOSSIBLE] * (logits.shape[-1] - 1), dtype=logits.dtype)
    return ops.where(ops.expand_dims(mask, -1), logits, blank)


@keras.saving.register_keras_serializable(package="unroll")
class CTCLoss(keras.losses.Loss):
    """Minus the logarithm of the probability of the labels, in nats a label over the batch.

    Graves, Fernandez, Gomez and Schmidhuber (2006), "Connectionist temporal classification". With TensorFlow its kernel
    for sparse labels (several times faster on a CPU), with other backends `keras.ops.ctc_loss`: the same values.
    """

    def __init__(self, name: str = "ctc", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(batch, labels) int32, zeros after the labels; (batch, frames, classes) float32 logits, `certain_blanks`
        after the frames. Returns (batch,) float32 whose mean is the batch's loss a label.
        """
        labels, logits = ops.cast(y_true, "int32"), ops.cast(y_pred, "float32")
        count = ops.sum(ops.cast(labels > 0, "int32"), axis=1)  # (batch,)
        if keras.backend.backend() == "tensorflow":
            losses = _tensorflow_loss(labels, logits)
        else:
            losses = ops.ctc_loss(labels, logits, count, ops.full_like(count, logits.shape[1]), mask_index=0)
        return losses / ops.maximum(ops.mean(ops.cast(count, "float32")), 1.0)


def _tensorflow_loss(labels: Any, logits: Any) -> Any:
    import tensorflow as tf

    sparse = tf.sparse.from_dense(labels)
    frames = tf.shape(logits)[1]
    # the kernel wants time first and the blank last
    time_first = tf.transpose(tf.concat([logits[..., 1:], logits[..., :1]], axis=-1), [1, 0, 2])
    losses, _ = tf.raw_ops.CTCLoss(
        inputs=time_first,
        labels_indices=sparse.indices,
        labels_values=sparse.values - 1,
        sequence_length=tf.fill([tf.shape(logits)[0]], frames),
        preprocess_collapse_repeated=False,
        ctc_merge_repeated=True,
        ignore_longer_outputs_than_inputs=True,
    )
    return losses


@keras.saving.register_keras_serializable(package="unroll")
class GreedyCTC(keras.layers.Layer):
    """The labels of the best path: the likeliest class of each frame, repeats and blanks removed.

    Call arguments:
        scores: (batch, frames, classes) float, larger is likelier.

    Returns:
        (batch, frames) int32: the labels from the left, zeros after them.
    """

    def call(self, scores: Any) -> Any:
        best = ops.top_k(scores, 1)[1][..., 0]  # (batch, frames) int32; argmax needs an operator TFLite lacks
        before = ops.pad(best, [[0, 0], [1, 0]])[:, :-1]
        kept = ops.cast(ops.logical_and(ops.not_equal(best, before), best > 0), "int32")
        place = ops.cumsum(kept, axis=1)  # (batch, frames): the number, from 1, of the label that a frame writes
        number = ops.cumsum(ops.ones_like(best), axis=1)
        writes = ops.equal(ops.expand_dims(number, 2), ops.expand_dims(place * kept, 1))  # (batch, labels, frames)
        return ops.sum(ops.where(writes, ops.expand_dims(best, 1), 0), axis=2)

    def compute_output_spec(self, scores: Any) -> Any:
        return keras.KerasTensor(scores.shape[:2], dtype="int32")
