"""The n-gram channel: NumPy and the Keras layer agree, nothing overflows, strangers are told apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.data.ragged import Ragged
from common.data.sampling import sampled_rows
from common.layers import HashedNgrams
from common.preprocessing.ngrams import (
    FINGERPRINT,
    KEY_BITS,
    MAX_VOCABULARY,
    ORDERS,
    bucket_hash,
    build_table,
    ending_tokens,
)
from common.pretraining.ngram_weights import channels_of, fit_ngram_weights

IDS = st.lists(st.integers(1, MAX_VOCABULARY - 1), min_size=1, max_size=20)


def test_no_product_leaves_int32() -> None:
    for function in (bucket_hash(2**24), FINGERPRINT):
        assert max(function.multipliers) * (MAX_VOCABULARY - 1) < 2**31
        assert 2 * function.modulus < 2**31


@given(IDS, st.integers(64, 2**24), st.integers(1, 3))
def test_buckets_equal_unbounded_arithmetic(ids: list[int], buckets: int, order: int) -> None:
    function = bucket_hash(buckets)
    padded = [0] * (order - 1) + ids
    expected = [
        (function.offset(order) + sum(function.multipliers[back] * padded[t - back] for back in range(order))) % buckets
        for t in range(order - 1, len(padded))
    ]
    np.testing.assert_array_equal(function(ending_tokens(np.array(ids, np.int32), order)), expected)


def packed(*ids: int) -> int:
    """The key of an n-gram, last token lowest."""
    return sum(token << (KEY_BITS * back) for back, token in enumerate(reversed(ids)))


def test_a_table_gives_the_weights_of_its_ngrams_only() -> None:
    keys = np.array([packed(5), packed(5, 6), packed(5, 6, 7)])
    weights = np.array([[1, -1], [2, -2], [3, -3]], np.float32)
    table = build_table(keys, weights, 4096)
    found = table.lookup(np.array([5, 6, 7, 9], np.int32)).reshape(4, ORDERS, 2)
    np.testing.assert_array_equal(found[0, 0], [1, -1])  # 5
    np.testing.assert_array_equal(found[1, 1], [2, -2])  # 5 6
    np.testing.assert_array_equal(found[2, 2], [3, -3])  # 5 6 7
    assert np.count_nonzero(found) == 6


def test_fingerprints_keep_most_strangers_out() -> None:
    generator = np.random.default_rng(0)
    keys = np.unique([packed(*generator.integers(1, 30_000, 3).tolist()) for _ in range(2000)])
    table = build_table(keys, np.ones((len(keys), 1), np.float32), 2048)
    strangers = table.lookup(generator.integers(30_000, 60_000, 5000).astype(np.int32))
    assert (strangers != 0).mean() < 0.02


def test_an_int8_table_holds_every_fingerprint_exactly() -> None:
    keys = np.array([packed(token) for token in range(1, 3000)])
    fingerprints = build_table(keys, np.ones((len(keys), 1), np.float32), 8192).fingerprints
    assert np.abs(fingerprints).max() == 127
    np.testing.assert_array_equal(fingerprints, fingerprints.astype(np.int8))


@settings(max_examples=10, deadline=None)
@given(st.lists(IDS, min_size=1, max_size=4), st.sampled_from([1, 3]))
def test_the_layer_gives_what_numpy_gives(rows: list[list[int]], channels: int) -> None:
    flat = [token for row in rows for token in row]
    keys = np.unique([packed(*flat[i : i + n]) for n in (1, 2, 3) for i in range(len(flat) - n + 1)])
    weights = np.random.default_rng(0).normal(size=(len(keys), channels)).astype(np.float32)
    table = build_table(keys, weights, 997)
    layer = HashedNgrams(buckets=997, channels=channels)
    width = max(map(len, rows)) + 2
    tokens = np.zeros((len(rows), width), np.int32)
    for row, ids in enumerate(rows):
        tokens[row, : len(ids)] = ids
    mask = np.arange(width)[None] < np.array([len(ids) for ids in rows])[:, None]
    layer.build(tokens.shape)
    layer.set_table(table)
    found = np.asarray(layer(tokens, mask))
    for row, ids in enumerate(rows):
        np.testing.assert_array_equal(found[row, : len(ids)], table.lookup(np.array(ids, np.int32)))
        assert not found[row, len(ids) :].any()


def test_a_training_row_never_sees_its_own_label() -> None:
    """Flipping one row's label leaves the row's own channel as it was, and changes the others'."""
    generator = np.random.default_rng(0)
    documents = Ragged.from_rows([generator.integers(2, 12, 9) for _ in range(60)], np.int32)
    targets = generator.integers(0, 2, 60)
    flipped = targets.copy()
    flipped[7] = 1 - flipped[7]
    _, before = fit_ngram_weights(documents, targets, 2, buckets=4096, folds=5, seed=0)
    _, after = fit_ngram_weights(documents, flipped, 2, buckets=4096, folds=5, seed=0)
    np.testing.assert_array_equal(before[7], after[7])
    assert any((before[row] != after[row]).any() for row in range(60) if row != 7)


def test_three_classes_have_weights_each_and_tiny_data_gives_none() -> None:
    documents = Ragged.from_rows([[2, 3], [4], [5, 6, 7]], np.int32)
    table, channel = fit_ngram_weights(documents, np.array([0, 1, 2]), 3, buckets=64, folds=10, seed=0)
    assert table.weights.shape == (64, channels_of(3)) == (64, 6)
    assert not table.weights.any()
    assert channel[2].shape == (3, ORDERS * 6)


def test_many_texts_are_fitted_on_a_sample_and_all_have_the_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    documents = Ragged.from_rows([generator.integers(2, 12, 9) for _ in range(200)], np.int32)
    targets = generator.integers(0, 2, 200)
    monkeypatch.setattr("common.pretraining.ngram_weights._MOST_TEXTS", 120)
    used = sampled_rows(200, 120, 0, "x")
    _, before = fit_ngram_weights(documents, targets, 2, buckets=4096, folds=5, seed=0)
    others = targets.copy()
    others[np.setdiff1d(np.arange(200), used)] ^= 1  # labels that are not in the sample say nothing
    _, after = fit_ngram_weights(documents, others, 2, buckets=4096, folds=5, seed=0)
    np.testing.assert_array_equal(before.values, after.values)
    assert len(before) == 200
    assert all(np.asarray(row).any() for row in before)
