"""Connectionist temporal classification in NumPy: likelihood, greedy path and its alignment. Class 0 is the blank.

Graves, Fernandez, Gomez and Schmidhuber (2006), "Connectionist temporal classification".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

_NEVER = -1e30  # a logarithm of zero that can be added to itself


class Aligned(NamedTuple):
    """One label of a greedy path.

    Attributes:
        label: its class, from 1.
        start: the first frame that the path spends on it.
        end: one past the last such frame.
        confidence: the highest probability it has in those frames.
    """

    label: int
    start: int
    end: int
    confidence: float


def labels_of(row: np.ndarray) -> list[int]:
    """The labels of one row of padded labels: all that are not 0."""
    return row[row > 0].tolist()


def collapsed(best: np.ndarray) -> np.ndarray:
    """(rows, frames) best classes with repeats and blanks set to 0: what is left is the text."""
    before = np.pad(best, [(0, 0), (1, 0)])[:, :-1]
    return np.where(best == before, 0, best)


def real_frames(scores: np.ndarray) -> np.ndarray:
    """(frames', classes) of (frames, classes) log-probabilities, without the certain blanks at the end (padding)."""
    uncertain = np.flatnonzero(scores[:, 0] < 0)
    return scores[: uncertain[-1] + 1 if len(uncertain) else 0]


def greedy_alignment(scores: np.ndarray) -> list[Aligned]:
    """The labels of the best path with the frames that they take: repeats merged, blanks removed.

    Args:
        scores: (frames, classes) log-probabilities.
    """
    best = scores.argmax(axis=1)
    edges = np.flatnonzero(np.diff(best, prepend=-1, append=-1))
    return [
        Aligned(int(best[start]), int(start), int(end), float(np.exp(scores[start:end, best[start]].max())))
        for start, end in pairwise(edges)
        if best[start] != 0
    ]


def negative_log_likelihood(scores: np.ndarray, labels: Sequence[Sequence[int]]) -> np.ndarray:
    """Minus the logarithm of the probability of each row's labels, in nats: the forward recursion, all rows at once.

    Args:
        scores: (rows, frames, classes) float log-probabilities; frames after a row's end are certain blanks, or zeros.
        labels: the labels of each row, from 1.

    Returns:
        (rows,) float64; 1e30 or more where a row has too few frames for its labels.
    """
    rows, frames = scores.shape[:2]
    count = np.array([len(row) for row in labels])
    states = np.zeros((rows, 2 * count.max(initial=0) + 1), np.int64)  # blank, label, blank, label, ..., blank
    for row, found in enumerate(labels):
        states[row, 1 : 2 * len(found) : 2] = found
    skips = np.zeros(states.shape, bool)  # from a label to the next one without a blank: only where they differ
    skips[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    alpha = np.full(states.shape, _NEVER)
    alpha[:, 0] = 0.0  # before the first frame: nothing written
    for frame in range(frames):
        emitted = np.take_along_axis(scores[:, frame].astype(np.float64), states, axis=1)
        certain = scores[:, frame, :1] >= 0.0  # a certain blank, or the zeros that rows are padded with
        emitted = np.where(certain & (states > 0), _NEVER, emitted)
        step = np.full(states.shape, _NEVER)
        step[:, 1:] = alpha[:, :-1]
        skip = np.full(states.shape, _NEVER)
        skip[:, 2:] = np.where(skips[:, 2:], alpha[:, :-2], _NEVER)
        alpha = np.logaddexp(np.logaddexp(alpha, step), skip) + emitted
    last = 2 * count
    ends = np.stack([alpha[np.arange(rows), last], np.where(count > 0, alpha[np.arange(rows), last - 1], _NEVER)])
    return -np.logaddexp(*ends)
