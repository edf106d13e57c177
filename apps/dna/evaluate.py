"""How good the answers are: metrics, answers for people, rows and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from apps.dna.baselines import dna_baselines
from apps.dna.config import DnaConfig
from apps.dna.model import PROBABILITIES, logit_layers
from apps.dna.preprocess import DnaPreprocessor
from common.app import Answer, Metrics, Outputs
from common.console import say
from common.data.splits import TRAIN, VALIDATION, Examples, Splits
from common.decoding.softmax import Softmax, sequence_answers
from common.evaluation.bootstrap import Comparison, mcnemar
from common.evaluation.calibration import fit_temperature, scale_logits
from common.evaluation.classification import ALL, accuracy, classification_metrics, macro_f1, mcc
from common.preprocessing.nucleotides import Record


def score(preprocessor: DnaPreprocessor, examples: Examples, outputs: Outputs) -> dict[str, float]:
    """`loss` (cross-entropy, nats), `accuracy`, `mcc` and `macro_f1`, without intervals."""
    probabilities, targets = outputs[PROBABILITIES], np.asarray(examples.targets)
    right = probabilities[np.arange(len(targets)), targets]
    return {
        "loss": float(-np.log(np.maximum(right, 1e-12)).mean()),
        "accuracy": accuracy(probabilities, targets),
        "mcc": mcc(probabilities, targets),
        "macro_f1": macro_f1(probabilities, targets),
    }


def evaluate(preprocessor: DnaPreprocessor, examples: Examples, outputs: Outputs) -> Metrics:
    """`accuracy`, `mcc`, `macro_f1`, `roc_auc` and `pr_auc` (two classes), `ece`, with 95% intervals over examples."""
    return classification_metrics(outputs[PROBABILITIES], np.asarray(examples.targets), names=ALL)


def finish(
    config: DnaConfig, preprocessor: DnaPreprocessor, model: keras.Model, validation: Examples, outputs: Outputs
) -> None:
    """Fits the temperature on the validation split and divides the logits by it."""
    if not config.calibrate:
        return
    temperature = fit_temperature(outputs[PROBABILITIES], np.asarray(validation.targets))
    for layer in logit_layers(model):
        scale_logits(layer, temperature)
    say(f"calibration: temperature {temperature:.3f}, fitted on {len(validation):,} validation records")


def baselines(config: DnaConfig, splits: Splits, examples: Examples) -> dict[str, Outputs]:
    """Majority class, k-mer logistic regression and gradient boosting, fitted on train, tuned on validation."""
    answers = dna_baselines(splits[TRAIN], splits[VALIDATION], examples.inputs, len(splits.labels), config.seed)
    return {name: {PROBABILITIES: probabilities} for name, probabilities in answers.items()}


def compare(preprocessor: DnaPreprocessor, examples: Examples, outputs: Outputs, others: Outputs) -> Comparison:
    """McNemar's test between two models' answers."""
    targets = np.asarray(examples.targets)
    first, second = (found[PROBABILITIES].argmax(axis=1) == targets for found in (outputs, others))
    return mcnemar(first, second)


def decoder(preprocessor: DnaPreprocessor) -> Softmax:
    """How the model's output becomes an answer."""
    return Softmax(PROBABILITIES, preprocessor.labels)


def predict(preprocessor: DnaPreprocessor, inputs: Sequence[Record], outputs: Outputs) -> list[Answer]:
    """A line of tab-separated name, class and probability for each record, all probabilities in the record."""
    return sequence_answers(decoder(preprocessor), inputs, outputs)


def prediction_rows(preprocessor: DnaPreprocessor, examples: Examples, outputs: Outputs) -> list[list[Any]]:
    """Header, then origin, name, label, answer and the probability of every class."""
    labels = preprocessor.labels
    rows: list[list[Any]] = [["origin", "name", "label", "answer", *(f"probability_{label}" for label in labels)]]
    for index, (record, target) in enumerate(zip(examples.inputs, examples.targets, strict=True)):
        row = outputs[PROBABILITIES][index]
        origin = examples.origins[index] if examples.origins else str(index)
        rows.append([origin, record.name, labels[target], labels[int(np.argmax(row))], *(f"{p:.6f}" for p in row)])
    return rows


def plots(folder: Path, preprocessor: DnaPreprocessor, examples: Examples, outputs: Outputs, note: str) -> None:
    """Confusion matrix and reliability diagram."""
    from common.report.plots import confusion_matrix, reliability_diagram

    probabilities, targets = outputs[PROBABILITIES], np.asarray(examples.targets)
    confusion_matrix(folder / "confusion_matrix.png", targets, probabilities, preprocessor.labels, note=note)
    reliability_diagram(folder / "reliability.png", probabilities, targets, note=note)
