"""Windows of prices to scaled features, with NumPy alone; what is fitted sees the training split only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from apps.stock.config import StockConfig
from apps.stock.outputs import LEVELS
from common.data.prices.histories import Reading
from common.data.prices.rows import MARKET_VARIANCE
from common.data.ragged import Arrays, in_parts
from common.data.series import Window
from common.data.splits import Examples
from common.files import read_json, write_json
from common.preprocessing import specification as spec
from common.preprocessing.price_encoder import PriceEncoder, chunks
from common.preprocessing.price_features import WARM_UP, ahead, features, returns
from common.preprocessing.scaler import StandardScaler

SPECIFICATION = "preprocess.json"
_RIDGE = 1e-3  # of the log-HAR regression that the model starts from, times the number of rows


@dataclass(frozen=True)
class StockPreprocessor(PriceEncoder):
    """Encodes windows of prices for the model and for training.

    Attributes:
        naive: the mean absolute daily return of each ticker on training rows, in percent (the scale of MASE).
        fitted: what only training starts from: `regression`, (features + 1, horizon), the constant first; `medians`,
            (horizon,), of training returns in percent; `quantiles`, (horizon, levels), of what lies beside them in
            units of the regression's volatility; `rises`, (horizon,), the share of rises.
    """

    naive: tuple[float, ...] = ()
    fitted: Mapping[str, np.ndarray] = field(default_factory=dict)

    def encode_training(self, examples: Examples) -> Iterator[Arrays]:
        """Those of `encode`."""
        return in_parts(self.encode, examples.inputs)

    def encode_targets(self, targets: Sequence[Window]) -> np.ndarray:
        """(rows, 2, horizon) float32: log returns up to each day in percent, and mean variances in percent squared."""
        return np.stack(targets_of(targets, self.measure), axis=1).astype(np.float32)

    def naive_of(self, names: Iterable[str]) -> np.ndarray:
        """(names,) the scale of MASE of each ticker; of one never seen the mean."""
        known = dict(zip(self.tickers, self.naive, strict=True))
        mean = float(np.mean(self.naive))
        return np.array([known.get(name, mean) for name in names])

    def fitted_arrays(self) -> dict[str, np.ndarray]:
        """The regression that the volatility starts from."""
        return dict(self.fitted)

    def save(self, folder: Path) -> None:
        """Writes preprocess.json."""
        write_json(folder / SPECIFICATION, {**self.specification(), "naive_percent": list(self.naive)})


def load_preprocessor(folder: Path, fitted: Mapping[str, np.ndarray]) -> StockPreprocessor:
    """Reads what `save` wrote.

    Raises:
        UserError: the file is missing or not of this version.
    """
    path = folder / SPECIFICATION
    values = read_json(path)

    def made() -> StockPreprocessor:
        encoder, naive = PriceEncoder.from_specification(values), spec.numbers(values, "naive_percent", 0)
        return StockPreprocessor(**vars(encoder), naive=naive, fitted=fitted)

    return spec.read_as(str(path), "a specification of daily prices", made)


def fit_preprocessor(
    config: StockConfig, train: Examples, unlabelled: Sequence[Any], labels: Sequence[str]
) -> StockPreprocessor:
    """Fits the scaler, the scales of MASE and the log-HAR regression to start from, on training rows only.

    Args:
        config: sizes and choices.
        train: the training split.
        unlabelled: not used.
        labels: the tickers.
    """
    market = config.market and train.inputs[0].values.shape[1] > MARKET_VARIANCE
    parts = [
        (features(values, market, config.measure)[:, 0], returns(values[:, -1]))
        for _, values in chunks(train.inputs, WARM_UP + 1, market)
    ]
    last, moves = (np.concatenate(column) for column in zip(*parts, strict=True))  # (rows, features), (rows,)
    moves = np.abs(moves)
    names = np.array([window.name for window in train.inputs])
    tickers = tuple(label for label in labels if (names == label).any())
    naive = tuple(float(moves[names == ticker].mean()) for ticker in tickers)
    scaler = StandardScaler.fit(last)
    past_returns, variances = targets_of(train.targets, config.measure)
    regression = log_regression(scaler(last), variances)
    fitted = {"regression": regression, **standard_returns(scaler(last), past_returns, regression)}
    reading = Reading(
        config.date_column, config.price_column, config.date_format, config.adjust_splits, market, config.measure
    )
    return StockPreprocessor(
        config.window, config.horizon, config.measure, market, tickers, scaler, config.ticker_embedding > 0, reading,
        naive, fitted,
    )  # fmt: skip


def log_regression(regressors: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Ridge regression of log variances, its constant then set so that QLIKE is least on these rows.

    Args:
        regressors: (rows, features).
        variances: (rows, horizon), above zero.

    Returns:
        (features + 1, horizon) float32, the constant first: log variance = constant + regressors @ rest.
    """
    design = np.column_stack([np.ones(len(regressors)), np.asarray(regressors, np.float64)])
    penalty = _RIDGE * len(design) * np.eye(design.shape[1])
    penalty[0, 0] = 0
    solution = np.linalg.solve(design.T @ design + penalty, design.T @ np.log(variances))
    solution[0] += np.log(np.mean(variances / np.exp(design @ solution), axis=0))
    return solution.astype(np.float32)


def standard_returns(regressors: np.ndarray, past_returns: np.ndarray, regression: np.ndarray) -> dict[str, np.ndarray]:
    """The `medians`, `quantiles` and `rises` that a preprocessor holds as fitted.

    Args:
        regressors: (rows, features).
        past_returns: (rows, horizon) in percent.
        regression: what `log_regression` gave.
    """
    log_variance = regression[0] + regressors @ regression[1:]
    medians = np.median(past_returns, axis=0)
    units = (past_returns - medians) / (np.exp(log_variance / 2) * np.sqrt(np.arange(1, past_returns.shape[1] + 1)))
    found = {
        "medians": medians,
        "quantiles": np.quantile(units, LEVELS, axis=0).T,
        "rises": (past_returns > 0).mean(axis=0),
    }
    return {name: values.astype(np.float32) for name, values in found.items()}


def targets_of(targets: Sequence[Window], measure: str) -> tuple[np.ndarray, np.ndarray]:
    """(rows, horizon) log returns in percent and (rows, horizon) mean variances of the windows after the decisions."""
    horizon = len(targets[0].values) if len(targets) else 0
    found = [(np.empty((0, horizon)), np.empty((0, horizon)))]
    found += [ahead(values, measure) for _, values in chunks(targets, horizon, market=False)]
    past_returns, variances = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return past_returns, variances
