"""A user's mistake is one line on standard error and exit status 2."""

from dataclasses import replace

import numpy as np
import pytest

from apps.__main__ import main
from apps.stock import sample


def run(capsys, *arguments):
    assert main(list(arguments)) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    return error


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["2020-01-02,10", "2020-01-03,11"], "a ticker with at least 102 daily rows"),
        (["2020-01-02,10", "2020-01-03,x"], "prices.csv:3: column Close: expected a number, found 'x'"),
        (["2020-01-02,10", "2020-01-03,-4"], "prices.csv:3: column Close: expected a price"),
        (["2020-01-02,10", "03.01.2020,11"], "prices.csv:3: expected a date like"),
        (["2020-01-02,10", "2020-01-03,10"], "that move, found 10 in all 2 rows"),
        (["2020-01-02,", "2020-01-03,"], "expected closing prices of PRICES, found none"),
    ],
)
def test_bad_rows(csv, capsys, rows, message):
    path = csv("\n".join(["Date,Close", *rows]) + "\n")
    assert message in run(capsys, "data", "stock", "--data", path)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--start", "1.1.2000"], "--start: expected a date such as"),
        (["--start", "2090-01-01"], "--start 2090-01-01: expected rows from that day on"),
        (["--test-from", "2010-02-01"], "expected dates for a train split"),
        (["--test-from", "2014-01-01", "--validation-from", "2014-01-01"], "--validation-from: expected a date before"),
        (["--data", "yahoo:AAPL"], "--download"),
        (["--data", "nowhere.csv"], "cannot read nowhere.csv"),
        (["--window", "900", "--sample-days", "900"], "a shorter --window"),
    ],
)
def test_bad_flags(capsys, flags, message):
    assert message in run(capsys, "data", "stock", *flags)


def test_a_ticker_with_a_hole_is_read_around_it(write, tmp_path, capsys):
    (prices,) = sample.generate(1, 700, seed=0)
    kept = np.r_[0:400, 440:700]
    columns = {
        name: getattr(prices, name)[kept] for name in ("dates", "open", "high", "low", "close", "volume", "adjusted")
    }
    folder = write(tmp_path / "gap", [replace(prices, **columns)])
    assert main(["data", "stock", "--data", str(folder), "--window", "16"]) == 0
    out = capsys.readouterr().out
    assert "1 gaps of more than 10 days: kept; no window crosses one of more than 30 days" in out
    assert "decisions from" in out


def test_a_ticker_too_short_for_a_window_is_named_beside_a_long_one(write, tmp_path, capsys):
    (long,) = sample.generate(1, 400, seed=0)
    (short,) = sample.generate(1, 60, seed=1)
    folder = write(tmp_path / "two", [long, replace(short, name="YOUNG")])
    assert main(["data", "stock", "--data", str(folder)]) == 0
    assert "no decision for tickers of fewer than 102 rows: YOUNG" in capsys.readouterr().out
