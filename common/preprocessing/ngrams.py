"""Hashed n-grams of token ids: the arithmetic in NumPy (common/layers/ngrams.py has it in the graph).

An n-gram has a bucket, where its weights stand, and a fingerprint, which tells it from most strangers that meet the
same bucket. Both are sums of products of token ids, reduced after every product and sum, so that no step leaves the
int32 range: a device computes the same with builtin operators.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ORDERS = 3
KEY_BITS = 16
MAX_VOCABULARY = 1 << KEY_BITS  # id * multiplier stays below 2**31
FINGERPRINTS = 255  # fingerprints are -127..127: whole numbers that an int8 table holds exactly
# of the token itself, the one before it, the one before that
_BUCKET_MULTIPLIERS = (31337, 27631, 24001)
_FINGERPRINT_MULTIPLIERS = (20011, 17977, 30259)
_OFFSETS = (0, 104_729, 224_737)  # by order, so that a unigram does not meet the bigram of the same sum


@dataclass(frozen=True)
class Hash:
    """A linear hash of up to three token ids: `(offset + sum of id * multiplier) mod modulus`, less `shift`."""

    modulus: int
    multipliers: tuple[int, ...]
    shift: int = 0

    def __call__(self, tokens: list[np.ndarray]) -> np.ndarray:
        """`tokens[k]`: (n,) int32, the token k places before the last. Returns (n,) int32."""
        modulus = np.int32(self.modulus)
        total = np.full(len(tokens[0]), _OFFSETS[len(tokens) - 1] % self.modulus, np.int32)
        for token, multiplier in zip(tokens, self.multipliers, strict=False):
            total = (total + token * np.int32(multiplier) % modulus) % modulus
        return total - np.int32(self.shift)

    def offset(self, order: int) -> int:
        """What the sum of an n-gram of this order starts from."""
        return _OFFSETS[order - 1] % self.modulus


def bucket_hash(buckets: int) -> Hash:
    """The bucket of an n-gram, in [0, buckets)."""
    return Hash(buckets, _BUCKET_MULTIPLIERS)


FINGERPRINT = Hash(FINGERPRINTS, _FINGERPRINT_MULTIPLIERS, FINGERPRINTS // 2)


@dataclass(frozen=True)
class NgramTable:
    """Weights of n-grams by bucket.

    Attributes:
        weights: (buckets, channels) float32.
        fingerprints: (buckets, 1) float32 whole numbers in -127..127, so that an int8 table holds them exactly; an
            n-gram with another fingerprint has no weights, nor has an empty bucket, whose weights are zero.
    """

    weights: np.ndarray
    fingerprints: np.ndarray

    def lookup(self, ids: np.ndarray) -> np.ndarray:
        """The n-gram channel of one text: (timesteps,) int32 ids to (timesteps, ORDERS * channels) float32.

        Before the start of the text stands id 0. All channels of the unigram come first, then of the bigram, ...
        """
        find_bucket, found = bucket_hash(len(self.weights)), []
        for order in range(1, ORDERS + 1):
            tokens = ending_tokens(ids, order)
            bucket = find_bucket(tokens)
            same = self.fingerprints[bucket, 0] == FINGERPRINT(tokens)
            found.append(self.weights[bucket] * same[:, None])
        return np.concatenate(found, axis=1)


def ending_tokens(ids: np.ndarray, order: int) -> list[np.ndarray]:
    """For the n-gram ending at each token: the token, the one before it, ...; each (timesteps,) int32."""
    padded = np.concatenate([np.zeros(order - 1, np.int32), np.asarray(ids, np.int32)])
    return [padded[order - 1 - back : len(padded) - back] for back in range(order)]


def build_table(keys: np.ndarray, weights: np.ndarray, buckets: int) -> NgramTable:
    """Puts packed n-grams into a table; where two meet in a bucket the later one stays.

    Args:
        keys: (n,) int64, `KEY_BITS` bits a token, the last token lowest, 0 where there is none.
        weights: (n, channels) float32.
        buckets: int. Rows of the table.
    """
    table = NgramTable(np.zeros((buckets, weights.shape[1]), np.float32), np.zeros((buckets, 1), np.float32))
    tokens = [((keys >> (KEY_BITS * back)) & (MAX_VOCABULARY - 1)).astype(np.int32) for back in range(ORDERS)]
    orders = np.sum([token > 0 for token in tokens], axis=0)
    bucket, fingerprint = np.zeros(len(keys), np.int32), np.zeros(len(keys), np.int32)
    for order in range(1, ORDERS + 1):
        here = orders == order
        parts = [token[here] for token in tokens[:order]]
        bucket[here], fingerprint[here] = bucket_hash(buckets)(parts), FINGERPRINT(parts)
    table.weights[bucket], table.fingerprints[bucket, 0] = weights, fingerprint
    return table
