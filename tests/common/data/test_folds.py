"""Folds: every row once, groups whole, classes alike, the same for a seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.data.folds import assign_folds, fold_splits
from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits
from common.errors import UserError


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=8, max_size=80), st.integers(0, 5))
def test_groups_stay_whole_and_no_fold_is_empty(rows, seed):
    groups, strata = [g for g, _ in rows], [s for _, s in rows]
    folds = min(4, len(set(groups)))
    if folds < 2:
        return
    found = assign_folds(groups, strata, folds, seed)
    assert set(found) == set(range(folds))
    for group in set(groups):
        assert len({f for f, g in zip(found, groups, strict=True) if g == group}) == 1
    np.testing.assert_array_equal(found, assign_folds(groups, strata, folds, seed))


def test_classes_are_alike_in_every_fold():
    strata = [0] * 70 + [1] * 30
    found = assign_folds(range(100), strata, 10, seed=0)
    for fold in range(10):
        assert [strata[i] for i in np.flatnonzero(found == fold)].count(1) == 3


def test_as_many_folds_as_rows_leave_one_out():
    assert sorted(assign_folds(range(7), [0] * 7, 7, seed=1)) == list(range(7))


@pytest.mark.parametrize("folds", [0, 1, 4])
def test_more_folds_than_groups_or_fewer_than_two_are_refused(folds):
    with pytest.raises(UserError, match="--folds: expected 2 to 3 folds for 6 examples in 3 groups"):
        assign_folds([0, 0, 1, 1, 2, 2], [0] * 6, folds, seed=0)


def test_equal_inputs_stay_together_where_there_are_no_groups():
    part = Examples(["a", "b", "c", "d", "e", "f", "a", "b", "c", "d"], [0, 1] * 5)
    splits = Splits({TRAIN: part.take(range(6)), VALIDATION: part.take([]), TEST: part.take(range(6, 10))}, "x", "x")
    seen = []
    for found in fold_splits(splits, 3, 0.2, seed=0):
        assert not set(found[TEST].inputs) & (set(found[TRAIN].inputs) | set(found[VALIDATION].inputs))
        assert not set(found[TRAIN].inputs) & set(found[VALIDATION].inputs)
        seen += found[TEST].inputs
    assert sorted(seen) == sorted(part.inputs)
