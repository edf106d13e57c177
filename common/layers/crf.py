"""Linear-chain conditional random fields: potentials, likelihood, the best path, marginals.

Lafferty, McCallum and Pereira (2001), "Conditional Random Fields"; as the output of a recurrent network: Huang, Xu and
Yu (2015), Lample et al. (2016). Tags y_0 ... y_n have the score `sum over t of potentials[t, y_(t-1), y_t]`, and their
probability is `exp(score - log_partition)`.

`CRF` makes the potentials, and gives the best path; sums, losses and marginals work on potentials alone. They hold
padding as well: at a padded step any tag moves on to tag 0 for nothing, so sums end where the sentence does.
Targets are padded with 0.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from common.layers.masking import length_mask

NEVER = -10_000.0  # the score of a move that is not allowed: its probability is 0 in float32, its gradient finite


@keras.saving.register_keras_serializable(package="unroll")
class CRF(keras.layers.Layer):
    """Adds learnt scores of moves between tags, and of beginnings and ends, to the scores of tags.

    Args:
        legal: (tags + 1, tags + 1) bool, nested lists or array: whether tag j may follow tag i. The last row is the
            beginning of a sentence, the last column its end.

    Call arguments:
        emissions: (batch, timesteps, tags) float32, how well each tag fits each step.
        lengths: (batch,) int32, real steps, at least 1.
        decode: whether the best path is wanted instead of potentials.

    Returns:
        (batch, timesteps, tags, tags) float32 potentials: `[b, t, i, j]` is the score of tag j at step t after tag i;
        at step 0 the tag before is of no account. With `decode` the most probable tags, (batch, timesteps) int32,
        padded with 0.
    """

    def __init__(self, legal: Any, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.supports_masking = True
        self.legal = np.asarray(legal, bool)
        self.tags = len(self.legal) - 1
        if self.legal.shape != (self.tags + 1, self.tags + 1) or self.tags < 1:
            raise ValueError(f"legal: expected a square of at least 2 x 2, found {self.legal.shape}")

    def build(self, emissions_shape: Any, lengths_shape: Any = None) -> None:
        if emissions_shape[-1] != self.tags:
            raise ValueError(f"expected emissions of {self.tags} tags, found {emissions_shape[-1]}")
        self.transitions = self.add_weight(shape=(self.tags, self.tags), initializer="zeros", name="transitions")
        self.start = self.add_weight(shape=(self.tags,), initializer="zeros", name="start")
        self.end = self.add_weight(shape=(self.tags,), initializer="zeros", name="end")
        self.built = True

    def call(self, emissions: Any, lengths: Any, decode: bool = False) -> Any:
        never = np.where(self.legal, 0.0, NEVER).astype("float32")
        moves = self.transitions + never[:-1, :-1]  # (tags, tags)
        start, end = self.start + never[-1, :-1], self.end + never[:-1, -1]  # (tags,)
        emissions = ops.cast(emissions, "float32")
        if decode:
            return best_path(emissions, lengths, moves, start, end)
        real = ops.cast(length_mask(emissions, lengths), "float32")[..., None]  # (batch, timesteps, 1)
        last = real - ops.pad(real[:, 1:], [[0, 0], [0, 1], [0, 0]])
        scores = (emissions + last * end)[:, :, None, :]  # (batch, timesteps, 1, tags)
        first = scores[:, :1] + ops.broadcast_to(start, (self.tags, self.tags))
        step = ops.concatenate([first, scores[:, 1:] + moves], axis=1)
        to_tag_0 = np.where(np.arange(self.tags) == 0, 0.0, NEVER).astype("float32")  # (tags,)
        return ops.where(real[..., None] > 0, step, to_tag_0)

    def compute_mask(self, emissions: Any, previous_mask: Any = None) -> None:
        """No mask goes on: the potentials hold the padding."""

    def compute_output_spec(self, emissions: Any, lengths: Any, decode: bool = False) -> Any:
        if decode:
            return keras.KerasTensor(emissions.shape[:2], dtype="int32")
        return keras.KerasTensor((*emissions.shape, self.tags), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "legal": self.legal.tolist()}


def log_sum_exp(values: Any, axis: int) -> Any:
    """log of the sum of exponentials along an axis, which goes; exact for any finite values."""
    highest = ops.max(values, axis=axis, keepdims=True)
    return ops.log(ops.sum(ops.exp(values - highest), axis=axis)) + ops.squeeze(highest, axis)


def forward_scores(potentials: Any) -> Any:
    """alpha: the log of the summed exponentials of all beginnings that end in a tag at a step (Rabiner 1989, eq. 20).

    Args:
        potentials: (timesteps, batch, tags, tags) float32, time first.

    Returns:
        (timesteps, batch, tags) float32.
    """
    first = potentials[0, :, 0]

    def step(before: Any, potential: Any) -> tuple[Any, Any]:
        now = log_sum_exp(before[:, :, None] + potential, 1)
        return now, now

    return ops.concatenate([first[None], ops.scan(step, first, potentials[1:])[1]])


def backward_scores(potentials: Any) -> Any:
    """beta: the log of the summed exponentials of all ways on from a tag at a step (Rabiner 1989, eq. 25).

    Args:
        potentials: (timesteps, batch, tags, tags) float32, time first.

    Returns:
        (timesteps, batch, tags) float32; zeros at the last step.
    """
    last = ops.zeros_like(potentials[0, :, 0])

    def step(after: Any, potential: Any) -> tuple[Any, Any]:
        now = log_sum_exp(potential + after[:, None, :], 2)
        return now, now

    return ops.concatenate([ops.scan(step, last, potentials[1:], reverse=True)[1], last[None]])


def time_first(potentials: Any) -> Any:
    """(batch, timesteps, tags, tags) to (timesteps, batch, tags, tags)."""
    return ops.transpose(potentials, (1, 0, 2, 3))


def edge_marginals(steps: Any, alpha: Any, beta: Any) -> Any:
    """The probability of each pair of tags at neighbouring steps, from the scores of both directions.

    Args:
        steps: (timesteps, batch, tags, tags) potentials, time first.
        alpha: (timesteps, batch, tags) of `forward_scores`.
        beta: (timesteps, batch, tags) of `backward_scores`.

    Returns:
        (timesteps - 1, batch, tags, tags): `[t, b, i, j]` is P(tag i at step t and tag j at step t + 1).
    """
    total = log_sum_exp(alpha[-1], 1)  # (batch,)
    joint = alpha[:-1, :, :, None] + steps[1:] + beta[1:, :, None, :]
    return ops.exp(joint - total[None, :, None, None])


def log_partition(potentials: Any) -> Any:
    """log Z: (batch, timesteps, tags, tags) float32 to (batch,) float32.

    Its gradient is written out: the derivative by a potential is the probability of that pair of tags, which one
    backward pass over the steps gives, without a record of every operation of the forward pass.
    """
    tags = potentials.shape[-1]

    @ops.custom_gradient
    def of(given: Any) -> Any:
        steps = time_first(given)
        alpha = forward_scores(steps)
        total = log_sum_exp(alpha[-1], 1)

        def gradient(*arguments: Any, upstream: Any = None) -> Any:
            error = arguments[0] if upstream is None else upstream  # (batch,)
            beta = backward_scores(steps)
            first = ops.exp(alpha[0] + beta[0] - total[:, None])  # P(tag at step 0), from row 0 of the potentials
            row_0 = np.eye(tags, dtype="float32")[0][None, :, None]
            pairs = ops.concatenate([(first[:, None, :] * row_0)[None], edge_marginals(steps, alpha, beta)])
            return ops.transpose(pairs, (1, 0, 2, 3)) * error[:, None, None, None]

        return total, gradient

    return of(potentials)


def path_score(potentials: Any, path: Any) -> Any:
    """The score of given tags: (batch, timesteps, tags, tags) and (batch, timesteps) int32 to (batch,) float32.

    The path is padded with 0.
    """
    tags = potentials.shape[-1]
    path = ops.cast(path, "int32")
    before = ops.pad(path[:, :-1], [[0, 0], [1, 0]])
    flat = ops.reshape(potentials, (*ops.shape(potentials)[:2], tags * tags))
    return ops.sum(ops.take_along_axis(flat, (before * tags + path)[..., None], axis=2), axis=(1, 2))


@keras.saving.register_keras_serializable(package="unroll")
class CRFLoss(keras.losses.Loss):
    """The negative log-likelihood of the tags, in nats a sentence: log Z minus the score of the path.

    `y_true`: (batch, timesteps) int32 tags, padded with 0. `y_pred`: (batch, timesteps, tags, tags), what `CRF` gives.
    """

    def __init__(self, name: str = "crf_loss", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(batch,) float32."""
        return log_partition(y_pred) - path_score(y_pred, y_true)


def best_path(emissions: Any, lengths: Any, moves: Any, start: Any, end: Any) -> Any:
    """The most probable tags (Viterbi 1967), with operations that TensorFlow Lite has as builtins.

    Both loops run as far as the longest sentence goes, so a short one is cheap on a device; a batch known to hold one
    sentence needs no masks. Of equally good tags before the lowest is taken.

    Args:
        emissions: (batch, timesteps, tags) float32, how well each tag fits.
        lengths: (batch,) int32.
        moves: (tags, tags) float32, the score of tag j after tag i.
        start: (tags,) float32, the score of each tag in the first step.
        end: (tags,) float32, the score of each tag in the last real step.

    Returns:
        (batch, timesteps) int32, 0 at padded steps.
    """
    # `expand_dims`, not `[None]`: an index becomes two operators on the device
    steps = ops.transpose(emissions, (1, 0, 2))  # (timesteps, batch, tags)
    places = ops.arange(steps.shape[-1], dtype="int32")
    arriving = ops.transpose(moves)  # [j, i]
    count, alone = ops.max(lengths), steps.shape[1] == 1

    def onward(step: Any, before: Any, pointers: Any) -> tuple[Any, Any, Any]:
        best, led = ops.top_k(ops.expand_dims(before, 1) + arriving, 1)  # (batch, tags, 1) each
        now, led = ops.squeeze(best, 2) + steps[step], ops.cast(ops.squeeze(led, 2), "int32")
        if not alone:  # after its end a sentence stays as it is
            real = ops.expand_dims(step < lengths, 1)
            now, led = ops.where(real, now, before), ops.where(real, led, places)
        return step + 1, now, ops.slice_update(pointers, (step, 0, 0), ops.expand_dims(led, 0))

    pointers = ops.zeros_like(steps, dtype="int32")
    first = (ops.ones((), "int32"), steps[0] + start, pointers)
    _, last, pointers = ops.while_loop(lambda step, *_: step < count, onward, first)

    def back(step: Any, tag: Any, path: Any) -> tuple[Any, Any, Any]:
        led = ops.sum(ops.where(places == ops.expand_dims(tag, 1), pointers[step], 0), axis=1)
        return step - 1, led, ops.slice_update(path, (step - 1, 0), ops.expand_dims(led, 0))

    # `ops.argmax` needs an operator that TFLite lacks
    tag = ops.cast(ops.squeeze(ops.top_k(last + end, 1)[1], 1), "int32")  # (batch,)
    path = ops.slice_update(ops.zeros_like(pointers[:, :, 0]), (count - 1, 0), ops.expand_dims(tag, 0))
    path = ops.transpose(ops.while_loop(lambda step, *_: step > 0, back, (count - 1, tag, path))[2])
    return path if alone else ops.where(length_mask(path, lengths), path, 0)


@keras.saving.register_keras_serializable(package="unroll")
class CRFMarginals(keras.layers.Layer):
    """How sure the model is of its tags.

    Call arguments:
        potentials: (batch, timesteps, tags, tags) float32.
        path: (batch, timesteps) int32, the tags to judge.

    Returns:
        (batch, timesteps, tags) float32, the probability of each tag at each step; and (batch, timesteps) float32, the
        probability of the path's tag given the path's tag before it. P(the path from step i to j) is the marginal of
        its tag at i times the second result at i + 1 to j.
    """

    def call(self, potentials: Any, path: Any) -> tuple[Any, Any]:
        steps = time_first(potentials)
        alpha, beta = forward_scores(steps), backward_scores(steps)
        total = log_sum_exp(alpha[-1], 1)
        marginals = ops.transpose(ops.exp(alpha + beta - total[None, :, None]), (1, 0, 2))
        # log P(y_t | y_(t-1)) = potential + beta_t(y_t) - beta_(t-1)(y_(t-1))
        of_path = ops.take_along_axis(ops.transpose(beta, (1, 0, 2)), path[..., None], axis=2)[..., 0]
        before, after = of_path[:, :-1], of_path[:, 1:]
        tags = potentials.shape[-1]
        pair = path[:, :-1] * tags + path[:, 1:]
        flat = ops.reshape(potentials[:, 1:], (*ops.shape(pair), tags * tags))
        moved = ops.take_along_axis(flat, pair[..., None], axis=2)[..., 0]
        onward = ops.exp(moved + after - before)
        alone = ops.take_along_axis(marginals[:, :1], path[:, :1, None], axis=2)[..., 0]
        return marginals, ops.concatenate([alone, onward], axis=1)

    def compute_output_spec(self, potentials: Any, path: Any) -> Any:
        shape = potentials.shape[:3]
        return keras.KerasTensor(shape, dtype="float32"), keras.KerasTensor(shape[:2], dtype="float32")
