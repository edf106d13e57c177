"""Windows of prices to scaled features: what training and every device do alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from common.app import InputSpec
from common.data.prices.histories import Reading, parse_histories, read_histories
from common.data.prices.rows import MARKET_VARIANCE
from common.data.ragged import Arrays
from common.data.series import Window
from common.errors import UserError
from common.preprocessing import specification as spec
from common.preprocessing.price_features import WARM_UP, feature_names, features
from common.preprocessing.scaler import StandardScaler

KIND = "daily_prices"
FEATURES, TICKER = "features", "ticker"
_CHUNK = 1024  # windows encoded at a time
_READING = {"date_column": "", "price_column": "", "date_format": "", "adjust_splits": True}


@dataclass(frozen=True)
class PriceEncoder:
    """Encodes windows of prices.

    Attributes:
        timesteps: feature rows per window; a window needs `WARM_UP` rows more.
        horizon: days ahead.
        measure: what a day's variance is.
        market: whether the panel's columns are read.
        tickers: names of the training series, in order.
        scaler: of the features.
        embedded: whether the model takes the ticker's number.
        reading: how files are read.
    """

    timesteps: int
    horizon: int
    measure: str
    market: bool
    tickers: tuple[str, ...]
    scaler: StandardScaler
    embedded: bool = False
    reading: Reading = field(default_factory=Reading)

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
        for start, values in chunks(inputs, self.rows, self.market):
            encoded[start : start + len(values)] = self.scaler(features(values, self.market, self.measure))
        arrays: Arrays = {FEATURES: encoded}
        if self.embedded:
            number = {name: position for position, name in enumerate(self.tickers, 1)}  # 0 is a ticker never seen
            arrays[TICKER] = np.array([number.get(window.name, 0) for window in inputs], np.int32)
        return arrays

    def inputs(self) -> dict[str, InputSpec]:
        """The model's inputs."""
        found = {FEATURES: InputSpec((self.timesteps, len(self.names)), "float32")}
        return {**found, TICKER: InputSpec((), "int32")} if self.embedded else found

    def read_inputs(self, text: str, single: bool) -> list[Window]:
        """The history of every ticker in the text of a CSV file; see `parse_histories`."""
        return parse_histories(self.reading, text, single)

    def read_path(self, path: Path) -> list[Window]:
        """The history of every ticker in a file or folder, read as the run's data was; see `read_histories`."""
        return read_histories(self.reading, path)

    def from_json(self, raw: Any) -> Window:
        """A window as test vectors hold it.

        Raises:
            ValueError: something else.
        """
        days = np.array([int(day) for day in spec.numbers(raw, "day_numbers", -1e6, 1e7)], np.int64)
        values = np.array([spec.numbers({"values": row}, "values") for row in spec.items(raw, "values")], np.float64)
        if values.ndim != 2 or len(values) != len(days) or values.shape[1] < MARKET_VARIANCE:
            raise ValueError(f"values: expected rows of {MARKET_VARIANCE} and more numbers, a row a day, found others")
        return Window(spec.text(raw, "name"), days, values)

    def specification(self) -> dict[str, Any]:
        """What a reader in another language needs to encode as this class does (`price_features.py`)."""
        return {
            "kind": KIND,
            "timesteps": self.timesteps,
            "warm_up_rows": WARM_UP,
            "horizon": self.horizon,
            "measure": self.measure,
            "market": self.market,
            "features": list(self.names),
            "scaler": self.scaler.to_json(),
            "tickers": list(self.tickers),
            "embedded": self.embedded,
            "reading": {name: getattr(self.reading, name) for name in _READING},
        }

    @classmethod
    def from_specification(cls, values: Any) -> PriceEncoder:
        """The encoder of a specification.

        Raises:
            ValueError: the specification is not one of daily prices, or of other features.
        """
        spec.text(values, "kind", KIND)
        market, measure = spec.flag(values, "market"), spec.text(values, "measure", "garman_klass", "close_to_close")
        scaler = StandardScaler.from_json(spec.field(values, "scaler"))
        if spec.texts(values, "features") != feature_names(market) or len(scaler.mean) != len(feature_names(market)):
            raise ValueError("features: expected those of this version, found another list")
        columns = values.get("reading", _READING)  # runs of before do not name it
        return cls(
            timesteps=spec.whole(values, "timesteps", 1, spec.LONGEST),
            horizon=spec.whole(values, "horizon", 1, spec.LONGEST),
            measure=measure,
            market=market,
            tickers=spec.texts(values, "tickers"),
            scaler=scaler,
            embedded=spec.flag(values, "embedded"),
            reading=Reading(
                date_column=spec.text(columns, "date_column"),
                price_column=spec.text(columns, "price_column"),
                date_format=spec.text(columns, "date_format"),
                adjust_splits=spec.flag(columns, "adjust_splits"),
                market=market,
                measure=measure,
            ),
        )


def chunks(inputs: Sequence[Window], rows: int, market: bool) -> Iterator[tuple[int, np.ndarray]]:
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
