"""Word vectors from co-occurrence: a factorised PPMI matrix, or word2vec where gensim is installed."""

from __future__ import annotations

from typing import Any

import numpy as np

from common.data.ragged import Ragged, batched
from common.errors import UserError
from common.pretraining.key_counts import count_keys

_SMOOTHING = 0.75  # of the context distribution, as in word2vec's negative sampling
_BLOCK = 4096  # texts counted at a time
_SCALE = 0.1  # standard deviation of the values that training starts from


def svd_vectors(documents: Ragged, vocabulary: int, size: int, seed: int, window: int = 5) -> np.ndarray:
    """Word vectors from the truncated SVD of the shifted PPMI matrix (Levy and Goldberg 2014; Levy et al. 2015).

    Co-occurrences within `window` words are counted with weight 1 / distance; the context distribution is smoothed by
    the power 0.75; the vectors are U sqrt(S). Deterministic for a seed.

    Args:
        documents: ragged int32 ids; 0 and 1 (padding, unknown) are nobody's neighbour.
        vocabulary: int. The number of ids.
        size: int. The size of a vector.
        seed: int. Seed of the randomised SVD.
        window: int. How far a neighbour may be, in words.

    Returns:
        (vocabulary, size) float32 with standard deviation 0.1; zeros for words without neighbours.
    """
    from scipy.sparse import csr_matrix
    from sklearn.utils.extmath import randomized_svd

    counts = _cooccurrences(documents, vocabulary, window)
    if counts.nnz == 0:
        return np.zeros((vocabulary, size), np.float32)
    totals = np.asarray(counts.sum(axis=1)).ravel() + 1e-9
    contexts = totals**_SMOOTHING
    contexts *= totals.sum() / contexts.sum()
    cells = counts.tocoo()
    values = np.log(cells.data * totals.sum() / (totals[cells.row] * contexts[cells.col]))
    kept = values > 0
    ppmi = csr_matrix((values[kept], (cells.row[kept], cells.col[kept])), shape=counts.shape, dtype=np.float32)
    rank = min(size, vocabulary - 1)
    left, singular, _ = randomized_svd(ppmi, rank, n_iter=2, n_oversamples=10, random_state=seed)
    vectors = np.zeros((vocabulary, size), np.float32)
    vectors[:, :rank] = left * np.sqrt(singular)
    return scaled(vectors)


def _cooccurrences(documents: Ragged, vocabulary: int, window: int) -> Any:
    """Symmetric (vocabulary, vocabulary) sparse float32 counts, weighted by 1 / distance."""
    from scipy.sparse import csr_matrix

    gap = np.zeros(window, np.int32)  # between documents, so that none reaches into the next
    counts = csr_matrix((vocabulary, vocabulary), dtype=np.float32)
    for distance in range(1, window + 1):
        pairs, times = count_keys(
            _pairs(np.concatenate([part for row in block for part in (row, gap)]), distance, vocabulary)
            for block in batched(documents, _BLOCK)
        )
        cells = (pairs // vocabulary, pairs % vocabulary)
        counts = counts + csr_matrix((times.astype(np.float32) / distance, cells), shape=counts.shape)
    return counts + counts.T


def _pairs(ids: np.ndarray, distance: int, vocabulary: int) -> np.ndarray:
    """`left * vocabulary + right` (int64) of the words that stand `distance` apart."""
    left, right = ids[:-distance].astype(np.int64), ids[distance:]
    real = (left > 1) & (right > 1)
    return np.asarray(left[real] * vocabulary + right[real])


def word2vec_vectors(documents: Ragged, vocabulary: int, size: int, seed: int, epochs: int) -> np.ndarray:
    """Word vectors of word2vec's CBOW with negative sampling (Mikolov et al. 2013), by gensim, on one thread.

    One thread, because more would make the result depend on their timing.

    Returns:
        (vocabulary, size) float32 with standard deviation 0.1; zeros for words never seen.

    Raises:
        UserError: gensim is not installed.
    """
    try:
        from gensim.models import Word2Vec
    except ImportError:
        raise UserError(
            "--pretrain word2vec: expected the package gensim, found none; "
            "install it with `pip install 'unroll[word2vec]'` or use --pretrain svd"
        ) from None
    sentences = [[str(word) for word in row if word > 1] for row in documents]
    vectors = np.zeros((vocabulary, size), np.float32)
    if not any(sentences):
        return vectors
    model = Word2Vec(
        sentences, vector_size=size, window=8, epochs=epochs, min_count=1, sample=1e-4, negative=5, workers=1, seed=seed
    )
    for word, index in model.wv.key_to_index.items():
        vectors[int(word)] = model.wv.vectors[index]
    return scaled(vectors)


def scaled(vectors: np.ndarray) -> np.ndarray:
    """The vectors with standard deviation 0.1 over all words but the reserved ones."""
    deviation = float(vectors[2:].std()) if len(vectors) > 2 else 0.0
    return (vectors * (_SCALE / deviation if deviation else 1.0)).astype(np.float32)
