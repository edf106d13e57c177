"""What a sceptic would try first: class shares, k-mer logistic regression, gradient boosting.

Fitted on the network's training records, tuned on its validation records, so duplicates are treated alike. Where the
records have no preferred strand, a k-mer and its reverse complement are one feature; where they are windows in
register, both models see the base at each position too.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from apps.dna.alignment import position_signal, strand_signal
from common.data.sampling import sampled_rows
from common.data.splits import Examples
from common.preprocessing.nucleotides import Record, encode

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MAJORITY, LINEAR, BOOSTING = "majority", "kmer_logistic_regression", "gradient_boosting"
_LENGTHS = (3, 4, 5, 6)  # k of the linear model
_BOOSTED = (1, 2, 3, 4)  # k of the boosted trees: few enough columns to be dense
_STRENGTHS = (0.03, 0.3, 3.0)  # inverse L2 penalties to choose from on validation
_MOST = 60_000  # training records at the most
_TREES, _PATIENCE = 600, 25
Model = Callable[[Sequence[Record]], np.ndarray]


def dna_baselines(
    train: Examples, validation: Examples, evaluation: Sequence[Record], classes: int, seed: int = 0
) -> dict[str, np.ndarray]:
    """Fits the baselines and returns their probabilities for the evaluation records.

    Args:
        train: records and class indices.
        validation: records that choose the penalty and the number of trees.
        evaluation: records to classify.
        classes: int. The number of classes.
        seed: int. Seed of the solvers, and of the sample where there are over 60,000 training records.

    Returns:
        Baseline name -> (evaluation records, classes) float64, rows that sum to one.
    """
    labels = np.asarray(train.targets, np.int64)
    shares = np.bincount(labels, minlength=classes) / len(labels)
    answers = {MAJORITY: np.tile(shares, (len(evaluation), 1))}
    if len(np.unique(labels)) < 2:
        return answers
    train = train.take(sampled_rows(len(train), _MOST, seed, "linear and boosted baselines, records"))
    sequences = [record.sequence for record in train.inputs]
    both_strands = not strand_signal(sequences, train.targets).found
    positions = len(sequences[0]) if position_signal(sequences, train.targets).found else 0
    for name, fit in ((LINEAR, _linear), (BOOSTING, _boosting)):
        answers[name] = fit(train, validation, both_strands, positions, classes, seed)(evaluation)
    return answers


def kmer_counts(records: Sequence[Record], k: int, both_strands: bool) -> csr_matrix:
    """How often each k-mer of clear letters occurs: (records, 4^k) float32; with `both_strands` a k-mer and its reverse
    complement are counted together, in the column of the smaller index."""
    from scipy.sparse import csr_matrix

    columns, starts = [], [0]
    powers = 4 ** np.arange(k - 1, -1, -1)
    for record in records:
        digits = encode(record.sequence).astype(np.int64) - 1
        if len(digits) >= k:
            windows = np.lib.stride_tricks.sliding_window_view(digits, k)
            windows = windows[(windows < 4).all(1)]
            index = windows @ powers
            if both_strands:
                index = np.minimum(index, (3 - windows[:, ::-1]) @ powers)
            columns.append(index)
        starts.append(starts[-1] + (len(columns[-1]) if len(digits) >= k else 0))
    indices = np.concatenate(columns) if columns else np.zeros(0, np.int64)
    counts = csr_matrix((np.ones(len(indices), np.float32), indices, starts), shape=(len(records), 4**k))
    counts.sum_duplicates()
    return counts


def one_hot(records: Sequence[Record], length: int) -> csr_matrix:
    """The base at each of `length` positions: (records, 4 * length) float32, nothing for an ambiguous letter."""
    from scipy.sparse import csr_matrix

    codes = np.zeros((len(records), length), np.int64)
    for row, record in enumerate(records):
        found = encode(record.sequence[:length])
        codes[row, : len(found)] = found
    rows, places = np.nonzero((codes >= 1) & (codes <= 4))
    columns = places * 4 + codes[rows, places] - 1
    return csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(records), 4 * length))


def _features(
    records: Sequence[Record], lengths: Sequence[int], both_strands: bool, positions: int, scaled: bool
) -> csr_matrix:
    """k-mer counts, as frequencies on a common scale where `scaled`, and the base at each position where asked."""
    from scipy.sparse import diags, hstack

    blocks = []
    for k in lengths:
        counts = kmer_counts(records, k, both_strands)
        if scaled:
            windows = np.maximum(np.asarray(counts.sum(1)).ravel(), 1)
            counts = diags(10 / np.sqrt(windows)) @ counts / np.sqrt(windows.mean())
        blocks.append(counts)
    if positions:
        blocks.append(one_hot(records, positions))
    return hstack(blocks, format="csr", dtype=np.float32)


def _linear(
    train: Examples, validation: Examples, both_strands: bool, positions: int, classes: int, seed: int
) -> Model:
    """Logistic regression on k-mers of 3 to 6; the penalty with the best validation likelihood."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    def features(records: Sequence[Record]) -> csr_matrix:
        return _features(records, _LENGTHS, both_strands, positions, scaled=True)

    found, held_out = features(train.inputs), features(validation.inputs)
    best, best_loss = None, np.inf
    for strength in _STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=200, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(found, train.targets)
        answer = _spread(model.predict_proba(held_out), model.classes_, classes)
        loss = _loss(answer, validation.targets)
        if loss < best_loss:
            best, best_loss = model, loss
    assert best is not None
    return lambda records: _spread(best.predict_proba(features(records)), best.classes_, classes)


def _boosting(
    train: Examples, validation: Examples, both_strands: bool, positions: int, classes: int, seed: int
) -> Model:
    """Histogram gradient boosting (Ke et al. 2017) on k-mers of 1 to 4; validation records stop it."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    def features(records: Sequence[Record]) -> np.ndarray:
        return _features(records, _BOOSTED, both_strands, positions, scaled=False).toarray()

    model = HistGradientBoostingClassifier(
        max_iter=_TREES, learning_rate=0.08, max_leaf_nodes=31, min_samples_leaf=min(20, max(1, len(train) // 20)),
        l2_regularization=1.0, max_features=0.3, early_stopping=True, n_iter_no_change=_PATIENCE, random_state=seed,
    )  # fmt: skip
    model.fit(
        features(train.inputs), np.asarray(train.targets),
        X_val=features(validation.inputs), y_val=np.asarray(validation.targets),
    )  # fmt: skip
    return lambda records: _spread(model.predict_proba(features(records)), model.classes_, classes)


def _spread(probabilities: np.ndarray, present: np.ndarray, classes: int) -> np.ndarray:
    """Columns for all classes, zeros for those that train lacks."""
    found = np.zeros((len(probabilities), classes))
    found[:, present] = probabilities
    return found


def _loss(probabilities: np.ndarray, targets: Sequence[int]) -> float:
    right = probabilities[np.arange(len(targets)), np.asarray(targets)]
    return float(-np.log(np.maximum(right, 1e-12)).mean())
