"""Which way a metric is better: known by its name, everywhere the same."""

from __future__ import annotations

import re
from collections.abc import Mapping

from common.app import Interval

_FORECASTS = ("mase", "relative_mae", "relative_rmse", "rmse", "pinball", "crps", "qlike", "volatility_rmse")
_LOWER = frozenset(["loss", "ece", "cer", "cer_loose", "wer", *_FORECASTS])
_COVERAGE = re.compile(r"coverage_(\d+)")


def lower_is_better(name: str) -> bool:
    """Whether less of the metric is better (`ece`, `cer`, `loss`, ...)."""
    return name.removeprefix("val_") in _LOWER


def goodness(name: str, value: float) -> float:
    """A number that is larger for a better value: coverage is best at its nominal share (`coverage_80` at 0.80)."""
    coverage = _COVERAGE.fullmatch(name)
    if coverage:
        return -abs(value - int(coverage[1]) / 100)
    return -value if lower_is_better(name) else value


def best(name: str, rows: Mapping[str, Mapping[str, Interval]]) -> set[str]:
    """The rows (model and baselines) with the best value of a metric, as shown with four digits."""
    scores = {row: goodness(name, round(metrics[name].value, 4)) for row, metrics in rows.items() if name in metrics}
    return {row for row, score in scores.items() if score == max(scores.values())}
