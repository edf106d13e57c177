"""Answers name the last row used, keep their order, and are prices."""

import json

import numpy as np
import pytest

from apps.__main__ import main
from apps.stock import sample
from apps.stock.outputs import LEVELS


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stock") / "run"
    flags = (
        "--sample-days 400 --sample-tickers 3 --window 8 --horizon 3 --epochs 1 --batch-size 64 --units 2 --ensemble 1"
    )
    assert main(["train", "stock", "--run-dir", str(folder), *flags.split()]) == 0
    return folder


def test_a_folder_gives_one_forecast_per_ticker_with_the_date_it_was_made(run, folder, capsys):
    capsys.readouterr()
    assert main(["predict", str(run), "--file", str(folder), "--json"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    tickers = sample.generate(3, 400, seed=1)
    assert [answer["ticker"] for answer in answers] == [one.name for one in tickers]
    for answer, prices in zip(answers, tickers, strict=True):
        assert answer["last_date"] == str(prices.dates[-1])
        assert answer["last_close"] == pytest.approx(prices.close[-1], rel=1e-5)
        assert [day["days_ahead"] for day in answer["forecast"]] == [1, 2, 3]
        for day in answer["forecast"]:
            quantiles = list(day["price_quantiles"].values())
            assert len(quantiles) == len(LEVELS)
            assert quantiles == sorted(quantiles)
            assert 0 <= day["probability_of_a_rise"] <= 1
        spans = [day["price_quantiles"]["0.95"] - day["price_quantiles"]["0.05"] for day in answer["forecast"]]
        assert np.all(np.diff(spans) > 0)


def test_a_panel_s_model_refuses_one_ticker_alone_and_a_short_history(run, folder, capsys):
    assert main(["predict", str(run), "--file", str(folder / "SIM00.csv")]) == 2
    assert "expected the prices of a panel" in capsys.readouterr().err
    for path in folder.iterdir():
        path.write_text("\n".join(path.read_text().splitlines()[:50]) + "\n")
    assert main(["predict", str(run), "--file", str(folder)]) == 2
    assert "SIM00: expected at least 73 daily rows, found 49" in capsys.readouterr().err


def test_a_text_is_no_price(run, capsys):
    assert main(["predict", str(run), "--text", "x"]) == 2
    assert "give a CSV file or a folder with --file" in capsys.readouterr().err
