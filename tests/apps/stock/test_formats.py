"""The forms in which people have daily prices are read alike."""

import numpy as np
import pytest

from apps.stock.config import StockConfig
from common.data.prices.files import read_path
from common.errors import UserError

ROWS = [("2020-01-02", 10.0, 12.0, 9.0, 11.0, 100.0), ("2020-01-03", 11.0, 11.5, 10.5, 11.25, 200.0)]


def read(path, **fields):
    from pathlib import Path

    return read_path(Path(path), StockConfig(**fields))


def lines(header, row):
    return "\n".join([header, *(row(*values) for values in ROWS)]) + "\n"


FORMS = {
    "yahoo": lines(
        "Date,Open,High,Low,Close,Adj Close,Volume", lambda d, o, h, lo, c, v: f"{d},{o},{h},{lo},{c},{c},{v}"
    ),
    "no adjusted close": lines(
        "Date,Open,High,Low,Close,Volume", lambda d, o, h, lo, c, v: f"{d},{o},{h},{lo},{c},{v}"
    ),
    "kaggle panel": lines(
        "date,open,high,low,close,volume,Name", lambda d, o, h, lo, c, v: f"{d},{o},{h},{lo},{c},{v},XYZ"
    ),
    "stooq": lines(
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
        lambda d, o, h, lo, c, v: f"XYZ.US,D,{d.replace('-', '')},000000,{o},{h},{lo},{c},{v},0",
    ),
    "semicolons, dollars, time zone": lines(
        "Date;Close/Last;Volume;Open;High;Low", lambda d, o, h, lo, c, v: f"{d} 00:00:00-05:00;${c};{v};${o};${h};${lo}"
    ),
    "tabs": lines("Date\tOpen\tHigh\tLow\tClose\tVol", lambda *row: "\t".join(map(str, row))),
}


@pytest.mark.parametrize("form", list(FORMS))
def test_every_form_gives_the_same_prices(csv, form):
    (found,) = read(csv(FORMS[form]))
    assert found.dates.astype(str).tolist() == [row[0] for row in ROWS]
    for index, column in enumerate(("open", "high", "low", "close", "volume"), 1):
        assert getattr(found, column).tolist() == [row[index] for row in ROWS]
    assert found.origins[1].endswith("prices.csv:3")


def test_a_date_and_a_price_are_enough(csv):
    (found,) = read(csv("when,nav\n2020-01-02,10\n2020-01-03,11\n"), date_column="when", price_column="nav")
    assert found.close.tolist() == [10, 11]
    assert np.isnan(found.open).all()


def test_a_folder_is_a_panel_named_by_its_files(folder):
    assert [prices.name for prices in read(folder)] == ["SIM00", "SIM01", "SIM02"]


def test_a_name_column_is_a_panel(csv):
    text = "Date,Close,Name\n2020-01-02,10,B\n2020-01-02,20,A\n2020-01-03,11,B\n"
    found = read(csv(text))
    assert [(one.name, one.close.tolist()) for one in found] == [("A", [20]), ("B", [10, 11])]
    assert found[1].origins[1].endswith(":4")


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        ("AAPL_2006-01-01_to_2018-01-01.csv", "AAPL"),
        ("aapl.us.txt", "AAPL"),
        ("^GSPC.csv", "^GSPC"),
        ("BRK-B.csv", "BRK-B"),
    ],
)
def test_the_ticker_is_in_the_file_s_name(csv, name, ticker):
    assert read(csv("Date,Close\n2020-01-02,10\n", name))[0].name == ticker


def test_blank_cells_are_missing_and_thousands_have_commas(csv):
    (found,) = read(csv('Date,Open,Close\n2020-01-02,null,"1,234.50"\n2020-01-03,,1240\n'))
    assert np.isnan(found.open).all()
    assert found.close.tolist() == [1234.5, 1240]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Date,Close\n2020-01-02,10\n2020-01-03,ten\n", r"prices\.csv:3: column Close: expected a number, found 'ten'"),
        ("Date,Close\n2020-01-02,-1\n", r"prices\.csv:2: column Close: expected a price or volume of zero or more"),
        ("Date,Close\n2020-01-02,10\n03/01/2020,11\n", r"prices\.csv:3: expected a date like '2020-01-02'"),
        ("Day of week,Amount\nMonday,1\n", r"prices\.csv:1: expected a column with the date.*--date-column"),
        ("Date,Amount\n2020-01-02,1\n", r"prices\.csv:1: expected a column with the closing price.*--price-column"),
        ("Date,Close\n", "expected rows of daily prices, found only the header"),
        ("Date,Close,Name\n2020-01-02,1,\n", r"prices\.csv:2: expected a ticker in Name, found none"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(csv, text, message):
    with pytest.raises(UserError, match=message):
        read(csv(text))


def test_an_empty_folder_and_a_ticker_twice_are_refused(tmp_path, csv):
    (tmp_path / "none").mkdir()
    with pytest.raises(UserError, match=r"expected \.csv files of daily prices, found none"):
        read(tmp_path / "none")
    csv("Date,Close\n2020-01-02,1\n", "A_2006.csv"), csv("Date,Close\n2020-01-02,1\n", "A_2007.csv")
    with pytest.raises(UserError, match="expected each ticker once, found A"):
        read(tmp_path)
