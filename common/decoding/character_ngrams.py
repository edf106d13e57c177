"""An n-gram language model over labels, smoothed by Witten and Bell.

P(c | h) = (count(h c) + kinds(h) P(c | shorter h)) / (count(h) + kinds(h)), where kinds(h) is the number of different
labels seen after h (Witten and Bell, 1991; in this interpolated form Chen and Goodman, 1999, section 2.5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

START = 0  # stands before every sequence; labels count from 1


class CharacterNgrams:
    """Learns from sequences of labels; gives the logarithms of the next label's probabilities.

    Args:
        sequences: labels from 1, one sequence a text.
        classes: int. The number of classes, the blank (0) among them.
        order: int. The longest n-gram, 1 or more.
    """

    def __init__(self, sequences: Iterable[Sequence[int]], classes: int, order: int = 6) -> None:
        if order < 1:
            raise ValueError(f"order: expected 1 or more, found {order}")
        self.classes, self.order = classes, order
        self._after: dict[tuple[int, ...], Counter[int]] = {}
        for sequence in sequences:
            whole = [START] * (order - 1) + list(sequence)
            for place in range(order - 1, len(whole)):
                for length in range(order):
                    history = tuple(whole[place - length : place])
                    self._after.setdefault(history, Counter())[whole[place]] += 1
        self._known: dict[tuple[int, ...], np.ndarray] = {}

    def scores(self, before: tuple[int, ...]) -> np.ndarray:
        """(classes,) float64: the logarithms after the labels `before`; minus infinity for the blank."""
        history = ((START,) * (self.order - 1) + before)[len(before) :] if self.order > 1 else ()
        with np.errstate(divide="ignore"):
            return np.log(self._probabilities(history))

    def _probabilities(self, history: tuple[int, ...]) -> np.ndarray:
        found = self._known.get(history)
        if found is not None:
            return found
        if history:
            shorter = self._probabilities(history[1:])
        else:
            shorter = np.full(self.classes, 1.0 / max(1, self.classes - 1))
            shorter[START] = 0.0
        after = self._after.get(history)
        if after is None:
            found = shorter
        else:
            kinds, total = len(after), sum(after.values())
            counts = np.zeros(self.classes)
            counts[list(after)] = list(after.values())
            found = (counts + kinds * shorter) / (total + kinds)
        self._known[history] = found
        return found

    def perplexity(self, sequences: Iterable[Sequence[int]]) -> float:
        """The perplexity a label of some sequences; NaN without labels."""
        logarithms = [
            self.scores(tuple(sequence[:place]))[label]
            for sequence in sequences
            for place, label in enumerate(sequence)
        ]
        return float(np.exp(-np.mean(logarithms))) if logarithms else float("nan")
