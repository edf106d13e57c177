"""The pictures of a stock run: fan chart, calibration, skill over time, volatility against what came."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from apps.stock.evaluate import losses, truth
from apps.stock.outputs import LEVELS, QUANTILES, VOLATILITY
from apps.stock.preprocess import StockPreprocessor
from common.app import Outputs
from common.data.prices.rows import CLOSE
from common.data.splits import Examples
from common.evaluation.forecasting import integral_transform, qlike
from common.evaluation.volatility import ewma_variance
from common.preprocessing.price_features import realised_variance

_DAYS_BEFORE, _ROLLING = 40, 63


def plots(folder: Path, preprocessor: StockPreprocessor, examples: Examples, outputs: Outputs, note: str) -> None:
    """Draws fan_chart.png, calibration.png, rolling_skill.png and volatility.png; of a panel its first ticker."""
    from common.report.forecast_plots import fan_chart, forecast_against_came, pit_histogram, rolling_skill

    found, horizon = truth(preprocessor, examples), preprocessor.horizon
    quantiles = np.asarray(outputs[QUANTILES], np.float64)
    ticker = found.names[0]
    rows = np.flatnonzero(found.names == ticker)
    shown = int(rows[-1])
    window, target = examples.inputs[shown], examples.targets[shown]
    fan_chart(
        folder / "fan_chart.png",
        (window.dates[-_DAYS_BEFORE:], window.values[-_DAYS_BEFORE:, CLOSE]),
        (target.dates, found.last[shown] * np.exp(quantiles[shown] / 100)),
        LEVELS,
        found.last[shown] * np.exp(found.returns[shown] / 100),
        f"{ticker}: forecast of {found.dates[shown]}",
        note,
    )
    panels = [
        (
            f"{step + 1} day{'s' if step else ''} ahead",
            integral_transform(found.returns[:, step], quantiles[:, step], LEVELS),
        )
        for step in sorted({0, horizon - 1})
    ]
    pit_histogram(folder / "calibration.png", panels, note)
    past = [realised_variance(examples.inputs[row].values, preprocessor.measure) for row in range(len(examples))]
    ewma = qlike(found.variance[:, -1], ewma_variance(np.stack(past)))
    own = losses(found, outputs)["qlike"]
    name = "EWMA(0.94) of realised variance (QLIKE)"
    rolling_skill(folder / "rolling_skill.png", found.dates, own, ewma, _ROLLING, name, note)
    forecast_against_came(
        folder / "volatility.png",
        found.dates[rows],
        np.asarray(outputs[VOLATILITY])[rows, -1],
        np.sqrt(found.variance[rows, -1]),
        f"{ticker}: volatility of the next {horizon} days",
        "percent a day",
        note,
    )
