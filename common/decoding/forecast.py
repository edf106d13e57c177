"""Quantiles of returns, volatility and the probability of a rise to a forecast in prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.app import Answer, Outputs
from common.data.prices.rows import CLOSE
from common.data.series import Window
from common.preprocessing import specification as spec

KIND = "quantiles"
_SHOWN = (0.1, 0.5, 0.9)  # levels of the line for people


@dataclass(frozen=True)
class Quantiles:
    """Reads the three outputs of a forecaster, (rows, horizon, levels) and twice (rows, horizon).

    Attributes:
        output: quantiles of the log return from the last close to each day, in percent.
        levels: their levels, rising.
        volatility: root of the mean daily variance up to each day, percent a day.
        direction: the probability that the price of that day lies above the last close.
    """

    output: str
    levels: tuple[float, ...]
    volatility: str
    direction: str

    def answers(self, inputs: Sequence[Window], outputs: Outputs) -> list[Answer]:
        """One answer per ticker: prices, volatility and the chance of a rise for each of the next days."""
        low, median, high = (self.levels.index(level) for level in _SHOWN)
        answers = []
        for row, window in enumerate(inputs):
            last, day = float(window.values[-1, CLOSE]), window.dates[-1]
            prices = last * np.exp(np.asarray(outputs[self.output][row], np.float64) / 100)  # (horizon, levels)
            volatility, rises = outputs[self.volatility][row], outputs[self.direction][row]
            days = [
                {
                    "days_ahead": step + 1,
                    "median_price": _short(prices[step, median]),
                    "price_quantiles": {
                        f"{level:g}": _short(price) for level, price in zip(self.levels, prices[step], strict=True)
                    },
                    "volatility_percent_a_day": _short(volatility[step]),
                    "probability_of_a_rise": _short(rises[step]),
                }
                for step in range(len(prices))
            ]
            record = {"ticker": window.name, "last_date": str(day), "last_close": _short(last), "forecast": days}
            end = prices[-1]
            text = (
                f"{window.name} after {day} (close {last:.6g}): in {len(prices)} trading days {end[median]:.6g}, 80% "
                f"between {end[low]:.6g} and {end[high]:.6g}; volatility {volatility[-1]:.2f}% a day; "
                f"probability of a rise {rises[-1]:.2f}"
            )
            answers.append(Answer(text, record))
        return answers

    def to_json(self) -> dict[str, Any]:
        """What decoder.json says of it, the way from returns to prices in words and as a formula."""
        return {
            "kind": KIND,
            "output": self.output,
            "levels": list(self.levels),
            "volatility": self.volatility,
            "direction": self.direction,
            "price": "last_close * exp(quantile / 100)",
            "units": {
                self.output: "percent log return from the last close to the close of each day, a column a level",
                self.volatility: "percent a day, root of the mean daily variance up to each day",
                self.direction: "probability that the close of that day lies above the last close",
            },
            "significant_digits": 6,
        }

    @classmethod
    def from_json(cls, values: Any, shapes: Mapping[str, tuple[int, ...]]) -> Quantiles:
        """What `to_json` gave.

        Args:
            values: JSON.
            shapes: output name -> shape with the batch axis, of the model.

        Raises:
            ValueError: something else, or outputs that the model does not have.
        """
        spec.text(values, "kind", KIND)
        output, levels = spec.text(values, "output", *shapes), spec.numbers(values, "levels", 0, 1)
        names = [spec.text(values, name, *shapes) for name in ("volatility", "direction")]
        if list(levels) != sorted(set(levels)) or not set(_SHOWN) <= set(levels):
            raise ValueError(f"levels: expected rising numbers with 0.1, 0.5 and 0.9, found {list(levels)[:30]}")
        shape = shapes[output]
        if len(shape) != 3 or shape[2] != len(levels) or any(shapes[name] != shape[:2] for name in names):
            raise ValueError(f"expected outputs (1, days, {len(levels)}) and (1, days), found {dict(shapes)}")
        return cls(output, levels, names[0], names[1])


def _short(value: Any) -> float:
    return float(f"{float(value):.6g}")
