"""Windows of prices to scaled features, with NumPy alone; what is fitted sees the training split only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from apps.stock.config import StockConfig
from apps.stock.features import WARM_UP, ahead, feature_names, features, returns
from apps.stock.outputs import LEVELS
from apps.stock.source import MARKET_VARIANCE
from common.data.ragged import Arrays
from common.data.series import Window
from common.data.splits import Examples
from common.errors import UserError
from common.files import read_json, write_json
from common.preprocessing.scaler import StandardScaler

SPECIFICATION = "preprocess.json"
FEATURES, TICKER = "features", "ticker"
_CHUNK = 1024  # windows encoded at a time
_RIDGE = 1e-3  # of the log-HAR regression that the model starts from, times the number of rows


@dataclass(frozen=True)
class StockPreprocessor:
    """Encodes windows of prices.

    Attributes:
        timesteps: feature rows per window; a window needs `WARM_UP` rows more.
        horizon: days ahead.
        measure: what a day's variance is.
        market: whether the panel's columns are read.
        tickers: names of the training series, in order.
        naive: the mean absolute daily return of each of them on training rows, in percent (the scale of MASE).
        scaler: of the features.
        embedded: whether the model takes the ticker's number.
        fitted: what only training starts from: `regression`, (features + 1, horizon), the constant first; `quantiles`,
            (horizon, levels), of training returns in units of its volatility; `rises`, (horizon,), the share of rises.
    """

    timesteps: int
    horizon: int
    measure: str
    market: bool
    tickers: tuple[str, ...]
    naive: tuple[float, ...]
    scaler: StandardScaler
    embedded: bool = False
    fitted: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The features in order."""
        return feature_names(self.market)

    @property
    def rows(self) -> int:
        """Rows of prices that a window needs."""
        return self.timesteps + WARM_UP

    def encode(self, inputs: Sequence[Window]) -> Arrays:
        """`features`: (rows, timesteps, features) float32 of each window's last rows; `ticker`: (rows,) int32 if used.

        Raises:
            UserError: a window has too few rows, or lacks the market's columns.
        """
        encoded = np.empty((len(inputs), self.timesteps, len(self.names)), np.float32)
        for start, values in _chunks(inputs, self.rows, self.market):
            encoded[start : start + len(values)] = self.scaler(features(values, self.market, self.measure))
        arrays: Arrays = {FEATURES: encoded}
        if self.embedded:
            number = {name: position for position, name in enumerate(self.tickers, 1)}  # 0 is a ticker never seen
            arrays[TICKER] = np.array([number.get(window.name, 0) for window in inputs], np.int32)
        return arrays

    def encode_training(self, examples: Examples) -> Arrays:
        """Those of `encode`."""
        return self.encode(examples.inputs)

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

    def specification(self) -> dict[str, Any]:
        """What a reader in another language needs to encode as this class does (`apps/stock/features.py`)."""
        return {
            "kind": "daily_prices",
            "timesteps": self.timesteps,
            "warm_up_rows": WARM_UP,
            "horizon": self.horizon,
            "measure": self.measure,
            "market": self.market,
            "features": list(self.names),
            "scaler": self.scaler.to_json(),
            "tickers": list(self.tickers),
            "naive_percent": list(self.naive),
            "embedded": self.embedded,
        }

    def save(self, folder: Path) -> None:
        """Writes preprocess.json."""
        write_json(folder / SPECIFICATION, self.specification())


def load_preprocessor(folder: Path, fitted: Mapping[str, np.ndarray]) -> StockPreprocessor:
    """Reads what `save` wrote.

    Raises:
        UserError: the file is missing or not of this version.
    """
    path = folder / SPECIFICATION
    values = read_json(path)
    try:
        found = StockPreprocessor(
            timesteps=int(values["timesteps"]),
            horizon=int(values["horizon"]),
            measure=str(values["measure"]),
            market=bool(values["market"]),
            tickers=tuple(values["tickers"]),
            naive=tuple(map(float, values["naive_percent"])),
            scaler=StandardScaler.from_json(values["scaler"]),
            embedded=bool(values["embedded"]),
            fitted=fitted,
        )
        if tuple(values["features"]) != found.names or len(found.scaler.mean) != len(found.names):
            raise ValueError("another list of features")
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: expected a specification of daily prices, found an error: {error!r}; restore it or train again"
        ) from error
    return found


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
    chunks = [values for _, values in _chunks(train.inputs, WARM_UP + 1, market)]
    last = np.concatenate([features(values, market, config.measure)[:, 0] for values in chunks])  # (rows, features)
    moves = np.abs(np.concatenate([returns(values[:, -1]) for values in chunks]))
    names = np.array([window.name for window in train.inputs])
    tickers = tuple(label for label in labels if (names == label).any())
    naive = tuple(float(moves[names == ticker].mean()) for ticker in tickers)
    scaler = StandardScaler.fit(last)
    past_returns, variances = targets_of(train.targets, config.measure)
    regression = log_regression(scaler(last), variances)
    fitted = {"regression": regression, **standard_returns(scaler(last), past_returns, regression)}
    return StockPreprocessor(
        config.window, config.horizon, config.measure, market, tickers, naive, scaler, config.ticker_embedding > 0,
        fitted,
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
    """`quantiles` (horizon, levels) of returns in units of the regression's volatility, `rises` (horizon,) their share.

    Args:
        regressors: (rows, features).
        past_returns: (rows, horizon) in percent.
        regression: what `log_regression` gave.
    """
    log_variance = regression[0] + regressors @ regression[1:]
    units = past_returns / (np.exp(log_variance / 2) * np.sqrt(np.arange(1, past_returns.shape[1] + 1)))
    quantiles = np.quantile(units, LEVELS, axis=0).T
    return {"quantiles": quantiles.astype(np.float32), "rises": (past_returns > 0).mean(axis=0).astype(np.float32)}


def targets_of(targets: Sequence[Window], measure: str) -> tuple[np.ndarray, np.ndarray]:
    """(rows, horizon) log returns in percent and (rows, horizon) mean variances of the windows after the decisions."""
    return ahead(np.stack([window.values for window in targets]), measure)


def _chunks(inputs: Sequence[Window], rows: int, market: bool) -> Iterator[tuple[int, np.ndarray]]:
    """(first index, (n, rows, columns) values) of the last rows of the windows."""
    for start in range(0, len(inputs), _CHUNK):
        part = [inputs[index] for index in range(start, min(start + _CHUNK, len(inputs)))]
        for window in part:
            if len(window.values) < rows:
                raise UserError(
                    f"{window.name}: expected at least {rows} daily rows, found {len(window.values)}; "
                    "give a longer history"
                )
            if market and window.values.shape[1] <= MARKET_VARIANCE:
                raise UserError(
                    f"{window.name}: expected the prices of a panel, because the model reads the market's means, found "
                    "one ticker alone; give a folder or a file with all tickers, or train with --no-market"
                )
        yield start, np.stack([window.values[-rows:] for window in part])
