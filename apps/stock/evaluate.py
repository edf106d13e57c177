"""How good forecasts are: metrics over days with intervals, comparisons, rows of predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from apps.stock.outputs import DECODER, DIRECTION, EVEN, LEVELS, MEDIAN, QUANTILES, VOLATILITY
from apps.stock.preprocess import StockPreprocessor, targets_of
from common.app import Answer, Metrics, Outputs
from common.data.prices.rows import CLOSE
from common.data.series import Window
from common.data.splits import Examples
from common.evaluation.bootstrap import Comparison
from common.evaluation.forecasting import RUN_PERIODS, covered, crps, diebold_mariano, pinball, qlike, ratio_metrics

INTERVALS = (0.5, 0.8, 0.95)
_BLOCK = 4096  # rows measured at a time
_ROOTS = ("relative_rmse", "rmse", "volatility_rmse")


@dataclass(frozen=True)
class Truth:
    """What came, of each example.

    Attributes:
        names: (rows,) tickers.
        dates: (rows,) datetime64[D], the last day known.
        last: (rows,) closing price of that day.
        returns: (rows, horizon) log returns up to each day ahead, in percent.
        variance: (rows, horizon) mean daily variance up to each day, in percent squared.
    """

    names: np.ndarray
    dates: np.ndarray
    last: np.ndarray
    returns: np.ndarray
    variance: np.ndarray


def truth(preprocessor: StockPreprocessor, examples: Examples) -> Truth:
    """What the examples' forecasts are measured against."""
    known = [(window.name, window.dates[-1], window.values[-1, CLOSE]) for window in examples.inputs]
    names, dates, last = (np.array(column) for column in zip(*known, strict=True))
    return Truth(names, dates, last, *targets_of(examples.targets, preprocessor.measure))


def _by_row(
    measure: Callable[[Truth, Outputs], dict[str, np.ndarray]], found: Truth, outputs: Outputs
) -> dict[str, np.ndarray]:
    """What a measure says of each row, some rows at a time: many days of quantiles in double precision are large."""
    parts = []
    for start in range(0, max(1, len(found.names)), _BLOCK):
        rows = slice(start, start + _BLOCK)
        part = Truth(*(getattr(found, item.name)[rows] for item in fields(found)))
        parts.append(measure(part, {name: np.asarray(values[rows], np.float64) for name, values in outputs.items()}))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def losses(found: Truth, outputs: Outputs) -> dict[str, np.ndarray]:
    """(rows,) of each loss that a test compares: `qlike` of the whole horizon, `pinball` in percent, `price` error as
    a share of the last close, `direction` as the share of days ahead on the wrong side."""
    return _by_row(_losses, found, outputs)


def _losses(found: Truth, outputs: Outputs) -> dict[str, np.ndarray]:
    quantiles, rise, up = outputs[QUANTILES], outputs[DIRECTION], found.returns > 0
    wrong = np.where(rise == 0.5, 0.5, (rise > 0.5) != up)
    return {
        "qlike": qlike(found.variance[:, -1], outputs[VOLATILITY][:, -1] ** 2),
        "pinball": pinball(found.returns, quantiles, LEVELS)[..., EVEN].mean(axis=(1, 2)),
        "price": np.abs(_price_error(found.returns, quantiles[..., MEDIAN])).mean(axis=1),
        "direction": wrong.mean(axis=1),
    }


def score(preprocessor: StockPreprocessor, examples: Examples, outputs: Outputs) -> dict[str, float]:
    """`loss` (the training loss's parts of volatility and quantiles), `qlike` and `pinball`, without intervals."""
    each = _by_row(_scores, truth(preprocessor, examples), outputs)
    return {name: float(values.mean()) for name, values in each.items()}


def _scores(found: Truth, outputs: Outputs) -> dict[str, np.ndarray]:
    each, variance = _losses(found, outputs), outputs[VOLATILITY] ** 2
    units = np.sqrt(variance * np.arange(1, variance.shape[1] + 1))
    standard = pinball(found.returns / units, outputs[QUANTILES] / units[..., None], LEVELS)
    return {
        "loss": qlike(found.variance, variance).mean(axis=1) + standard.mean(axis=(1, 2)),
        "qlike": each["qlike"],
        "pinball": each["pinball"] / 100,
    }


def evaluate(preprocessor: StockPreprocessor, examples: Examples, outputs: Outputs) -> Metrics:
    """Every metric with its 95% block bootstrap interval over days; fractions, means over the days ahead.

    `mase` divides errors of log prices by the mean absolute daily log return of the training split (Hyndman and
    Koehler 2006); `relative_mae` and `relative_rmse` divide price errors (as shares of the last close, so that tickers
    count alike) by those of the unchanged price on the same days; `rmse` is that of log returns; `qlike` and
    `volatility_rmse` are of the mean variance of the whole horizon; `pinball` is the mean over the levels 0.05 to 0.95.
    """
    found = truth(preprocessor, examples)
    each, one = _by_row(_errors, found, outputs), np.ones(len(examples))
    parts = {
        **{name: (values, one) for name, values in each.items() if not name.startswith("naive_")},
        "mase": (each["mase"] / preprocessor.naive_of(found.names), one),
        "relative_mae": (each["relative_mae"], each["naive_absolute"]),
        "relative_rmse": (each["relative_rmse"], each["naive_square"]),
    }
    return ratio_metrics(parts, found.dates, max(RUN_PERIODS, 2 * preprocessor.horizon), _ROOTS)


def _errors(found: Truth, outputs: Outputs) -> dict[str, np.ndarray]:
    """The numerators of `evaluate`'s metrics, in its order, and the unchanged price's errors."""
    each, quantiles = _losses(found, outputs), outputs[QUANTILES]
    gap = np.abs(found.returns - quantiles[..., MEDIAN])
    error, naive = _price_error(found.returns, quantiles[..., MEDIAN]), _price_error(found.returns, 0 * gap)
    volatility_gap = np.sqrt(found.variance[:, -1]) - outputs[VOLATILITY][:, -1]
    return {
        "qlike": each["qlike"],
        "volatility_rmse": volatility_gap**2 / 1e4,
        "pinball": each["pinball"] / 100,
        "crps": crps(found.returns, quantiles, LEVELS).mean(axis=1) / 100,
        **{
            f"coverage_{round(100 * share)}": covered(found.returns, quantiles, LEVELS, share).mean(axis=1)
            for share in INTERVALS
        },
        "mase": gap.mean(axis=1),
        "relative_mae": np.abs(error).mean(axis=1),
        "relative_rmse": (error**2).mean(axis=1),
        "rmse": (gap**2).mean(axis=1) / 1e4,
        "directional_accuracy": 1 - each["direction"],
        "naive_absolute": np.abs(naive).mean(axis=1),
        "naive_square": (naive**2).mean(axis=1),
    }


def compare(preprocessor: StockPreprocessor, examples: Examples, outputs: Outputs, others: Outputs) -> Comparison:
    """The Diebold-Mariano test of the volatility forecasts' QLIKE."""
    found = truth(preprocessor, examples)
    first, second = losses(found, outputs)["qlike"], losses(found, others)["qlike"]
    return diebold_mariano("qlike", first, second, found.dates, preprocessor.horizon)


def predict(preprocessor: StockPreprocessor, inputs: Sequence[Window], outputs: Outputs) -> list[Answer]:
    """One answer per ticker: prices, volatility and the chance of a rise for each of the next days."""
    return DECODER.answers(inputs, outputs)


def prediction_rows(preprocessor: StockPreprocessor, examples: Examples, outputs: Outputs) -> list[list[Any]]:
    """Header, then one row per example: what was known, what was forecast for the whole horizon, what came."""
    found = truth(preprocessor, examples)
    end = f"in_{preprocessor.horizon}_days"
    header = ["ticker", "last_date", "last_close", f"date_{end}", f"return_{end}", f"volatility_{end}",
              "forecast_volatility", "probability_of_a_rise", *(f"quantile_{level:g}" for level in LEVELS)]  # fmt: skip
    rows: list[list[Any]] = [header]
    last_dates: Sequence[Any] = [examples.targets[row].dates[-1] for row in range(len(examples))]
    for row in range(len(examples)):
        numbers = [found.returns[row, -1] / 100, np.sqrt(found.variance[row, -1]) / 100,
                   outputs[VOLATILITY][row, -1] / 100, outputs[DIRECTION][row, -1],
                   *(outputs[QUANTILES][row, -1] / 100)]  # fmt: skip
        known = [found.names[row], found.dates[row], f"{found.last[row]:.6g}", last_dates[row]]
        rows.append([*known, *(f"{number:.6f}" for number in numbers)])
    return rows


def _price_error(returns: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """Forecast price minus price, as a share of the last close; log returns in percent in."""
    return np.asarray(np.expm1(forecast / 100) - np.expm1(returns / 100))
