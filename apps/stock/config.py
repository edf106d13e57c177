"""What a user can set for stock forecasting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from common.config import Search, Setting, TrainingConfig


@dataclass(frozen=True)
class StockConfig(TrainingConfig):
    """Fields of `unroll train stock`; the defaults are for daily prices of some years, one ticker or a panel."""

    epochs: Annotated[int, Setting("passes over the training split at the most", unit="epochs", low=1)] = 6
    batch_size: Annotated[int, Setting("examples per step", unit="examples", low=1, search=(64, 128, 256))] = 128
    learning_rate: Annotated[
        float, Setting("peak learning rate of AdamW", low=1e-8, high=10, search=Search(3e-4, 1e-2, log=True))
    ] = 1e-3
    ema: Annotated[float, Setting("decay per step of the averaged weights; 0 turns it off", low=0, high=0.99999)] = 0.99

    date_column: Annotated[str, Setting("name of the date column, when it is not detected")] = ""
    price_column: Annotated[str, Setting("name of the price column; opens, highs and lows are then not read")] = ""
    date_format: Annotated[str, Setting("how dates are written, as %d/%m/%Y, when it is not detected")] = ""
    adjust_splits: Annotated[bool, Setting("undo splits that show as jumps, where there is no adjusted close")] = True
    start: Annotated[str, Setting("earlier rows are not read, as 1990-01-01")] = ""
    validation_from: Annotated[str, Setting("first date of validation, as 2014-01-01")] = ""
    test_from: Annotated[str, Setting("first date of test, as 2016-01-01")] = ""
    validation_fraction: Annotated[
        float, Setting("share of the dates before test, where no date is given", low=0.02, high=0.4)
    ] = 0.15
    test_fraction: Annotated[float, Setting("share of the last dates, where no date is given", low=0.02, high=0.4)] = (
        0.15
    )
    sample_days: Annotated[int, Setting("rows of each synthetic ticker", unit="days", low=300, high=20_000)] = 1500
    sample_tickers: Annotated[int, Setting("synthetic tickers", low=1, high=200)] = 4
    download: Annotated[bool, Setting("let `yahoo:TICKER,TICKER` ask Yahoo (the extra `yahoo`)")] = False

    horizon: Annotated[int, Setting("days ahead", unit="trading days", low=1, high=60)] = 5
    window: Annotated[
        int, Setting("days the network reads; 65 more before them make its features", unit="days", low=4, high=1000)
    ] = 32
    measure: Annotated[
        Literal["garman_klass", "close_to_close"],
        Setting("what a day's variance is; days with one price have their squared return either way"),
    ] = "garman_klass"
    market: Annotated[bool, Setting("add the panel's mean variance and return, with 3 tickers or more")] = True
    ticker_embedding: Annotated[int, Setting("size of a vector per ticker; 0 leaves it out", low=0, high=64)] = 0

    cell: Annotated[
        Literal["simple_rnn", "lstm", "gru", "min_gru"], Setting("recurrent cell", search=("lstm", "gru"))
    ] = "gru"
    units: Annotated[int, Setting("size of the state", low=1, high=512, search=Search(8, 64, log=True))] = 16
    layers: Annotated[int, Setting("recurrent layers on each other", low=1, high=4, search=Search(1, 2))] = 1
    ensemble: Annotated[int, Setting("networks of different seeds inside the one model", low=1, high=10)] = 3
    dropout: Annotated[
        float, Setting("share of the state dropped in training", low=0, high=0.9, search=Search(0, 0.5))
    ] = 0.3
    distribution: Annotated[Literal["quantiles", "student_t"], Setting("free quantiles, or those of Student's t")] = (
        "quantiles"
    )
    pinball_weight: Annotated[float, Setting("of the quantiles' loss beside the volatility's", low=0, high=100)] = 1.0
    direction_weight: Annotated[float, Setting("of the direction's loss beside the volatility's", low=0, high=100)] = (
        0.1
    )


CONFIG = StockConfig
