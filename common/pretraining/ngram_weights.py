"""Weights of hashed n-grams for the n-gram channel, cross-fitted so that no training row sees its own label.

Each class gets a linear model on the presence of uni-, bi- and trigrams scaled by their naive-Bayes log-count ratio
(Wang and Manning 2012). The strongest weights go into a table of hash buckets; the network reads the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from common.data.ragged import Ragged
from common.preprocessing.ngrams import KEY_BITS, key_buckets, lookup

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

ORDERS = 3
_OCCUPANCY = 0.2  # share of the buckets that get a weight, so that few strangers meet one
_MIN_TEXTS = 3  # rarer n-grams are noise
_STRENGTH = 0.5  # inverse strength of the L2 penalty


@dataclass(frozen=True)
class _Features:
    """Presence of n-grams in texts: `present` is (texts, n-grams) float32 of 0 and 1, `keys` (n-grams,) int64."""

    present: csr_matrix
    keys: np.ndarray


def fit_ngram_weights(
    documents: Ragged, targets: np.ndarray, classes: int, buckets: int, folds: int, seed: int
) -> tuple[np.ndarray, Ragged]:
    """The table for new texts, and the cross-fitted channel of the training texts.

    Args:
        documents: ragged int32 token ids of the training texts.
        targets: (texts,) int class indices.
        classes: int. The number of classes; two need one channel, more need one each.
        buckets: int. Rows of the table.
        folds: int. Each text's channel comes from a table fitted on the other folds.
        seed: int. Seed of the folds.

    Returns:
        table: (buckets, channels) float32, fitted on all texts.
        channel: ragged (timesteps, ORDERS * channels) float16, as `lookup` gives it, one row per text.
    """
    features = _features(documents)
    of_class = [1] if classes == 2 else list(range(classes))
    fold_of = np.random.default_rng(seed).permutation(len(documents)) % folds
    rows: list[np.ndarray] = [np.zeros(0)] * len(documents)
    for fold in range(min(folds, len(documents))):
        table = _table(features, targets, of_class, fold_of != fold, buckets)
        for row in np.flatnonzero(fold_of == fold):
            rows[row] = lookup(documents[int(row)], table, ORDERS).astype(np.float16)
    everything = np.ones(len(documents), bool)
    return _table(features, targets, of_class, everything, buckets), Ragged.from_rows(rows, np.float16)


def _features(documents: Ragged) -> _Features:
    """N-grams that occur in at least three texts. A key packs three ids, the token itself lowest; 0 is no token."""
    from scipy.sparse import csr_matrix

    texts, keys = [], []
    for row, ids in enumerate(documents):
        key = np.zeros(len(ids), np.int64)
        for order in range(min(ORDERS, len(ids))):
            shifted = ids[: len(ids) - order].astype(np.int64) << (KEY_BITS * order)
            key = key[1:] + shifted if order else shifted
            unique = np.unique(key)
            keys.append(unique)
            texts.append(np.full(len(unique), row, np.int32))
    if not keys:
        return _Features(csr_matrix((len(documents), 0), dtype=np.float32), np.zeros(0, np.int64))
    distinct, columns, counts = np.unique(np.concatenate(keys), return_inverse=True, return_counts=True)
    kept = counts >= _MIN_TEXTS
    number = np.cumsum(kept) - 1
    cells = kept[columns]
    positions = (np.concatenate(texts)[cells], number[columns[cells]])
    present = csr_matrix((np.ones(len(positions[0]), np.float32), positions), shape=(len(documents), int(kept.sum())))
    return _Features(present, distinct[kept])


def _table(features: _Features, targets: np.ndarray, of_class: list[int], use: np.ndarray, buckets: int) -> np.ndarray:
    """(buckets, channels) float32 of the strongest weights, fitted on the texts where `use` is True."""
    table = np.zeros((buckets, len(of_class)), np.float32)
    present = features.present[np.flatnonzero(use)]
    texts_with = np.asarray(present.sum(axis=0)).ravel()
    for channel, label in enumerate(of_class):
        weights = _weights(present, targets[use] == label)
        strength = np.abs(weights) * np.sqrt(texts_with)
        strongest = np.argsort(-strength, kind="stable")[: int(_OCCUPANCY * buckets)]
        weakest_first = strongest[np.argsort(np.abs(weights[strongest]), kind="stable")]
        table[key_buckets(features.keys[weakest_first], buckets, ORDERS), channel] = weights[weakest_first]
    return table


def _weights(present: csr_matrix, positive: np.ndarray) -> np.ndarray:
    """(n-grams,) float32 weights of one class against the rest; the log-count ratio where one side is missing."""
    from scipy.sparse import diags
    from sklearn.linear_model import LogisticRegression

    if present.shape[1] == 0 or positive.all() or not positive.any():
        return np.zeros(present.shape[1], np.float32)
    p = 1 + np.asarray(present[np.flatnonzero(positive)].sum(axis=0)).ravel()
    q = 1 + np.asarray(present[np.flatnonzero(~positive)].sum(axis=0)).ravel()
    ratio = np.log((p / p.sum()) / (q / q.sum()))
    model = LogisticRegression(C=_STRENGTH, solver="liblinear", dual=True, max_iter=50, tol=0.05, random_state=0)
    model.fit(present @ diags(ratio), positive)
    weights: np.ndarray = (ratio * model.coef_[0]).astype(np.float32)
    return weights
