"""How good the answers are: metrics, baselines, answers for people, rows and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from apps.sentiment.config import SentimentConfig
from apps.sentiment.preprocess import TextPreprocessor
from common.app import Answer, Metrics, Outputs
from common.data.splits import TRAIN, VALIDATION, Examples, Splits
from common.decoding.softmax import Softmax, text_answers
from common.evaluation.bootstrap import Comparison, mcnemar
from common.evaluation.classification import accuracy, classification_metrics, macro_f1
from common.evaluation.text_baselines import text_baselines

PROBABILITIES = "probabilities"


def score(preprocessor: TextPreprocessor, examples: Examples, outputs: Outputs) -> dict[str, float]:
    """`loss` (cross-entropy, nats), `accuracy` and `macro_f1`, without intervals."""
    probabilities, targets = outputs[PROBABILITIES], np.asarray(examples.targets)
    right = probabilities[np.arange(len(targets)), targets]
    return {
        "loss": float(-np.log(np.maximum(right, 1e-12)).mean()),
        "accuracy": accuracy(probabilities, targets),
        "macro_f1": macro_f1(probabilities, targets),
    }


def evaluate(preprocessor: TextPreprocessor, examples: Examples, outputs: Outputs) -> Metrics:
    """`accuracy`, `macro_f1`, `roc_auc` (two classes) and `ece`, with 95% intervals over examples."""
    return classification_metrics(outputs[PROBABILITIES], np.asarray(examples.targets))


def baselines(config: SentimentConfig, splits: Splits, examples: Examples) -> dict[str, Outputs]:
    """Majority class, and two linear models fitted on train, their penalty chosen on validation."""
    train, validation = splits[TRAIN], splits[VALIDATION]
    answers = text_baselines(
        train.inputs,
        train.targets,
        examples.inputs,
        len(splits.labels),
        config.seed,
        (validation.inputs, validation.targets),
    )
    return {name: {PROBABILITIES: probabilities} for name, probabilities in answers.items()}


def compare(preprocessor: TextPreprocessor, examples: Examples, outputs: Outputs, others: Outputs) -> Comparison:
    """McNemar's test between two models' answers."""
    targets = np.asarray(examples.targets)
    first, second = (found[PROBABILITIES].argmax(axis=1) == targets for found in (outputs, others))
    return mcnemar(first, second)


def decoder(preprocessor: TextPreprocessor) -> Softmax:
    """How the model's output becomes an answer."""
    return Softmax(PROBABILITIES, preprocessor.labels)


def predict(preprocessor: TextPreprocessor, inputs: Sequence[str], outputs: Outputs) -> list[Answer]:
    """The most probable class of each text, its probability, and all of them in the record."""
    return text_answers(decoder(preprocessor), inputs, outputs)


def prediction_rows(preprocessor: TextPreprocessor, examples: Examples, outputs: Outputs) -> list[list[Any]]:
    """Header, then origin, label, answer and the probability of every class."""
    labels = preprocessor.labels
    rows: list[list[Any]] = [["origin", "label", "answer", *(f"probability_{label}" for label in labels)]]
    for index, (target, row) in enumerate(zip(examples.targets, outputs[PROBABILITIES], strict=True)):
        origin = examples.origins[index] if examples.origins else str(index)
        rows.append([origin, labels[target], labels[int(np.argmax(row))], *(f"{p:.6f}" for p in row)])
    return rows


def plots(folder: Path, preprocessor: TextPreprocessor, examples: Examples, outputs: Outputs, note: str) -> None:
    """Confusion matrix and reliability diagram."""
    from common.report.plots import confusion_matrix, reliability_diagram

    probabilities, targets = outputs[PROBABILITIES], np.asarray(examples.targets)
    confusion_matrix(folder / "confusion_matrix.png", targets, probabilities, preprocessor.labels, note=note)
    reliability_diagram(folder / "reliability.png", probabilities, targets, note=note)
