"""The measures of forecasts against their definitions, and the test of equal accuracy against its promises."""

import numpy as np
import pytest
from scipy import stats

from common.evaluation.bootstrap import resample_weights
from common.evaluation.forecasting import (
    covered,
    crps,
    diebold_mariano,
    improvement,
    integral_transform,
    pinball,
    qlike,
    ratio_metrics,
)

LEVELS = (0.025, *(step / 20 for step in range(1, 20)), 0.975)


def normal(rows, seed=0):
    return np.random.default_rng(seed).standard_normal(rows)


def test_pinball_loss_is_least_at_the_quantile_it_is_named_for():
    values = normal(20_000)
    for level in (0.1, 0.5, 0.9):
        tried = np.linspace(-2, 2, 81)
        means = [pinball(values, np.full((len(values), 1), q), [level]).mean() for q in tried]
        assert abs(tried[int(np.argmin(means))] - stats.norm.ppf(level)) < 0.06


def test_the_crps_of_a_normal_forecast_is_near_its_closed_form():
    values = normal(5000)
    quantiles = np.tile(stats.norm.ppf(LEVELS), (len(values), 1))
    exact = values * (2 * stats.norm.cdf(values) - 1) + 2 * stats.norm.pdf(values) - 1 / np.sqrt(np.pi)
    assert crps(values, quantiles, LEVELS).mean() == pytest.approx(exact.mean(), rel=0.01)


def test_coverage_of_the_true_distribution_is_nominal():
    values = normal(20_000)
    quantiles = np.tile(stats.norm.ppf(LEVELS), (len(values), 1))
    for share in (0.5, 0.8, 0.95):
        assert covered(values, quantiles, LEVELS, share).mean() == pytest.approx(share, abs=0.01)


def test_qlike_is_zero_for_the_variance_itself_and_least_at_its_mean():
    variance = np.random.default_rng(0).gamma(2, 1, 50_000)
    assert qlike(variance, variance).max() < 1e-12
    tried = np.linspace(1, 3, 41)
    assert tried[int(np.argmin([qlike(variance, level).mean() for level in tried]))] == pytest.approx(2, abs=0.06)


def test_the_integral_transform_of_the_true_distribution_is_uniform():
    values = normal(20_000)
    quantiles = np.tile(stats.norm.ppf(LEVELS), (len(values), 1))
    shares = np.histogram(integral_transform(values, quantiles, LEVELS), 10, (0, 1))[0] / len(values)
    np.testing.assert_allclose(shares, 0.1, atol=0.01)


def test_the_integral_transform_of_equal_quantiles_is_a_number():
    found = integral_transform(np.array([-1.0, 0.0, 1.0]), np.zeros((3, len(LEVELS))), LEVELS)
    assert np.isfinite(found).all() and found[0] < found[1] < found[2]


def correlated(rows, seed, memory=0.9):
    noise, level, values = normal(rows, seed), 0.0, np.empty(rows)
    for row, one in enumerate(noise):
        level = values[row] = memory * level + one
    return values


def test_equal_forecasts_are_rejected_about_as_often_as_promised_though_losses_are_correlated():
    periods = np.arange(600)
    rejected = [
        diebold_mariano("loss", correlated(600, seed, 0.5), np.zeros(600), periods, 5).p_value < 0.05
        for seed in range(200)
    ]
    assert np.mean(rejected) < 0.12  # a test that takes the losses as independent: 0.26


def test_a_better_forecast_is_found_and_the_sign_says_which():
    periods = np.arange(500)
    losses = normal(500) ** 2
    found = diebold_mariano("loss", losses, losses + 0.5 + 0.1 * normal(500, 1), periods, 5)
    assert found.p_value < 1e-6
    assert found.difference.high < 0
    share = improvement(losses, losses + 0.5, periods, 5)["improvement"]
    assert share.low > 0


def test_a_forecast_against_itself_differs_in_nothing():
    losses = normal(100) ** 2
    found = diebold_mariano("loss", losses, losses, np.arange(100), 5)
    assert (found.p_value, *found.difference) == (1.0, 0.0, 0.0, 0.0)


def test_examples_of_one_period_count_as_one_observation():
    periods = np.repeat(np.arange(50), 20)
    gap = np.repeat(normal(50), 20)
    few = diebold_mariano("loss", normal(50), np.zeros(50), np.arange(50), 1)
    many = diebold_mariano("loss", gap, np.zeros(1000), periods, 1)
    assert many.p_value == pytest.approx(few.p_value)
    wide = ratio_metrics({"mean": (gap, np.ones(1000))}, periods, run=1)["mean"]
    assert wide.high - wide.low > 3 / np.sqrt(50)


def test_runs_are_drawn_whole_and_every_resample_has_all_its_draws():
    for weights in resample_weights(30, 5, seed=0, run=10):
        assert (weights.sum(axis=1) == 30).all()
    narrow = ratio_metrics({"m": (correlated(400, 0), np.ones(400))}, np.arange(400), run=1)["m"]
    wide = ratio_metrics({"m": (correlated(400, 0), np.ones(400))}, np.arange(400), run=40)["m"]
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_without_runs_the_draws_are_those_of_the_plain_bootstrap():
    plain = np.random.default_rng(3).integers(0, 7, 7)
    first = next(iter(resample_weights(7, 1, seed=3)))[0]
    np.testing.assert_array_equal(first, np.bincount(plain, minlength=7))
