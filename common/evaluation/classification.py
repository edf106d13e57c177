"""Metrics of class probabilities, with their uncertainty: accuracy, macro F1, area under the ROC curve, calibration.

Every metric is written for weighted examples, many weightings at a time: see `common.evaluation.bootstrap`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from common.app import Metrics
from common.errors import UserError
from common.evaluation.bootstrap import bootstrap, wilson

CALIBRATION_BINS = 15
_FEW = 32  # keys, for which a matrix product sums fastest


def classification_metrics(
    probabilities: np.ndarray, targets: np.ndarray, resamples: int = 1000, seed: int = 0
) -> Metrics:
    """`accuracy`, `macro_f1`, `roc_auc` and `ece` of some predictions, each with its 95% interval.

    The answer is the class of the largest probability (the first of several). The interval of the accuracy is
    Wilson's, of the others the percentile bootstrap's over examples.

    Args:
        probabilities: (rows, classes) float, two classes or more.
        targets: (rows,) int, the class of each row; a class may be absent.
        resamples: int. The number of bootstrap resamples.
        seed: int. The seed of the resampling.

    Returns:
        Name -> Interval. `roc_auc` is left out for more than two classes and where only one class is present; without
        rows there is nothing to measure and the answer is empty.

    Raises:
        UserError: a probability is not a finite number.
        ValueError: the shapes or the classes do not fit.
    """
    scores, labels = _checked(probabilities, targets)
    rows = len(labels)
    if rows == 0:
        return {}
    order = np.argsort(scores[:, 1], kind="stable") if scores.shape[1] == 2 else np.arange(rows)
    metrics = bootstrap(_WeightedMetrics(scores[order], labels[order]), rows, resamples, seed)
    return {"accuracy": wilson(int(np.sum(scores.argmax(1) == labels)), rows), **metrics}


def accuracy(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The share of rows whose most probable class is the target; NaN without rows."""
    scores, labels = _checked(probabilities, targets)
    return float(np.mean(scores.argmax(1) == labels)) if len(labels) else math.nan


def macro_f1(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The mean F1 of the classes that occur among targets or answers, as scikit-learn's; NaN without rows."""
    return _point(probabilities, targets, "macro_f1")


def roc_auc(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The probability that a row of class 1 scores above one of class 0, a tie counting half.

    Hanley and McNeil (1982), "The Meaning and Use of the Area under a Receiver Operating Characteristic Curve".
    NaN for more than two classes, and where one class is absent.
    """
    return _point(probabilities, targets, "roc_auc")


def ece(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The expected calibration error in 15 equal bins of the confidence; NaN without rows.

    Guo, Pleiss, Sun and Weinberger (2017), "On Calibration of Modern Neural Networks", equation 3.
    """
    return _point(probabilities, targets, "ece")


def calibration_bins(confidences: np.ndarray) -> np.ndarray:
    """The bin of each confidence, 0 to 14: bin m holds (m / 15, (m + 1) / 15], and 0 goes to the first."""
    return np.clip(np.ceil(confidences * CALIBRATION_BINS).astype(np.int64) - 1, 0, CALIBRATION_BINS - 1)


def _point(probabilities: np.ndarray, targets: np.ndarray, name: str) -> float:
    metrics = classification_metrics(probabilities, targets, resamples=0)
    return metrics[name].value if name in metrics else math.nan


def _checked(probabilities: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scores, labels = np.asarray(probabilities, np.float64), np.asarray(targets)
    if scores.ndim != 2 or scores.shape[1] < 2 or labels.shape != scores.shape[:1]:
        raise ValueError(
            "expected probabilities (rows, 2 or more classes) and targets (rows,), "
            f"found {scores.shape} and {labels.shape}; a model with one sigmoid output needs the column 1 - p beside it"
        )
    if len(labels) and (labels.min() < 0 or labels.max() >= scores.shape[1]):
        raise ValueError(f"expected targets from 0 to {scores.shape[1] - 1}, found {labels.min()} to {labels.max()}")
    bad = int(np.sum(~np.isfinite(scores).all(axis=1)))
    if bad:
        raise UserError(
            f"expected finite probabilities, found NaN or infinity in {bad} of {len(labels)} predictions; "
            "the training diverged: lower --learning-rate or set --clip-norm"
        )
    return scores, labels.astype(np.int64)


class _Sums:
    """Sums of weights by key, the keys ascending: prepared once, then one pass for every block of weightings."""

    def __init__(self, keys: np.ndarray) -> None:
        self.keys, members = np.unique(keys, return_inverse=True)
        self._order: np.ndarray | None = np.argsort(members, kind="stable")
        self._starts = np.searchsorted(members[self._order], np.arange(len(self.keys)))
        if np.array_equal(self._order, np.arange(len(keys))):
            self._order = None  # sorted already
        # A product with few columns is quicker than moving the weights.
        self._members = members[:, None] == np.arange(len(self.keys)) if len(self.keys) <= _FEW else None

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """Weights (rows, examples) -> (rows, keys)."""
        if self._members is not None:
            return weights @ self._members.astype(np.float64)
        ordered = weights if self._order is None else weights[:, self._order]
        return ordered if len(self.keys) == weights.shape[1] else np.add.reduceat(ordered, self._starts, axis=1)


class _WeightedMetrics:
    """The metrics of weighted examples. With two classes the examples are sorted by the score of class 1."""

    def __init__(self, scores: np.ndarray, labels: np.ndarray) -> None:
        answers, confidences = scores.argmax(1), scores.max(1)
        self._classes = scores.shape[1]
        # Target and answer of each example as one number: the cells of the confusion matrix that occur.
        self._cells = _Sums(labels * self._classes + answers)
        bins, members = np.unique(calibration_bins(confidences), return_inverse=True)
        self._gaps = np.zeros((len(labels), len(bins)))  # right minus confidence, in the column of the bin
        self._gaps[np.arange(len(labels)), members] = (answers == labels) - confidences
        self._positive = labels == 1 if self._classes == 2 and 0 < labels.sum() < len(labels) else None
        self._ties = _Sums(scores[:, 1])

    def __call__(self, weights: np.ndarray) -> Mapping[str, np.ndarray]:
        total = weights.sum(1)
        values = {"macro_f1": self._macro_f1(weights), "ece": np.abs(weights @ self._gaps).sum(1) / total}
        return values if self._positive is None else values | {"roc_auc": self._roc_auc(weights, self._positive)}

    def _macro_f1(self, weights: np.ndarray) -> np.ndarray:
        cells = self._cells(weights)  # (rows, cells)
        target, answer = np.divmod(self._cells.keys, self._classes)
        classes = np.arange(self._classes)
        of_target, of_answer = target[:, None] == classes, answer[:, None] == classes  # (cells, classes)
        twice_right = 2 * (cells @ (of_target & of_answer))  # (rows, classes)
        occurs = cells @ (of_target.astype(np.float64) + of_answer)  # as a target plus as an answer
        f1 = np.divide(twice_right, occurs, out=np.zeros_like(occurs), where=occurs > 0)
        return f1.sum(1) / (occurs > 0).sum(1)

    def _roc_auc(self, weights: np.ndarray, positive: np.ndarray) -> np.ndarray:
        of_positive = self._ties(weights * positive)  # (rows, distinct scores), ascending
        of_negative = self._ties(weights) - of_positive
        below = np.cumsum(of_negative, axis=1)
        pairs = of_positive.sum(1) * below[:, -1]
        below -= of_negative / 2
        wins = np.einsum("rs,rs->r", of_positive, below)
        return np.divide(wins, pairs, out=np.full(len(wins), np.nan), where=pairs > 0)
