"""Weights of n-grams for the hashed n-gram channel, cross-fitted so that no training row sees its own label.

For each class an n-gram has two: its naive-Bayes log-count ratio, and its weight in a linear model on those ratios
(Wang and Manning 2012), which knows what the other n-grams of a text say already. The n-grams that weigh most get a
place in the table.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from common.data.ragged import Ragged, batched
from common.data.sampling import sampled_rows
from common.preprocessing.ngrams import KEY_BITS, ORDERS, NgramTable, build_table
from common.pretraining.key_counts import count_keys

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

CHANNELS_PER_CLASS = 2
_OCCUPANCY = 0.5  # n-grams kept per bucket; fewer than that meet each other
_MIN_TEXTS = 3  # rarer n-grams are noise
_MOST_TEXTS = 200_000  # fit on a sample beyond this
_BLOCK = 4096  # texts counted at a time
_STRENGTH = 0.5  # inverse strength of the L2 penalty


@dataclass(frozen=True)
class _Features:
    """Presence of n-grams in texts: `present` is (texts, n-grams) float32 of 0 and 1, `keys` (n-grams,) int64."""

    present: csr_matrix
    keys: np.ndarray


def channels_of(classes: int) -> int:
    """Weights an n-gram has: two classes need one side, more need one each."""
    return CHANNELS_PER_CLASS * (1 if classes == 2 else classes)


def fit_ngram_weights(
    documents: Ragged, targets: np.ndarray, classes: int, buckets: int, folds: int, seed: int
) -> tuple[NgramTable, Ragged]:
    """The table for new texts, and the cross-fitted channel of the training texts.

    Of more than 200,000 texts a sample is fitted on; all have the channel.

    Args:
        documents: ragged int32 token ids of the training texts.
        targets: (texts,) int class indices.
        classes: int. The number of classes.
        buckets: int. Rows of the table.
        folds: int. Each text's channel comes from a table fitted on the other folds.
        seed: int. Seed of the folds and of the sample.

    Returns:
        table: fitted on all texts, `channels_of(classes)` weights a bucket.
        channel: ragged (timesteps, ORDERS * channels) float16, as `NgramTable.lookup` gives it, one row per text.
    """
    rows = sampled_rows(len(documents), _MOST_TEXTS, seed, "n-gram weights, texts")
    features = _features(documents if len(rows) == len(documents) else documents.take(rows))
    fold_of = np.random.default_rng(seed).permutation(len(documents)) % folds
    channel = np.empty((len(documents.values), ORDERS * channels_of(classes)), np.float16)
    for fold in range(min(folds, len(documents))):
        table = _table(features, targets[rows], classes, fold_of[rows] != fold, buckets)
        for row in np.flatnonzero(fold_of == fold):
            channel[documents.offsets[row] : documents.offsets[row + 1]] = table.lookup(documents[int(row)])
    everything = np.ones(len(rows), bool)
    return _table(features, targets[rows], classes, everything, buckets), Ragged(channel, documents.offsets)


def _features(documents: Ragged) -> _Features:
    """N-grams that occur in at least three texts. A key packs three ids, the token itself lowest; 0 is no token."""
    from scipy.sparse import csr_matrix

    distinct, counts = count_keys(np.concatenate(block) for block in batched(map(_keys, documents), _BLOCK))
    kept = distinct[counts >= _MIN_TEXTS]
    columns = Ragged.from_rows((_places(_keys(ids), kept) for ids in documents), np.int32)
    cells = (np.ones(len(columns.values), np.float32), columns.values, columns.offsets)
    return _Features(csr_matrix(cells, shape=(len(documents), len(kept))), kept)


def _keys(ids: np.ndarray) -> np.ndarray:
    """(n,) int64, ascending: each n-gram of a text once."""
    keys, key = [np.zeros(0, np.int64)], np.zeros(len(ids), np.int64)
    for order in range(min(ORDERS, len(ids))):
        shifted = ids[: len(ids) - order].astype(np.int64) << (KEY_BITS * order)
        key = key[1:] + shifted if order else shifted
        keys.append(np.unique(key))
    return np.concatenate(keys)


def _places(keys: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Where those of the keys that are kept stand among them, ascending."""
    if not len(kept):
        return np.zeros(0, np.int64)
    places = np.minimum(np.searchsorted(kept, keys), len(kept) - 1)
    return places[kept[places] == keys]


def _table(features: _Features, targets: np.ndarray, classes: int, use: np.ndarray, buckets: int) -> NgramTable:
    """The table of the n-grams that weigh most, fitted on the texts where `use` is True."""
    present = features.present[np.flatnonzero(use)]
    sides = [1] if classes == 2 else range(classes)
    weights = np.concatenate([_weights(present, targets[use] == label) for label in sides], axis=1)
    # what an n-gram moves: its weight in the linear model, by how many texts have it
    moved = np.abs(weights[:, 1::CHANNELS_PER_CLASS]).max(axis=1) * np.sqrt(np.asarray(present.sum(axis=0)).ravel())
    kept = np.argsort(moved, kind="stable")[max(0, len(moved) - int(_OCCUPANCY * buckets)) :]
    return build_table(features.keys[kept], weights[kept], buckets)


def _weights(present: csr_matrix, positive: np.ndarray) -> np.ndarray:
    """(n-grams, 2) float32: log-count ratio and linear weight of one class against the rest, each of unit deviation."""
    from scipy.sparse import diags
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    weights = np.zeros((present.shape[1], CHANNELS_PER_CLASS), np.float32)
    if present.shape[1] == 0 or positive.all() or not positive.any():
        return weights
    p = 1 + np.asarray(present[np.flatnonzero(positive)].sum(axis=0)).ravel()
    q = 1 + np.asarray(present[np.flatnonzero(~positive)].sum(axis=0)).ravel()
    ratio = np.log((p / p.sum()) / (q / q.sum()))
    model = LogisticRegression(C=_STRENGTH, solver="liblinear", dual=True, max_iter=50, tol=0.05, random_state=0)
    with warnings.catch_warnings():  # fifty passes are enough for a feature, converged or not
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(present @ diags(ratio), positive)
    weights[:, 0], weights[:, 1] = ratio, ratio * model.coef_[0]
    return weights / np.maximum(weights.std(axis=0), 1e-6)
