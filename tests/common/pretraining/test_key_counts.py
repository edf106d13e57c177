"""Counting keys in blocks."""

from __future__ import annotations

import tracemalloc
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.pretraining import key_counts
from common.pretraining.key_counts import count_keys


@given(st.lists(st.lists(st.integers(-5, 2**62), max_size=20), max_size=12), st.sampled_from([1, 7, 1 << 18]))
def test_blocks_count_as_all_keys_at_once(blocks: list[list[int]], fewest: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_counts, "_FEWEST", fewest)
        keys, counts = count_keys(np.array(block, np.int64) for block in blocks)
    expected = np.unique(np.array(list(chain.from_iterable(blocks)), np.int64), return_counts=True)
    assert np.array_equal(keys, expected[0]) and np.array_equal(counts, expected[1])
    assert keys.dtype == counts.dtype == np.int64


def test_memory_grows_with_the_distinct_keys_alone() -> None:
    peaks = []
    for blocks in (100, 1000):
        tracemalloc.start()
        count_keys(np.arange(10_000) for _ in range(blocks))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 10_000_000 < 10_000 * 1000 * 8
