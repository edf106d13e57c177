"""Yahoo is asked only with leave, and what goes wrong there is told in a line."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from apps.stock.download import download
from common.errors import UserError


class Frame(dict):
    """As much of a data frame as is read."""

    def __init__(self, index, **columns):
        super().__init__(columns)
        self.index = index

    def __len__(self):
        return len(self.index)


class YFRateLimitError(Exception):
    """As yfinance names it."""


def install(monkeypatch, answer):
    def history(**_):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setitem(sys.modules, "yfinance", SimpleNamespace(Ticker=lambda name: SimpleNamespace(history=history)))


def test_nothing_is_asked_without_leave(monkeypatch):
    install(monkeypatch, AssertionError("asked"))
    with pytest.raises(UserError, match="add --download"):
        download("AAPL", "", False)


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(UserError, match=r"unroll\[yahoo\]"):
        download("AAPL", "", True)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (YFRateLimitError("Too many\nrequests"), "YFRateLimitError: Too many requests; Yahoo limits requests: wait"),
        (OSError("no route"), "OSError: no route; check the ticker and the network"),
        (Frame([]), "yahoo:AAPL: expected daily prices, found no rows; check the ticker"),
    ],
)
def test_trouble_is_told_in_a_line(monkeypatch, answer, message):
    install(monkeypatch, answer)
    with pytest.raises(UserError, match=message):
        download("AAPL", "", True)


def test_rows_become_prices(monkeypatch):
    frame = Frame(["2020-01-02 00:00:00-05:00", "2020-01-03 00:00:00-05:00"], Close=[10.0, 11.0], Volume=[1, 2])
    install(monkeypatch, frame)
    (found,) = download("AAPL", "", True)
    assert found.dates.astype(str).tolist() == ["2020-01-02", "2020-01-03"]
    assert found.close.tolist() == [10, 11]
    assert np.isnan(found.open).all()
