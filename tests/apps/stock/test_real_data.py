"""The DJIA panel and the S&P 500 as people download them; skipped where UNROLL_DATA does not hold them."""

import os
from pathlib import Path

import numpy as np
import pytest

from apps.stock.config import StockConfig
from apps.stock.data import read
from common.data.prices.rows import KINDS
from common.preprocessing.price_features import realised_variance

ROOT = Path(os.environ.get("UNROLL_DATA", "/nonexistent")) / "stock"


def found(source):
    return {kind: [place for one in source.findings.values() for place in one.places.get(kind, ())] for kind in KINDS}


@pytest.mark.skipif(not (ROOT / "djia30_2006_2018").is_dir(), reason="UNROLL_DATA has no stock/djia30_2006_2018")
def test_the_djia_panel_is_cleaned_of_its_known_errors():
    source = read(StockConfig(), str(ROOT / "djia30_2006_2018"))
    assert len(source.series) == 31
    assert sum(map(len, source.series)) == 93_612
    places = found(source)
    lines = [place.split("/")[-1] for place in places["impossible opens, highs or lows"]]
    tickers = ["BA_2006-01-01_to_2018-01-01.csv:278", "CSCO_2006-01-01_to_2018-01-01.csv:685"]
    assert lines == [*tickers, "TRV_2006-01-01_to_2018-01-01.csv:612"]
    assert len(places["blank or zero opens, highs or lows"]) == 26
    assert max(realised_variance(one.values, "garman_klass").max() for one in source.series) < 2000


@pytest.mark.skipif(not (ROOT / "gspc_yahoo").is_dir(), reason="UNROLL_DATA has no stock/gspc_yahoo")
def test_the_index_is_read_from_1927_and_its_zero_opens_are_filled():
    source = read(StockConfig(), str(ROOT / "gspc_yahoo" / "^GSPC.csv"))
    (series,) = source.series
    assert (series.name, len(series), str(series.dates[0])) == ("^GSPC", 24_114, "1927-12-30")
    places = found(source)
    assert len(places["blank or zero opens, highs or lows"]) == 5075
    assert [kind for kind, where in places.items() if where] == [
        "blank or zero opens, highs or lows", "gaps of more than 10 days", "rows with one price",
    ]  # fmt: skip
    assert np.isfinite(realised_variance(series.values, "garman_klass")).all()
