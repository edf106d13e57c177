"""Folds for cross-validation: every row once in test, no group on both sides, classes alike in every fold."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits, hold_out
from common.errors import UserError


def assign_folds(groups: Sequence[Hashable], strata: Sequence[Hashable], folds: int, seed: int) -> np.ndarray:
    """The fold of each row: groups in random order, the large ones first, each to the fold with the fewest rows of its
    strata, then of all.

    Args:
        groups: one key per row; rows with equal keys share a fold.
        strata: one class per row.
        folds: int. Two or more.
        seed: int. Seed of the order.

    Returns:
        (rows,) int64, 0 to `folds` - 1.

    Raises:
        UserError: fewer groups than folds.
    """
    rows_of: dict[Hashable, list[int]] = {}
    for row, key in enumerate(groups):
        rows_of.setdefault(key, []).append(row)
    if not 2 <= folds <= len(rows_of):
        raise UserError(
            f"--folds: expected 2 to {len(rows_of):,} folds for {len(groups):,} examples in {len(rows_of):,} groups, "
            f"found {folds}; correct it"
        )
    _, classes = np.unique(np.asarray([repr(value) for value in strata]), return_inverse=True)
    members = [np.array(rows) for rows in rows_of.values()]
    order = np.random.default_rng(seed).permutation(len(members))
    order = order[np.argsort([-len(members[index]) for index in order], kind="stable")]
    held = np.zeros((folds, classes.max() + 1))
    found = np.empty(len(groups), np.int64)
    for index in order:
        counts = np.bincount(classes[members[index]], minlength=held.shape[1])
        of_strata = held @ (counts > 0)
        fold = np.lexsort((held.sum(1), of_strata))[0]
        held[fold] += counts
        found[members[index]] = fold
    return found


def fold_splits(splits: Splits, folds: int, validation_fraction: float, seed: int) -> Iterator[Splits]:
    """All examples of a data set, pooled, once per fold: that fold as test, the rest as train and validation.

    Groups are those of the examples; without any, equal inputs share one.
    """
    parts = list(splits.values())
    pooled = Examples(*(_joined(parts, name) for name in ("inputs", "targets", "origins", "groups")))
    groups = _joined(parts, "groups") or [repr(value) for value in pooled.inputs]
    strata = [target if isinstance(target, Hashable) else 0 for target in pooled.targets]
    assigned = assign_folds(groups, strata, folds, seed)
    for fold in range(folds):
        rest = np.flatnonzero(assigned != fold)
        kept, held_out = hold_out([groups[i] for i in rest], [strata[i] for i in rest], validation_fraction, seed)
        found = {
            TRAIN: pooled.take(rest[kept]),
            VALIDATION: pooled.take(rest[held_out]),
            TEST: pooled.take(np.flatnonzero(assigned == fold)),
        }
        yield replace(splits, parts=found, notes=(*splits.notes, f"fold {fold + 1} of {folds}, all splits pooled"))


def _joined(parts: Sequence[Examples], name: str) -> list[Any]:
    joined = [value for part in parts for value in getattr(part, name)]
    return joined if len(joined) == sum(map(len, parts)) else []
