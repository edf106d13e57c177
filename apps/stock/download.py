"""Daily prices from Yahoo with yfinance: an extra, and only when asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from common.data.prices.rows import Prices
from common.errors import UserError

_COLUMNS = {"open": "Open", "high": "High", "low": "Low", "close": "Close", "adjusted": "Adj Close", "volume": "Volume"}
_FIRST = "1950-01-01"


def download(tickers: str, start: str, allowed: bool) -> list[Prices]:
    """Prices of comma-separated tickers.

    Args:
        tickers: as `AAPL,MSFT`.
        start: the first day, or empty for all there is.
        allowed: whether the user said `--download`.

    Raises:
        UserError: not allowed, yfinance is not installed, Yahoo refuses, or a ticker has no rows.
    """
    names = [name.strip() for name in tickers.split(",") if name.strip()]
    if not names:
        raise UserError("--data yahoo:: expected tickers such as yahoo:AAPL,MSFT, found none; name them")
    if not allowed:
        raise UserError(
            f"--data yahoo:{tickers}: expected leave to ask Yahoo, found none; add --download, or give a CSV file"
        )
    try:
        import yfinance
    except ImportError:
        raise UserError(
            "--data yahoo:: expected the package yfinance, found none; install the extra: pip install 'unroll[yahoo]'"
        ) from None
    return [_one(yfinance, name, start or _FIRST) for name in names]


def _one(yfinance: Any, name: str, start: str) -> Prices:
    try:
        frame = yfinance.Ticker(name).history(start=start, interval="1d", auto_adjust=False, raise_errors=True)
    except Exception as error:  # yfinance raises many types, requests' among them
        kind = type(error).__name__
        wait = "Yahoo limits requests: wait some minutes" if "RateLimit" in kind else "check the ticker and the network"
        message = " ".join(str(error).split())[:200]
        raise UserError(f"yahoo:{name}: expected daily prices, found {kind}: {message}; {wait}") from error
    if not len(frame) or "Close" not in frame:
        raise UserError(f"yahoo:{name}: expected daily prices, found no rows; check the ticker")
    days = np.array([str(day)[:10] for day in frame.index], "datetime64[D]")
    blank = np.full(len(frame), np.nan)
    columns = {
        kind: np.asarray(frame[column], np.float64) if column in frame else blank for kind, column in _COLUMNS.items()
    }
    return Prices(name, days, **columns, origins=[f"yahoo:{name}:{day}" for day in days])
