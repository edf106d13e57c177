"""Bootstrap intervals hold the truth as often as they say; the paired test is the exact one."""

import numpy as np
import pytest
from scipy.stats import binomtest

from common.app import Interval
from common.evaluation.bootstrap import bootstrap, mcnemar, paired_bootstrap, resample_weights, wilson


def _mean(values):
    return lambda weights: {"mean": weights @ values / weights.sum(1)}


def test_every_resample_draws_as_many_examples_as_there_are():
    blocks = list(resample_weights(7, 10, seed=0, block_bytes=3 * 7 * 8))
    assert [len(block) for block in blocks] == [3, 3, 3, 1]
    assert all((block.sum(1) == 7).all() for block in blocks)


def test_the_draws_do_not_depend_on_the_block_size():
    small = np.concatenate(list(resample_weights(50, 20, seed=3, block_bytes=1)))
    large = np.concatenate(list(resample_weights(50, 20, seed=3)))
    assert np.array_equal(small, large)
    assert not np.array_equal(large, np.concatenate(list(resample_weights(50, 20, seed=4))))


def test_95_of_100_intervals_hold_the_truth():
    generator = np.random.default_rng(0)
    held = 0
    for seed in range(400):
        interval = bootstrap(_mean(generator.normal(3, 2, 80)), 80, resamples=300, seed=seed)["mean"]
        held += interval.low <= 3 <= interval.high
    assert 0.91 <= held / 400 <= 0.98


def test_width_is_that_of_the_normal_theory():
    values = np.random.default_rng(1).normal(size=2000)
    interval = bootstrap(_mean(values), 2000)["mean"]
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * values.std() / 2000**0.5, rel=0.1)


def test_without_examples_there_are_no_metrics_and_one_example_has_one_value():
    assert bootstrap(_mean(np.zeros(0)), 0) == {}
    assert bootstrap(_mean(np.array([0.25])), 1) == {"mean": Interval(0.25, 0.25, 0.25)}


def test_without_resamples_the_interval_is_the_value():
    assert bootstrap(_mean(np.array([0.0, 1.0])), 2, resamples=0)["mean"] == Interval(0.5, 0.5, 0.5)


def test_an_undefined_metric_is_left_out_and_undefined_resamples_do_not_count():
    def statistics(weights):
        of_first = np.where(weights[:, 0] > 0, weights[:, 0], np.nan)
        return {"first": of_first, "never": np.full(len(weights), np.nan)}

    metrics = bootstrap(statistics, 4, seed=0)
    assert list(metrics) == ["first"]
    assert metrics["first"].low == 1


def test_the_interval_holds_the_value_of_a_biased_metric():
    def distance(weights):  # zero on the sample itself, more in every resample
        return {"distance": np.abs(weights - 1).sum(1)}

    assert bootstrap(distance, 30)["distance"].low == 0


@pytest.mark.parametrize(("right", "examples"), [(0, 1), (1, 1), (0, 20), (20, 20), (13, 20), (9265, 10000)])
def test_wilson_is_scipys(right, examples):
    expected = binomtest(right, examples).proportion_ci(method="wilson")
    interval = wilson(right, examples)
    assert interval == pytest.approx((right / examples, expected.low, expected.high), abs=1e-12)
    assert interval.low <= interval.value <= interval.high


def test_wilson_needs_an_example():
    with pytest.raises(ValueError, match="at least one example"):
        wilson(0, 0)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (0, 1), (3, 9), (9, 3), (5, 5), (40, 80), (1500, 1700)])
def test_mcnemar_is_the_exact_binomial_test(only_a, only_b):
    correct_a = np.repeat([True, False, True], [only_a, only_b, 10])
    correct_b = np.repeat([False, True, True], [only_a, only_b, 10])
    compared = mcnemar(correct_a, correct_b, resamples=10)
    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert compared.p_value == pytest.approx(expected, rel=1e-9)
    assert f"right on {only_a:,} examples, only the baseline on {only_b:,}" in compared.detail
    assert compared.difference.value == pytest.approx((only_a - only_b) / (only_a + only_b + 10))


def test_mcnemar_refuses_vectors_of_two_lengths():
    with pytest.raises(ValueError, match="one length"):
        mcnemar(np.ones(3), np.ones(4))


def test_a_paired_bootstrap_sees_a_difference_and_none_where_there_is_none():
    generator = np.random.default_rng(0)
    hard = generator.normal(size=400)

    def mean_of(values):
        return lambda weights: {"mean": weights @ values / weights.sum(1)}

    better = paired_bootstrap("mean", mean_of(hard + 0.1), mean_of(hard), 400)
    assert better.difference.low > 0
    assert better.p_value < 0.01
    same = paired_bootstrap("mean", mean_of(hard), mean_of(hard), 400)
    assert same.difference == (0, 0, 0)
    assert same.p_value == 1
