"""n-gram buckets: NumPy, packed keys and the Keras layer agree, without overflow."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from common.layers import HashedNgrams
from common.preprocessing.ngrams import KEY_BITS, MAX_VOCABULARY, MULTIPLIERS, key_buckets, lookup, ngram_buckets

IDS = st.lists(st.integers(0, MAX_VOCABULARY - 1), min_size=1, max_size=20)


def test_no_product_leaves_int32() -> None:
    assert max(MULTIPLIERS) * (MAX_VOCABULARY - 1) < 2**31


@given(IDS, st.integers(64, 2**24), st.integers(1, 3))
def test_buckets_equal_unbounded_arithmetic(ids: list[int], buckets: int, order: int) -> None:
    from common.preprocessing.ngrams import OFFSETS

    padded = [0] * (order - 1) + ids
    expected = [
        (OFFSETS[order - 1] + sum(MULTIPLIERS[back] * padded[t - back] for back in range(order))) % buckets
        for t in range(order - 1, len(padded))
    ]
    np.testing.assert_array_equal(ngram_buckets(np.array(ids, np.int32), buckets, order), expected)


@given(st.lists(st.integers(1, MAX_VOCABULARY - 1), min_size=3, max_size=3), st.integers(64, 2**22))
def test_packed_keys_meet_the_same_buckets(ids: list[int], buckets: int) -> None:
    keys = [ids[2], ids[2] | ids[1] << KEY_BITS, ids[2] | ids[1] << KEY_BITS | ids[0] << 2 * KEY_BITS]
    expected = [ngram_buckets(np.array(ids, np.int32), buckets, order)[-1] for order in (1, 2, 3)]
    np.testing.assert_array_equal(key_buckets(np.array(keys), buckets, 3), expected)


@settings(max_examples=10, deadline=None)
@given(st.lists(IDS, min_size=1, max_size=4), st.sampled_from([1, 3]))
def test_the_layer_gives_what_numpy_gives(rows: list[list[int]], channels: int) -> None:
    layer = HashedNgrams(buckets=997, orders=3, channels=channels)
    width = max(map(len, rows)) + 2
    tokens = np.zeros((len(rows), width), np.int32)
    for row, ids in enumerate(rows):
        tokens[row, : len(ids)] = ids
    mask = np.arange(width)[None] < np.array([len(ids) for ids in rows])[:, None]
    layer.build(tokens.shape)
    table = np.random.default_rng(0).normal(size=(997, channels)).astype(np.float32)
    layer.set_weights([table])
    found = np.asarray(layer(tokens, mask))
    for row, ids in enumerate(rows):
        np.testing.assert_array_equal(found[row, : len(ids)], lookup(np.array(ids, np.int32), table, 3))
        assert not found[row, len(ids) :].any()
