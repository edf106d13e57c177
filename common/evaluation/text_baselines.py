"""Baselines for text classification: the class shares, and two linear models that are hard to beat.

They are tuned, on validation texts only: a baseline with a handicap says nothing about the network beside it.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from common.data.sampling import sampled_rows
from common.evaluation.ngrams import fit_ngrams

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MAJORITY, TFIDF, NAIVE_BAYES = "majority", "tfidf_logistic_regression", "nb_logistic_regression"
_MIN_TEXTS = 2  # a feature must occur in so many training texts
_MOST_TEXTS = 100_000  # train on a sample beyond this; some 2.5 GB for texts of 250 words
_BLOCK = 4096  # evaluation texts at a time
# Inverse strengths of the L2 penalty to choose from on validation texts, and the one taken without any.
_STRENGTHS = {TFIDF: (4.0, 16.0, 64.0), NAIVE_BAYES: (0.1, 0.3, 1.0, 3.0)}
_DEFAULT_STRENGTH = {TFIDF: 16.0, NAIVE_BAYES: 0.3}

_log = logging.getLogger(__name__)
# Scales the counts of some texts (texts, features) into what the model of one class sees.
_Features = Callable[["csr_matrix", int], "csr_matrix"]
_Texts = Sequence[str]
_Targets = Sequence[int] | np.ndarray


def text_baselines(
    texts: _Texts,
    targets: _Targets,
    evaluation: _Texts,
    classes: int,
    seed: int = 0,
    validation: tuple[_Texts, _Targets] | None = None,
) -> dict[str, np.ndarray]:
    """Fits the baselines on the training texts and returns their probabilities for the evaluation texts.

    `majority`: every text gets the class shares of the training split.
    `tfidf_logistic_regression`: unigrams and bigrams in at least two texts, `1 + log(count)` times the smoothed inverse
    document frequency, rows of unit length, logistic regression.
    `nb_logistic_regression`: presence of unigrams and bigrams times their naive-Bayes log-count ratio, logistic
    regression (Wang and Manning, 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification").

    More than two classes: one against the rest, normalised. Where there is nothing to learn from (one class, or no
    word in two texts) the linear baselines answer like the majority, and a log line says so.

    Args:
        texts: training texts.
        targets: their classes, 0 to `classes` - 1; a class may be absent.
        evaluation: texts to classify.
        classes: int. The number of classes.
        seed: int. The seed of the solver, and of the sample where there are over 100,000 training texts.
        validation: texts and classes on which the strength of the penalty is chosen; without it a default is taken.

    Returns:
        Baseline name -> (evaluation texts, classes) float64, rows that sum to one.
    """
    labels = np.asarray(targets, np.int64)
    shares = np.bincount(labels, minlength=classes) / len(labels) if len(labels) else np.full(classes, 1 / classes)
    answers = {name: np.tile(shares, (len(evaluation), 1)) for name in (MAJORITY, TFIDF, NAIVE_BAYES)}
    sample = sampled_rows(len(texts), _MOST_TEXTS, seed, "linear baselines, texts")
    texts, labels = [texts[row] for row in sample], labels[sample]
    ngrams, counts = fit_ngrams(texts, _MIN_TEXTS)
    if len(np.unique(labels)) < 2 or not len(ngrams.keys):
        _log.warning("text baselines: one class, or no word in %d texts; they answer like the majority", _MIN_TEXTS)
        return answers
    held_out = (ngrams.counts(validation[0]), np.asarray(validation[1])) if validation and len(validation[0]) else None
    scalings = {TFIDF: _tfidf(counts), NAIVE_BAYES: _log_count_ratios(counts, labels, classes)}
    models = {name: _fit(name, counts, labels, classes, scaling, seed, held_out) for name, scaling in scalings.items()}
    for start in range(0, len(evaluation), _BLOCK):
        block = ngrams.counts(evaluation[start : start + _BLOCK])
        for name, model in models.items():
            answers[name][start : start + _BLOCK] = model(block)
    return answers


def _fit(
    name: str,
    counts: csr_matrix,
    labels: np.ndarray,
    classes: int,
    features: _Features,
    seed: int,
    held_out: tuple[csr_matrix, np.ndarray] | None,
) -> Callable[[csr_matrix], np.ndarray]:
    """The model with the best validation accuracy (then the stronger penalty): counts -> probabilities."""
    if held_out is None:
        return _one_against_rest(counts, labels, classes, features, _DEFAULT_STRENGTH[name], seed)
    best, best_accuracy = None, -1.0
    for strength in _STRENGTHS[name]:
        model = _one_against_rest(counts, labels, classes, features, strength, seed)
        accuracy = float(np.mean(model(held_out[0]).argmax(1) == held_out[1]))
        _log.info("%s: C = %g has validation accuracy %.4f", name, strength, accuracy)
        if accuracy > best_accuracy:
            best, best_accuracy = model, accuracy
    assert best is not None
    return best


def _one_against_rest(
    counts: csr_matrix, labels: np.ndarray, classes: int, features: _Features, strength: float, seed: int
) -> Callable[[csr_matrix], np.ndarray]:
    """Logistic regressions of each class against the rest (one for two classes): counts -> probabilities."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    present = np.unique(labels)
    solved = present[1:] if len(present) == 2 else present
    models = []
    for label in solved:
        model = LogisticRegression(C=strength, solver="liblinear", dual=True, max_iter=1000, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            models.append(model.fit(features(counts, label), labels == label))

    def probabilities(rows: csr_matrix) -> np.ndarray:
        scores = np.zeros((rows.shape[0], classes))
        for label, model in zip(solved, models, strict=True):
            scores[:, label] = model.predict_proba(features(rows, label))[:, 1]
        if len(present) == 2:
            scores[:, present[0]] = 1 - scores[:, present[1]]
        return scores / scores.sum(1, keepdims=True)

    return probabilities


def _tfidf(counts: csr_matrix) -> _Features:
    """Sublinear term frequency times smoothed inverse document frequency, rows of unit length."""
    in_texts = np.bincount(counts.indices, minlength=counts.shape[1])
    weights = np.log((1 + counts.shape[0]) / (1 + in_texts)) + 1

    def features(rows: csr_matrix, label: int) -> csr_matrix:
        scaled = rows.copy()
        scaled.data = (1 + np.log(rows.data)) * weights[rows.indices]
        norms = np.sqrt(np.asarray(scaled.multiply(scaled).sum(1)).ravel())
        scaled.data /= np.repeat(norms, np.diff(rows.indptr))
        return scaled

    return features


def _log_count_ratios(counts: csr_matrix, labels: np.ndarray, classes: int) -> _Features:
    """Presence of a feature times log((p / |p|) / (q / |q|)): p, q its smoothed counts inside and outside the class."""
    inside = np.ones((classes, counts.shape[1]))
    for label in range(classes):
        inside[label] += np.bincount(counts[labels == label].indices, minlength=counts.shape[1])
    outside = inside.sum(0) - inside - (classes - 2)  # both are smoothed by one
    ratios = np.log(inside / inside.sum(1, keepdims=True)) - np.log(outside / outside.sum(1, keepdims=True))

    def features(rows: csr_matrix, label: int) -> csr_matrix:
        scaled = rows.copy()
        scaled.data = ratios[label][rows.indices]
        return scaled

    return features
