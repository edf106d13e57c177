"""Answers for people and programs: prices of new days read, the distribution of the days after them told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from apps.stock.config import StockConfig
from apps.stock.data import from_prices, read
from apps.stock.formats import read_text_of
from apps.stock.outputs import DIRECTION, LEVELS, MEDIAN, QUANTILES, VOLATILITY
from apps.stock.preprocess import StockPreprocessor
from apps.stock.source import CLOSE
from common.app import Answer, Outputs
from common.data.series import Series, Window
from common.errors import UserError

_LOW, _HIGH = LEVELS.index(0.1), LEVELS.index(0.9)


def read_path(config: StockConfig, path: Path) -> list[Window]:
    """The whole history of every ticker in a file or folder, read as the run's data was.

    Raises:
        UserError: unreadable; file and line named.
    """
    return _histories(read(replace(config, start=""), str(path)).series)


def read_inputs(text: str, single: bool) -> list[Window]:
    """The history of every ticker in the text of a CSV file.

    Raises:
        UserError: the input was given as --text.
    """
    if single:
        raise UserError(
            "--text: expected daily prices in a file, found a text; give a CSV file or a folder with --file"
        )
    config = StockConfig()
    return _histories(from_prices(config, read_text_of(Path("standard input"), text, config)).series)


def predict(preprocessor: StockPreprocessor, inputs: Sequence[Window], outputs: Outputs) -> list[Answer]:
    """One answer per ticker: prices, volatility and the chance of a rise for each of the next days."""
    answers = []
    for row, window in enumerate(inputs):
        last, day = float(window.values[-1, CLOSE]), window.dates[-1]
        prices = last * np.exp(np.asarray(outputs[QUANTILES][row], np.float64) / 100)  # (horizon, levels)
        days = [
            {
                "days_ahead": step + 1,
                "median_price": _short(prices[step, MEDIAN]),
                "price_quantiles": {f"{level:g}": _short(p) for level, p in zip(LEVELS, prices[step], strict=True)},
                "volatility_percent_a_day": _short(outputs[VOLATILITY][row, step]),
                "probability_of_a_rise": _short(outputs[DIRECTION][row, step]),
            }
            for step in range(len(prices))
        ]
        record = {"ticker": window.name, "last_date": str(day), "last_close": _short(last), "forecast": days}
        end = prices[-1]
        text = (
            f"{window.name} after {day} (close {last:.6g}): in {len(prices)} trading days {end[MEDIAN]:.6g}, 80% "
            f"between {end[_LOW]:.6g} and {end[_HIGH]:.6g}; volatility {outputs[VOLATILITY][row, -1]:.2f}% a day; "
            f"probability of a rise {outputs[DIRECTION][row, -1]:.2f}"
        )
        answers.append(Answer(text, record))
    return answers


def _histories(series: Sequence[Series]) -> list[Window]:
    return [Window.of(one) for one in series]


def _short(value: Any) -> float:
    return float(f"{float(value):.6g}")
