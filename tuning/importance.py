"""How much each hyperparameter mattered: permutation importance of a random forest over the trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tuning.space import Range

LEAST_TRIALS = 6


def importance(
    ranges: Sequence[Range], trials: Sequence[Mapping[str, Any]], scores: Sequence[float]
) -> dict[str, float]:
    """The share of each field in what a random forest explains of the scores (Breiman 2001), largest first.

    Args:
        ranges: the space.
        trials: field -> value of each trial; a field that was not active may be missing.
        scores: of the trials, larger is better.

    Returns:
        Field -> share, adding up to 1; empty with fewer than `LEAST_TRIALS` trials or where all score alike.
    """
    if len(trials) < LEAST_TRIALS or np.ptp(scores) == 0:
        return {}
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    table = np.array([[_as_number(one, trial.get(one.name)) for one in ranges] for trial in trials])
    forest = RandomForestRegressor(200, min_samples_leaf=2, random_state=0).fit(table, scores)
    found = permutation_importance(forest, table, scores, n_repeats=20, random_state=0).importances_mean
    found = np.maximum(found, 0)
    if not found.sum():
        return {}
    shares = {one.name: float(value) for one, value in zip(ranges, found / found.sum(), strict=True)}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _as_number(one: Range, value: Any) -> float:
    """Choices by their place, intervals as they are (logarithms where searched so); -1 for what was not active."""
    if value is None:
        return -1.0
    if one.values:
        return float(one.values.index(value)) if value in one.values else -1.0
    return float(np.log(value)) if one.log else float(value)
