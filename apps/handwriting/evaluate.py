"""How good the recognised texts are: metrics, baselines, rows and pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from apps.handwriting.config import HandwritingConfig
from apps.handwriting.model import LABELS, PROBABILITIES, SCORES
from apps.handwriting.preprocess import LINE, HandwritingPreprocessor
from common.app import Metrics, Outputs
from common.data.splits import TRAIN, Examples, Splits
from common.decoding.ctc import labels_of, negative_log_likelihood
from common.evaluation.bootstrap import Comparison, mcnemar
from common.evaluation.classification import accuracy, classification_metrics, macro_f1
from common.evaluation.text_errors import compare_texts, point_rates, text_metrics


def texts_of(preprocessor: HandwritingPreprocessor, outputs: Outputs) -> list[str]:
    """The greedy text of each row."""
    characters = ("", *preprocessor.labels)
    return ["".join(characters[label] for label in labels_of(row)) for row in outputs[LABELS]]


def score(preprocessor: HandwritingPreprocessor, examples: Examples, outputs: Outputs) -> dict[str, float]:
    """Lines: `loss` (nats a character), `cer`, `wer`, `cer_loose`, `line_accuracy`. Characters: `loss`, `accuracy`,
    `macro_f1`, and the error rate as `cer`.
    """
    if preprocessor.task != LINE:
        probabilities, targets = outputs[PROBABILITIES], np.asarray(examples.targets)
        right = probabilities[np.arange(len(targets)), targets]
        return {
            "loss": float(-np.log(np.maximum(right, 1e-12)).mean()),
            "cer": 1.0 - accuracy(probabilities, targets),
            "accuracy": accuracy(probabilities, targets),
            "macro_f1": macro_f1(probabilities, targets),
        }
    number = {character: index for index, character in enumerate(preprocessor.labels, start=1)}
    known = [[number[c] for c in text if c in number] for text in examples.targets]
    lengths = max(1, sum(map(len, known)))
    loss = np.minimum(negative_log_likelihood(outputs[SCORES], known), 1e6).sum() / lengths
    return {"loss": float(loss), **point_rates(examples.targets, texts_of(preprocessor, outputs))}


def evaluate(preprocessor: HandwritingPreprocessor, examples: Examples, outputs: Outputs) -> Metrics:
    """Lines: `cer`, `wer`, `cer_loose`, `line_accuracy`; characters: `accuracy`, `macro_f1`, `ece`, `cer` (the error
    rate); with 95% intervals over examples.
    """
    if preprocessor.task == LINE:
        return text_metrics(examples.targets, texts_of(preprocessor, outputs))
    metrics = classification_metrics(outputs[PROBABILITIES], np.asarray(examples.targets))
    right = metrics["accuracy"]
    return {**metrics, "cer": type(right)(1 - right.value, 1 - right.high, 1 - right.low)}


def baselines(config: HandwritingConfig, splits: Splits, examples: Examples) -> dict[str, Outputs]:
    """Lines: the most frequent text."""
    train = splits[TRAIN]
    if splits.labels:
        return {}
    characters = sorted(set().union(*map(set, train.targets)))
    common = Counter(train.targets).most_common(1)[0][0]
    row = np.array([characters.index(c) + 1 for c in common], np.int32)
    return {"most frequent text": {LABELS: np.tile(row, (len(examples), 1))}}


def compare(
    preprocessor: HandwritingPreprocessor, examples: Examples, outputs: Outputs, others: Outputs
) -> Comparison:
    """Lines: the paired bootstrap of the character error rates; characters: McNemar's test."""
    if preprocessor.task == LINE:
        return compare_texts(examples.targets, texts_of(preprocessor, outputs), texts_of(preprocessor, others))
    targets = np.asarray(examples.targets)
    first, second = (found[PROBABILITIES].argmax(axis=1) == targets for found in (outputs, others))
    return mcnemar(first, second)


def prediction_rows(preprocessor: HandwritingPreprocessor, examples: Examples, outputs: Outputs) -> list[list[Any]]:
    """Header, then origin, what was written and what was recognised."""
    if preprocessor.task == LINE:
        written: Sequence[str] = examples.targets
        answers = texts_of(preprocessor, outputs)
    else:
        written = [preprocessor.labels[target] for target in examples.targets]
        answers = [preprocessor.labels[best] for best in outputs[PROBABILITIES].argmax(axis=1)]
    origins = examples.origins or [str(row) for row in range(len(examples))]
    return [["origin", "written", "recognised"], *map(list, zip(origins, written, answers, strict=True))]


def plots(folder: Path, preprocessor: HandwritingPreprocessor, examples: Examples, outputs: Outputs, note: str) -> None:
    """Characters: the confusion matrix."""
    if preprocessor.task == LINE:
        return
    from common.report.plots import confusion_matrix

    targets = np.asarray(examples.targets)
    confusion_matrix(folder / "confusion_matrix.png", targets, outputs[PROBABILITIES], preprocessor.labels, note=note)
