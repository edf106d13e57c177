"""Hashed n-grams of token ids: the bucket arithmetic in NumPy (common/layers/ngrams.py has it in the graph).

The bucket of the n-gram that ends at a token is a sum of products modulo the number of buckets, reduced after every
product and sum, so that no step leaves the int32 range; a device computes the same buckets with builtin operators.
"""

from __future__ import annotations

import numpy as np

MULTIPLIERS = (31337, 27631, 24001)  # of the token itself, the one before it, the one before that
OFFSETS = (0, 104_729, 224_737)  # by order, so that a unigram does not meet the bigram of the same sum
KEY_BITS = 16
MAX_VOCABULARY = 1 << KEY_BITS  # id * multiplier stays below 2**31


def ngram_buckets(ids: np.ndarray, buckets: int, order: int) -> np.ndarray:
    """The bucket of the n-gram ending at each token; before the start of the text stands id 0.

    Args:
        ids: (timesteps,) int32 token ids below 65,536, one text.
        buckets: int. The number of buckets, below 2**30.
        order: int. 1, 2 or 3 tokens long.

    Returns:
        (timesteps,) int32 in [0, buckets).
    """
    padded = np.concatenate([np.zeros(order - 1, np.int32), np.asarray(ids, np.int32)])
    return _buckets([padded[order - 1 - back : len(padded) - back] for back in range(order)], buckets)


def key_buckets(keys: np.ndarray, buckets: int, longest: int) -> np.ndarray:
    """The buckets of packed n-grams: `KEY_BITS` bits a token, the last token lowest, 0 where there is none.

    Args:
        keys: (n,) int64.
        buckets: int. The number of buckets.
        longest: int. Tokens of the longest n-gram.

    Returns:
        (n,) int32 in [0, buckets).
    """
    tokens = [((keys >> (KEY_BITS * back)) & (MAX_VOCABULARY - 1)).astype(np.int32) for back in range(longest)]
    found = np.zeros(len(keys), np.int32)
    for order in range(1, longest + 1):
        of_order = tokens[order - 1] > 0
        if order < longest:
            of_order &= tokens[order] == 0
        found[of_order] = _buckets([part[of_order] for part in tokens[:order]], buckets)
    return found


def _buckets(tokens: list[np.ndarray], buckets: int) -> np.ndarray:
    """`tokens[k]` is the token k places before the last; all arithmetic in int32."""
    modulus = np.int32(buckets)
    total = np.full(len(tokens[0]), OFFSETS[len(tokens) - 1] % buckets, np.int32)
    for token, multiplier in zip(tokens, MULTIPLIERS, strict=False):
        total = (total + token * np.int32(multiplier) % modulus) % modulus
    return total


def lookup(ids: np.ndarray, table: np.ndarray, orders: int) -> np.ndarray:
    """The n-gram channel of one text.

    Args:
        ids: (timesteps,) int32.
        table: (buckets, channels) float32.
        orders: int. The longest n-gram.

    Returns:
        (timesteps, orders * channels) float32: all channels of the unigram, then of the bigram, ...
    """
    return np.concatenate([table[ngram_buckets(ids, len(table), order)] for order in range(1, orders + 1)], axis=1)
