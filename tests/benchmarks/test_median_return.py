"""The walk forward behind the stock forecaster's constant median."""

import numpy as np
import pytest

from benchmarks.median_return import errors


@pytest.fixture
def daily():
    return np.random.default_rng(0).standard_t(4, 900)


def test_no_forecast_knows_a_later_day(daily):
    changed = daily.copy()
    changed[700:] = 5 - changed[700:]
    before, after = dict(errors(daily, 5, 200)), dict(errors(changed, 5, 200))
    same = 700 - 5 - 200  # decisions whose five days end before the change
    for name, each in before.items():
        np.testing.assert_array_equal(after[name][:same], each[:same])
        assert (after[name][same:] != each[same:]).all()


def test_a_premium_for_volatility_is_found_where_there_is_one():
    generator = np.random.default_rng(1)
    volatility = np.repeat(np.where(generator.random(40) < 0.5, 0.3, 3.0), 150)
    daily = volatility * (0.5 + generator.standard_normal(6000))
    found = {name: each.mean() for name, each in errors(daily, 5, 500)}
    assert found["proportional"] < found["constant"] < found["unchanged"]
