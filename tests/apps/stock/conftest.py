"""A small configuration, and prices written as people have them; fixtures return functions."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from apps.stock import sample
from apps.stock.config import StockConfig
from common.data.prices.rows import Prices


@pytest.fixture
def small() -> StockConfig:
    """A configuration whose training takes about a second."""
    return StockConfig(
        sample_days=600, sample_tickers=3, window=8, horizon=3, epochs=1, batch_size=64, units=3, ensemble=1, ema=0.0
    )


def _write(folder: Path, tickers: Sequence[Prices]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for prices in tickers:
        lines = ["Date,Open,High,Low,Close,Volume"]
        for row, date in enumerate(prices.dates):
            numbers = (getattr(prices, column)[row] for column in ("open", "high", "low", "close", "volume"))
            lines.append(",".join([str(date), *(repr(float(number)) for number in numbers)]))
        (folder / f"{prices.name}.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def write() -> Callable[[Path, Sequence[Prices]], Path]:
    """Writes a Yahoo file per ticker into a folder, to the last bit, and returns the folder."""
    return _write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three simulated tickers of 400 days."""
    return _write(tmp_path / "prices", sample.generate(3, 400, seed=1))


@pytest.fixture
def csv(tmp_path: Path) -> Callable[[str], str]:
    """Writes a text into a file and returns its path."""

    def put(text: str, name: str = "prices.csv") -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return put
