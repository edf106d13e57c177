"""Errors of recognised texts: edit distances over characters and words, with their uncertainty.

The alignments are jiwer's (minimal numbers of substitutions, deletions and insertions: Levenshtein, 1966).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jiwer
import numpy as np

from common.app import Metrics
from common.evaluation.bootstrap import Comparison, bootstrap, paired_bootstrap, wilson

_SPACE_BEFORE_PUNCTUATION = re.compile(r" +(?=[.,;:!?)'\"])")


@dataclass(frozen=True)
class TextErrors:
    """Errors of each text, (texts,) int64 all.

    Attributes:
        characters: of the reference.
        character_errors: substitutions, deletions and insertions.
        words: of the reference, split at white space.
        word_errors: the same of words.
        loose_characters: of the reference without spaces before punctuation.
        loose_errors: character errors where neither text has spaces before punctuation.
    """

    characters: np.ndarray
    character_errors: np.ndarray
    words: np.ndarray
    word_errors: np.ndarray
    loose_characters: np.ndarray
    loose_errors: np.ndarray

    def rates(self, weights: np.ndarray) -> Mapping[str, np.ndarray]:
        """`cer`, `wer` and `cer_loose` of weighted texts: errors over length, (rows, texts) -> name -> (rows,)."""
        return {
            "cer": _ratio(weights, self.character_errors, self.characters),
            "wer": _ratio(weights, self.word_errors, self.words),
            "cer_loose": _ratio(weights, self.loose_errors, self.loose_characters),
        }


def _ratio(weights: np.ndarray, errors: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return (weights @ errors) / np.maximum(weights @ lengths, 1)


def text_errors(references: Sequence[str], answers: Sequence[str]) -> TextErrors:
    """Counts the errors of each answer; white space at the ends does not count.

    Args:
        references: what was written, none of them empty.
        answers: what was recognised, one for each reference.

    Raises:
        ValueError: the two differ in length, or a reference is empty.
    """
    if not all(reference.strip() for reference in references):
        raise ValueError("expected references that are not empty, found an empty one")
    loose = [[_SPACE_BEFORE_PUNCTUATION.sub("", text) for text in texts] for texts in (references, answers)]
    strict = list(references), list(answers)
    lengths, errors = _counts(jiwer.process_characters(*strict))
    words, word_errors = _counts(jiwer.process_words(*strict))
    loose_lengths, loose_errors = _counts(jiwer.process_characters(*loose))
    return TextErrors(lengths, errors, words, word_errors, loose_lengths, loose_errors)


def _counts(output: Any) -> tuple[np.ndarray, np.ndarray]:
    """(texts,) lengths of the references and errors."""
    errors = [sum(_size(part) for part in parts if part.type != "equal") for parts in output.alignments]
    return np.array([len(reference) for reference in output.references], np.int64), np.array(errors, np.int64)


def _size(part: Any) -> int:
    return max(part.ref_end_idx - part.ref_start_idx, part.hyp_end_idx - part.hyp_start_idx)


def point_rates(references: Sequence[str], answers: Sequence[str]) -> dict[str, float]:
    """`cer`, `wer`, `cer_loose` and `line_accuracy`, without intervals."""
    errors = text_errors(references, answers)
    rates = {name: float(value[0]) for name, value in errors.rates(np.ones((1, len(references)))).items()}
    return {**rates, "line_accuracy": float(np.mean(errors.character_errors == 0))}


def text_metrics(references: Sequence[str], answers: Sequence[str], resamples: int = 1000, seed: int = 0) -> Metrics:
    """`cer`, `wer`, `cer_loose` with bootstrap intervals over texts, `line_accuracy` with Wilson's."""
    errors = text_errors(references, answers)
    rates = bootstrap(errors.rates, len(references), resamples, seed)
    return {**rates, "line_accuracy": wilson(int(np.sum(errors.character_errors == 0)), len(references))}


def compare_texts(references: Sequence[str], answers: Sequence[str], others: Sequence[str]) -> Comparison:
    """The difference of the character error rates of two recognisers, by the paired bootstrap over texts."""
    first, second = text_errors(references, answers), text_errors(references, others)
    return paired_bootstrap("cer", first.rates, second.rates, len(references))


def confusions(references: Sequence[str], answers: Sequence[str], most: int = 20) -> list[tuple[str, str, int]]:
    """The commonest single errors: (written, recognised, how often); "" for nothing (an insertion or a deletion)."""
    found: Counter[tuple[str, str]] = Counter()
    output = jiwer.process_characters(list(references), list(answers))
    for reference, answer, parts in zip(output.references, output.hypotheses, output.alignments, strict=True):
        for part in parts:
            written = reference[part.ref_start_idx : part.ref_end_idx]
            read = answer[part.hyp_start_idx : part.hyp_end_idx]
            if part.type != "equal":
                pairs = range(max(len(written), len(read)))
                found.update(("".join(written[i : i + 1]), "".join(read[i : i + 1])) for i in pairs)
    return [(written, read, count) for (written, read), count in found.most_common(most)]
