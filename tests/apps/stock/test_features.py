"""Features against their formulas, and the same for a day in whichever window it stands."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.stock import sample
from common.data.prices.cleaning import clean
from common.data.prices.market import with_market
from common.data.prices.rows import CLOSE, HIGH, LOW, MARKET_RETURN, MARKET_VARIANCE, OPEN, PREVIOUS, VOLUME
from common.preprocessing.price_features import (
    FLOOR,
    WARM_UP,
    ahead,
    feature_names,
    features,
    past_means,
    realised_variance,
    returns,
)


def panel(seed=0, tickers=3, days=300):
    return with_market([clean(one, True)[0] for one in sample.generate(tickers, days, seed)], "garman_klass")


def column(name, values):
    return features(values[None], True, "garman_klass")[0, :, feature_names(True).index(name)]


def test_variance_is_garman_and_klass_and_the_overnight_return():
    row = np.zeros(6)
    row[[OPEN, HIGH, LOW, CLOSE, PREVIOUS]] = 101, 104, 99, 103, 100
    session = 0.5 * np.log(104 / 99) ** 2 - (2 * np.log(2) - 1) * np.log(103 / 101) ** 2
    assert realised_variance(row, "garman_klass") == pytest.approx(1e4 * (session + np.log(1.01) ** 2))
    assert realised_variance(row, "close_to_close") == pytest.approx(1e4 * np.log(1.03) ** 2)
    row[[OPEN, HIGH, LOW, CLOSE]] = 100
    assert realised_variance(row, "garman_klass") == FLOOR


def test_the_terms_are_those_that_their_names_say():
    values = panel()[0].values
    variance, last = realised_variance(values, "garman_klass"), slice(-22, None)
    assert column("log_variance_5", values)[-1] == pytest.approx(np.log(variance[-5:].mean()))
    assert column("log_variance_66", values)[-1] == pytest.approx(np.log(variance[-66:].mean()))
    assert column("quarter_ago", values)[-1] == pytest.approx(np.log(variance[-63:-58].mean()))
    assert column("month_peak", values)[-1] == pytest.approx(np.log(variance[last].max()))
    assert column("peak_age", values)[-1] == (65 - variance[-66:].argmax()) / 66
    assert column("return", values)[-1] == pytest.approx(returns(values)[-1] / np.sqrt(variance[last].mean()))
    assert column("log_volume", values)[-1] == pytest.approx(np.log(values[-1, VOLUME] / values[last, VOLUME].mean()))
    assert column("market_log_variance_5", values)[-1] == pytest.approx(values[-5:, MARKET_VARIANCE].mean())


def test_the_market_is_the_mean_of_the_tickers_of_the_day():
    tickers = panel()
    day = [returns(one.values)[42] for one in tickers]
    assert tickers[1].values[42, MARKET_RETURN] == pytest.approx(np.mean(day))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 40), st.integers(1, 60))
def test_a_day_has_the_same_features_in_every_window(start, timesteps):
    values = panel()[0].values[: start + timesteps + WARM_UP]
    whole = features(values[None], True, "garman_klass")[0]
    window = features(values[None, start:], True, "garman_klass")[0]
    np.testing.assert_allclose(window, whole[start:], rtol=1e-9, atol=1e-9)


def test_features_do_not_know_the_level_of_prices():
    values = panel()[0].values
    scaled = values.copy()
    scaled[:, [OPEN, HIGH, LOW, CLOSE, PREVIOUS]] *= 37.0
    before, after = (features(one[None], True, "garman_klass") for one in (values, scaled))
    np.testing.assert_allclose(before, after, rtol=1e-7, atol=1e-7)


def test_days_without_volume_have_finite_features():
    values = panel()[0].values.copy()
    values[:, VOLUME] = 0
    assert np.isfinite(features(values[None], True, "garman_klass")).all()


def test_means_end_at_their_day():
    daily = np.arange(100.0)[None]
    assert past_means(daily, 5)[0, 0] == np.mean(daily[0, WARM_UP - 4 : WARM_UP + 1])


def test_targets_sum_returns_and_average_variance():
    values = panel()[0].values[:4]
    total, mean = ahead(values, "garman_klass")
    assert total[-1] == pytest.approx(100 * np.log(values[3, CLOSE] / values[0, PREVIOUS]))
    assert mean[1] == pytest.approx(realised_variance(values[:2], "garman_klass").mean())
