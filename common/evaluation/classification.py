"""Metrics of class probabilities, with their uncertainty: accuracy, macro F1, MCC, areas under curves, calibration.

Every metric is written for weighted examples, many weightings at a time: see `common.evaluation.bootstrap`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from common.app import Metrics
from common.errors import UserError
from common.evaluation.bootstrap import bootstrap, wilson

CALIBRATION_BINS = 15
USUAL = ("accuracy", "macro_f1", "roc_auc", "ece")
ALL = ("accuracy", "mcc", "macro_f1", "roc_auc", "pr_auc", "ece")
_FEW = 32  # keys, for which a matrix product sums fastest


def classification_metrics(
    probabilities: np.ndarray,
    targets: np.ndarray,
    resamples: int = 1000,
    seed: int = 0,
    names: Sequence[str] = USUAL,
) -> Metrics:
    """Metrics of some predictions, each with its 95% interval.

    The answer is the class of the largest probability (the first of several). The interval of the accuracy is
    Wilson's, of the others the percentile bootstrap's over examples.

    Args:
        probabilities: (rows, classes) float, two classes or more.
        targets: (rows,) int, the class of each row; a class may be absent.
        resamples: int. The number of bootstrap resamples.
        seed: int. The seed of the resampling.
        names: which metrics, of `ALL`, in the order wanted.

    Returns:
        Name -> Interval. `roc_auc` and `pr_auc` are left out for more than two classes and where only one class is
        present; without rows there is nothing to measure and the answer is empty.

    Raises:
        UserError: a probability is not a finite number.
        ValueError: the shapes or the classes do not fit.
    """
    scores, labels = _checked(probabilities, targets)
    rows = len(labels)
    if rows == 0:
        return {}
    order = np.argsort(scores[:, 1], kind="stable") if scores.shape[1] == 2 else np.arange(rows)
    metrics = bootstrap(_WeightedMetrics(scores[order], labels[order], names), rows, resamples, seed)
    metrics["accuracy"] = wilson(int(np.sum(scores.argmax(1) == labels)), rows)
    return {name: metrics[name] for name in names if name in metrics}


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


def mcc(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The correlation of answers and targets (Matthews 1975; more classes: Gorodkin 2004, R_K), from -1 to 1.

    0, as in scikit-learn, where all answers or all targets are one class; NaN without rows.
    """
    return _point(probabilities, targets, "mcc")


def pr_auc(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The average precision of class 1: the sum of precision times gain in recall over all thresholds.

    Davis and Goadrich (2006), without interpolation. NaN for more than two classes, and where one class is absent.
    """
    return _point(probabilities, targets, "pr_auc")


def ece(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The expected calibration error in 15 equal bins of the confidence; NaN without rows.

    Guo, Pleiss, Sun and Weinberger (2017), "On Calibration of Modern Neural Networks", equation 3.
    """
    return _point(probabilities, targets, "ece")


def calibration_bins(confidences: np.ndarray) -> np.ndarray:
    """The bin of each confidence, 0 to 14: bin m holds (m / 15, (m + 1) / 15], and 0 goes to the first."""
    return np.clip(np.ceil(confidences * CALIBRATION_BINS).astype(np.int64) - 1, 0, CALIBRATION_BINS - 1)


def _point(probabilities: np.ndarray, targets: np.ndarray, name: str) -> float:
    metrics = classification_metrics(probabilities, targets, resamples=0, names=(name,))
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

    def __init__(self, scores: np.ndarray, labels: np.ndarray, names: Sequence[str] = ALL) -> None:
        self._names = names
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
        ways = {"mcc": self._mcc, "macro_f1": self._macro_f1, "ece": self._ece}
        if self._positive is not None:
            ways |= {"roc_auc": self._roc_auc, "pr_auc": self._pr_auc}
        return {name: ways[name](weights) for name in self._names if name in ways}

    def _ece(self, weights: np.ndarray) -> np.ndarray:
        return np.abs(weights @ self._gaps).sum(1) / weights.sum(1)

    def _mcc(self, weights: np.ndarray) -> np.ndarray:
        cells = self._cells(weights)  # (rows, cells)
        target, answer = np.divmod(self._cells.keys, self._classes)
        classes = np.arange(self._classes)
        of_target = cells @ (target[:, None] == classes).astype(np.float64)  # (rows, classes)
        of_answer = cells @ (answer[:, None] == classes).astype(np.float64)
        total, right = cells.sum(1), cells @ (target == answer).astype(np.float64)
        covariance = right * total - (of_target * of_answer).sum(1)
        spread = (total**2 - (of_target**2).sum(1)) * (total**2 - (of_answer**2).sum(1))
        return np.divide(covariance, np.sqrt(spread), out=np.zeros(len(cells)), where=spread > 0)

    def _macro_f1(self, weights: np.ndarray) -> np.ndarray:
        cells = self._cells(weights)  # (rows, cells)
        target, answer = np.divmod(self._cells.keys, self._classes)
        classes = np.arange(self._classes)
        of_target, of_answer = target[:, None] == classes, answer[:, None] == classes  # (cells, classes)
        twice_right = 2 * (cells @ (of_target & of_answer))  # (rows, classes)
        occurs = cells @ (of_target.astype(np.float64) + of_answer)  # as a target plus as an answer
        f1 = np.divide(twice_right, occurs, out=np.zeros_like(occurs), where=occurs > 0)
        return f1.sum(1) / (occurs > 0).sum(1)

    def _by_threshold(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights of the positives and of the negatives at each distinct score, ascending: (rows, scores) each."""
        of_positive = self._ties(weights * self._positive)
        return of_positive, self._ties(weights) - of_positive

    def _roc_auc(self, weights: np.ndarray) -> np.ndarray:
        of_positive, of_negative = self._by_threshold(weights)
        below = np.cumsum(of_negative, axis=1)
        pairs = of_positive.sum(1) * below[:, -1]
        below -= of_negative / 2
        wins = np.einsum("rs,rs->r", of_positive, below)
        return np.divide(wins, pairs, out=np.full(len(wins), np.nan), where=pairs > 0)

    def _pr_auc(self, weights: np.ndarray) -> np.ndarray:
        of_positive, of_negative = self._by_threshold(weights)
        found = np.cumsum(of_positive[:, ::-1], axis=1)  # positives at or above each threshold, the highest first
        above = found + np.cumsum(of_negative[:, ::-1], axis=1)
        precision = np.divide(found, above, out=np.zeros_like(found), where=above > 0)
        area, positives = np.einsum("rs,rs->r", of_positive[:, ::-1], precision), found[:, -1]
        return np.divide(
            area, positives, out=np.full(len(area), np.nan), where=(positives > 0) & (above[:, -1] > positives)
        )
