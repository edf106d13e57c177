"""Span precision, recall and F1 as conlleval counts them, overall and by type, with their uncertainty.

A span is right when its first word, last word and type are right. Everything is a count per sentence, so that the
bootstrap over sentences only adds counts up again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from common.app import Metrics
from common.evaluation.bootstrap import bootstrap
from common.preprocessing.tag_schemes import spans, to_iob2

RIGHT, ANSWERED, TRUE = 0, 1, 2  # columns of the counts


@dataclass(frozen=True)
class SpanCounts:
    """How many spans are right, answered and true in each sentence.

    Attributes:
        types: names of the types, sorted.
        by_type: (sentences, types, 3) float64; the last axis is right, answered, true.
        unseen: (sentences, 3) float64: the same over spans whose words were no span in training.
        right_words: (sentences,) float64 words with the right tag (IOB2).
        words: (sentences,) float64 words.
    """

    types: tuple[str, ...]
    by_type: np.ndarray
    unseen: np.ndarray
    right_words: np.ndarray
    words: np.ndarray

    def __call__(self, weights: np.ndarray) -> Mapping[str, np.ndarray]:
        """`precision`, `recall`, `f1`, `unseen_f1`, `token_accuracy` and `f1_TYPE` of weighted sentences.

        Args:
            weights: (rows, sentences) float64.
        """
        flat = self.by_type.reshape(len(self.by_type), -1)
        sums = (weights @ flat).reshape(len(weights), len(self.types), 3)
        precision, recall, f1 = rates(sums.sum(axis=1))
        _, _, unseen = rates(weights @ self.unseen)
        values = {"precision": precision, "recall": recall, "f1": f1, "unseen_f1": unseen}
        with np.errstate(invalid="ignore"):
            values["token_accuracy"] = (weights @ self.right_words) / (weights @ self.words)
        by_type = rates(sums)[2]
        return values | {f"f1_{kind}": by_type[:, place] for place, kind in enumerate(self.types)}


def rates(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 of counts (..., 3): each (...); 0 where nothing is answered or true, as in conlleval.

    NaN where there is neither: then there is nothing to measure.
    """
    right, answered, true = counts[..., RIGHT], counts[..., ANSWERED], counts[..., TRUE]
    nothing = np.where(answered + true > 0, 0.0, np.nan)

    def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
        return np.where(whole > 0, part / np.maximum(whole, 1e-300), nothing)

    return share(right, answered), share(right, true), share(2 * right, answered + true)


def count_spans(
    truth: Sequence[Sequence[str]],
    answers: Sequence[Sequence[str]],
    words: Sequence[Sequence[str]],
    seen: Collection[str] = frozenset(),
) -> SpanCounts:
    """Counts the spans of tag sequences, read as conlleval reads them, in whatever scheme each is written.

    Args:
        truth: a tag sequence for each sentence.
        answers: the same from a model.
        words: the words of each sentence.
        seen: names that were spans in training, words joined by blanks; all others are unseen.

    Raises:
        ValueError: a sentence has more or fewer tags than words.
    """
    pairs = [(spans(gold), spans(given)) for gold, given in zip(truth, answers, strict=True)]
    types = tuple(sorted({span.type for pair in pairs for part in pair for span in part}))
    place = {kind: index for index, kind in enumerate(types)}
    by_type, unseen = np.zeros((len(pairs), len(types), 3)), np.zeros((len(pairs), 3))
    right_words, sizes = np.zeros(len(pairs)), np.zeros(len(pairs))
    for row, (gold, given) in enumerate(pairs):
        sentence = words[row]
        if not len(sentence) == len(truth[row]) == len(answers[row]):
            raise ValueError(f"sentence {row}: {len(sentence)} words, {len(truth[row])} and {len(answers[row])} tags")
        both = set(gold) & set(given)
        for column, part in ((RIGHT, both), (ANSWERED, given), (TRUE, gold)):
            for span in part:
                by_type[row, place[span.type], column] += 1
                unseen[row, column] += " ".join(sentence[span.start : span.end]) not in seen
        sizes[row] = len(sentence)
        tags = zip(to_iob2(gold, len(sentence)), to_iob2(given, len(sentence)), strict=True)
        right_words[row] = sum(a == b for a, b in tags)
    return SpanCounts(types, by_type, unseen, right_words, sizes)


def span_metrics(counts: SpanCounts, resamples: int = 1000, seed: int = 0) -> Metrics:
    """Every metric of `SpanCounts` with its 95% bootstrap interval over sentences; what is undefined is left out."""
    return bootstrap(counts, len(counts.words), resamples, seed)
