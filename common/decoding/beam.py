"""Prefix beam search for CTC, with a language model over characters where there is one.

Graves (2012), "Supervised sequence labelling with recurrent neural networks", section 7.5.3; the form with two
probabilities a prefix and a weighted language model is that of Hannun et al. (2014), "First-pass large vocabulary
continuous speech recognition using bi-directional recurrent DNNs".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

_NEVER = -math.inf


class LanguageModel(Protocol):
    """Gives the logarithms of the probabilities of the next label."""

    def scores(self, before: tuple[int, ...]) -> np.ndarray:
        """(classes,) float64 log-probabilities after the labels `before`; that of class 0 (the blank) is not used."""


class Hypothesis(NamedTuple):
    """A decoded sequence: its labels, and the logarithm of its probability (weighted with the language model's)."""

    labels: tuple[int, ...]
    score: float


def prefix_beam_search(
    scores: np.ndarray,
    width: int = 16,
    model: LanguageModel | None = None,
    weight: float = 0.0,
    bonus: float = 0.0,
    least: float = -9.0,
) -> list[Hypothesis]:
    """The likeliest label sequences, best first, at most `width`.

    Args:
        scores: (frames, classes) log-probabilities, class 0 the blank.
        width: int. Prefixes kept after each frame.
        model: scores labels in their context.
        weight: float. The language model's logarithms are multiplied by it.
        bonus: float. Added for each label, against the language model's love of short texts.
        least: float. Labels below this log-probability in a frame are not tried there.
    """
    # prefix -> log-probability of all paths to it that end in a blank, and that end in its last label, language
    # model included
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, _NEVER)}
    contexts: dict[tuple[int, ...], np.ndarray] = {}
    for frame in scores.astype(np.float64):
        tried = [int(label) for label in np.flatnonzero(frame > least) if label]
        blank = float(frame[0])
        found: dict[tuple[int, ...], list[float]] = {}
        for prefix, (ends_blank, ends_label) in beams.items():
            total = _add(ends_blank, ends_label)
            entry = found.setdefault(prefix, [_NEVER, _NEVER])
            entry[0] = _add(entry[0], total + blank)
            last = prefix[-1] if prefix else 0
            if last:
                entry[1] = _add(entry[1], ends_label + float(frame[last]))
            context = None
            for label in tried:
                before = ends_blank if label == last else total  # a repeated label needs a blank between
                if before == _NEVER:
                    continue
                gain = float(frame[label]) + bonus
                if model is not None:
                    if context is None:
                        context = contexts.get(prefix)
                        if context is None:
                            context = contexts[prefix] = model.scores(prefix)
                    gain += weight * float(context[label])
                longer = found.setdefault((*prefix, label), [_NEVER, _NEVER])
                longer[1] = _add(longer[1], before + gain)
        ranked = sorted(found.items(), key=lambda item: -_add(*item[1]))[:width]
        beams = {prefix: (pair[0], pair[1]) for prefix, pair in ranked}
    return [Hypothesis(prefix, _add(*pair)) for prefix, pair in beams.items()]


def _add(first: float, second: float) -> float:
    """The logarithm of the sum of two probabilities given by their logarithms."""
    if first < second:
        first, second = second, first
    return first if second == _NEVER else first + math.log1p(math.exp(second - first))


def texts(hypotheses: Sequence[Hypothesis], characters: Sequence[str]) -> list[str]:
    """The hypotheses as texts; `characters[0]` stands for the blank and never occurs."""
    return ["".join(characters[label] for label in found.labels) for found in hypotheses]
