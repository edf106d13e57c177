"""Splitting keeps groups together and loses nothing; parts say what they hold."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.data.splits import TEST, TRAIN, Examples, Origins, Splits, fingerprint, hold_out
from common.errors import UserError

ROWS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from("abc")), min_size=1, max_size=80)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.floats(0.01, 0.5), st.integers(0, 2**31 - 1))
def test_hold_out_partitions_and_never_cuts_a_group(rows, fraction, seed):
    groups, strata = [group for group, _ in rows], [stratum for _, stratum in rows]
    kept, held_out = hold_out(groups, strata, fraction, seed)
    assert sorted([*kept, *held_out]) == list(range(len(rows)))
    assert kept.dtype == held_out.dtype == np.int64
    assert not {groups[i] for i in kept} & {groups[i] for i in held_out}


@settings(max_examples=50, deadline=None)
@given(ROWS, st.integers(0, 2**31 - 1))
def test_hold_out_is_the_same_for_the_same_seed(rows, seed):
    groups, strata = zip(*rows, strict=True)
    first, second = hold_out(groups, strata, 0.3, seed), hold_out(groups, strata, 0.3, seed)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_hold_out_keeps_each_class_at_its_share():
    strata = ["rare"] * 50 + ["common"] * 450
    _, held_out = hold_out(range(500), strata, 0.1, seed=3)
    assert [sum(strata[i] == name for i in held_out) for name in ("rare", "common")] == [5, 45]


def test_hold_out_takes_at_least_one_group_of_a_class_that_has_two():
    kept, held_out = hold_out(range(4), ["a", "a", "b", "b"], 0.01, seed=0)
    assert len(kept) == len(held_out) == 2


def test_examples_take_keeps_inputs_targets_and_origins_aligned():
    part = Examples(["a", "b", "c"], [0, 1, 0], ["f:1", "f:2", "f:3"]).take([2, 0])
    assert (part.inputs, part.targets, part.origins) == (["c", "a"], [0, 0], ["f:3", "f:1"])


def test_examples_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="differ"):
        Examples(["a"], [0, 1])


def test_an_unknown_split_is_a_user_error_that_names_the_known_ones():
    splits = Splits({TRAIN: Examples([], []), TEST: Examples([], [])}, "here", "made up")
    with pytest.raises(UserError, match="expected a split of train, test, found 'dev'"):
        splits["dev"]
    assert list(splits) == [TRAIN, TEST]
    assert len(splits) == 2


def test_the_fingerprint_changes_with_content_and_order():
    prints = {fingerprint(Examples(list(text), [0] * len(text))) for text in ("ab", "ba", "abc")}
    assert len(prints) == 3
    assert fingerprint(Examples(["a"], [0])) == fingerprint(Examples(("a",), (0,), ["f:1"]))


def test_the_fingerprint_sees_the_middle_of_a_long_array():
    long = np.zeros(5000, np.float32)
    changed = long.copy()
    changed[2500] = 1
    prints = {
        fingerprint(Examples([value], [0])) for value in (long, changed, (long, changed), (changed, long), long[:-1])
    }
    assert len(prints) == 5


def test_origins_are_made_when_asked_for_and_chosen_with_their_examples():
    origins = Origins(Path("a.csv"), [2, 3, 7])
    assert list(origins) == ["a.csv:2", "a.csv:3", "a.csv:7"]
    assert list(origins[1:]) == ["a.csv:3", "a.csv:7"]
    chosen = Examples(["x", "y", "z"], [0, 1, 2], origins).take([2, 0])
    assert isinstance(chosen.origins, Origins)
    assert (chosen.inputs, list(chosen.origins)) == (["z", "x"], ["a.csv:7", "a.csv:2"])
    assert not Origins(Path("a.csv"), [])
    assert origins == Origins(Path("a.csv"), (2, 3, 7)) != Origins(Path("b.csv"), (2, 3, 7))
