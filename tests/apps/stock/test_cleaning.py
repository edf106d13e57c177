"""What is wrong with prices is found, named and handled as stated; what is right is left alone."""

from dataclasses import replace

import numpy as np
import pytest

from apps.stock import sample
from common.data.prices.cleaning import clean
from common.data.prices.rows import CLOSE, HIGH, LOW, OPEN, PREVIOUS
from common.errors import UserError
from common.preprocessing.price_features import realised_variance, returns


@pytest.fixture
def prices():
    return sample.generate(1, 300, seed=0)[0]


COLUMNS = ("dates", "open", "high", "low", "close", "volume", "adjusted")


def rows_of(prices, rows):
    columns = {name: getattr(prices, name)[rows] for name in COLUMNS}
    return replace(prices, **columns, origins=[prices.origins[row] for row in rows])


def changed(prices, column, row, value):
    values = getattr(prices, column).copy()
    values[row] = value
    return replace(prices, **{column: values})


def found(prices, split=True):
    series, findings = clean(prices, split)
    return series.values, {kind: list(places) for kind, places in findings.places.items()}


def test_good_prices_are_left_alone(prices):
    values, places = found(prices)
    assert places == {}
    for index, column in ((OPEN, prices.open), (HIGH, prices.high), (LOW, prices.low), (CLOSE, prices.close)):
        np.testing.assert_array_equal(values[:, index], column)
    np.testing.assert_array_equal(values[1:, PREVIOUS], prices.close[:-1])


def test_unsorted_and_repeated_dates_are_sorted_and_the_last_row_kept(prices):
    order = np.r_[np.arange(299, -1, -1), 5]
    mixed = rows_of(prices, order)
    values, places = found(changed(mixed, "close", 300, prices.high[5]))
    assert values[5, CLOSE] == prices.high[5]
    assert len(values) == 300
    assert list(places) == ["unsorted dates", "repeated dates"]


@pytest.mark.parametrize("bad", [np.nan, 0.0])
def test_a_row_without_a_close_is_left_out_and_blank_prices_are_filled(prices, bad):
    values, places = found(changed(prices, "close", 7, bad))
    assert len(values) == 299
    assert places == {"rows without a close": ["SIM00:8"]}
    values, places = found(changed(prices, "open", 7, bad))
    assert values[7, OPEN] == np.clip(prices.close[6], prices.low[7], prices.high[7])
    assert places == {"blank or zero opens, highs or lows": ["SIM00:8"]}


@pytest.mark.parametrize(("column", "value"), [("low", 0.01), ("high", 1e4), ("open", 1e4)])
def test_impossible_prices_no_longer_make_variance(prices, column, value):
    values, places = found(changed(prices, column, 50, value))
    assert places["impossible opens, highs or lows"] == ["SIM00:51"]
    clean_variance = realised_variance(found(prices)[0], "garman_klass")
    assert realised_variance(values, "garman_klass")[50] < 4 * clean_variance.max()


def test_a_range_that_does_not_hold_open_and_close_is_widened(prices):
    values, places = found(changed(prices, "high", 9, prices.close[9] * 0.999))
    assert values[9, HIGH] == max(prices.open[9], prices.close[9])
    assert list(places) == ["highs and lows that do not hold open and close"]


@pytest.mark.parametrize(("ratio", "said"), [(4, "4 for 1"), (0.5, "1 for 2")])
def test_a_split_is_no_return_unless_told_otherwise(prices, ratio, said):
    factor = np.where(np.arange(300) < 100, 1.0, 1 / ratio)
    split = replace(prices, **{name: getattr(prices, name) * factor for name in ("open", "high", "low", "close")})
    values, places = found(split)
    assert places == {"splits": [f"SIM00:101 ({said})"]}
    np.testing.assert_allclose(returns(values), returns(found(prices)[0]), atol=1e-9)
    assert np.abs(returns(found(split, split=False)[0])).max() > 60


def test_an_adjusted_close_gives_the_returns_that_a_holder_had(prices):
    factor = np.where(np.arange(300) < 100, 0.98, 1.0)  # a dividend of 2% on day 100
    values, _ = found(replace(prices, adjusted=prices.close * factor))
    moved = returns(values) - returns(found(prices)[0])
    assert moved[100] == pytest.approx(-100 * np.log(0.98))
    assert np.abs(np.delete(moved, 100)).max() < 1e-9


def test_closes_alone_are_squared_returns(prices):
    blank = np.full(300, np.nan)
    values, places = found(replace(prices, open=blank, high=blank, low=blank))
    assert list(places) == ["rows with one price"]
    expected = np.maximum(returns(values) ** 2, 0.01)
    np.testing.assert_allclose(realised_variance(values, "garman_klass"), expected, rtol=1e-9)


def test_gaps_are_named(prices):
    values, places = found(rows_of(prices, np.r_[0:100, 120:300]))
    assert len(values) == 280
    assert len(places["gaps of more than 10 days"]) == 1


def test_prices_that_never_move_are_refused(prices):
    with pytest.raises(UserError, match=r"expected prices of SIM00 that move, found 5 in all 300 rows"):
        clean(replace(prices, close=np.full(300, 5.0)), True)
