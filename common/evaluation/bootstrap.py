"""Uncertainty of a metric: the bootstrap over examples, and the paired comparison of two models."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from common.app import Interval, Metrics

_BLOCK_BYTES = 1 << 25  # of weights at a time
_TAIL = 0.025  # outside a 95% interval, on each side

# Weights (rows, examples) float64 -> metric name -> (rows,) values; NaN where a row has no such value.
Statistics = Callable[[np.ndarray], Mapping[str, np.ndarray]]


def resample_weights(
    examples: int, resamples: int, seed: int, block_bytes: int = _BLOCK_BYTES, run: int = 1
) -> Iterator[np.ndarray]:
    """How often each example is drawn in each resample (with replacement, as many as there are), block by block.

    The draws depend on `seed` and `run` only, not on `block_bytes`.

    Args:
        examples: int. How many there are.
        resamples: int. How many rows come out in all.
        seed: int.
        block_bytes: int. About the memory of what is yielded at a time.
        run: int. Neighbours drawn together, the first following the last: examples in order of time that depend on
            each other are drawn in runs (the circular block bootstrap: Politis and Romano 1992).

    Yields:
        (block, examples) float64 counts; every row sums to `examples`.
    """
    generator = np.random.default_rng(seed)
    rows = max(1, min(resamples, block_bytes // (8 * max(1, examples))))
    run = max(1, min(run, examples))
    for start in range(0, resamples, rows):
        block = np.empty((min(rows, resamples - start), examples))
        for row in block:
            drawn = generator.integers(0, examples, -(-examples // run))
            if run > 1:
                drawn = ((drawn[:, None] + np.arange(run)) % examples).ravel()[:examples]
            row[:] = np.bincount(drawn, minlength=examples)
        yield block


def bootstrap(statistics: Statistics, examples: int, resamples: int = 1000, seed: int = 0, run: int = 1) -> Metrics:
    """Metrics with their 95% percentile bootstrap intervals (Efron and Tibshirani, 1993, "An Introduction to the
    Bootstrap", chapter 13).

    A metric is written once, for weighted examples: the weights are all one for its value, and the counts of a
    resample for the interval. Draw whole groups (writers, days) by passing their number as `examples`.

    The interval is widened to hold the value where it would not (a metric that is biased upwards in a resample, as
    the calibration error is). Resamples in which a metric is undefined do not count for it.

    Args:
        statistics: weights (rows, examples) -> name -> (rows,) values.
        examples: int. The number of examples; with none there are no metrics.
        resamples: int. The number of bootstrap resamples; with none low = value = high.
        seed: int. The seed of the resampling.
        run: int. How many neighbours in time are drawn together; see `resample_weights`.

    Returns:
        Name -> Interval, without the metrics that are undefined (not finite) on the examples themselves.
    """
    if examples == 0:
        return {}
    values = {name: float(value[0]) for name, value in statistics(np.ones((1, examples))).items()}
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in values}
    for weights in resample_weights(examples, resamples, seed, run=run):
        for name, value in statistics(weights).items():
            drawn[name].append(value)
    return {name: _interval(value, drawn[name]) for name, value in values.items() if math.isfinite(value)}


def _interval(value: float, drawn: list[np.ndarray]) -> Interval:
    finite = np.concatenate([*drawn, np.array([value])])
    low, high = np.quantile(finite[np.isfinite(finite)], [_TAIL, 1 - _TAIL])
    return Interval(value, min(float(low), value), max(float(high), value))


def wilson(right: int, examples: int) -> Interval:
    """A share with its 95% score interval (Wilson, 1927; Brown, Cai and DasGupta, 2001).

    Unlike the bootstrap's it stays honest for few examples and for shares of 0 and 1, where every resample is alike.

    Raises:
        ValueError: there are no examples.
    """
    if examples < 1:
        raise ValueError(f"expected at least one example, found {examples}")
    share, square = right / examples, 1.959963984540054**2
    centre = (share + square / (2 * examples)) / (1 + square / examples)
    half = math.sqrt(square * share * (1 - share) / examples + (square / (2 * examples)) ** 2) / (1 + square / examples)
    return Interval(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)))


class Comparison(NamedTuple):
    """Two models on the same examples.

    Attributes:
        metric: what is compared, `accuracy`.
        difference: that metric of the first minus that of the second, with its 95% interval.
        p_value: two-sided, of the hypothesis that neither is better.
        test: the test behind the p-value, in words, `exact McNemar test`.
        detail: more to say of it, a clause for a sentence; may be empty.
    """

    metric: str
    difference: Interval
    p_value: float
    test: str
    detail: str = ""


def paired_bootstrap(
    metric: str, first: Statistics, second: Statistics, examples: int, resamples: int = 1000, seed: int = 0
) -> Comparison:
    """The difference of a metric between two models on the same resamples (Efron and Tibshirani, 1993, chapter 16).

    The p-value is twice the smaller share of the resamples in which the difference has one sign, ties counted half.

    Args:
        metric: the metric's name in what the statistics give.
        first: weights (rows, examples) -> name -> (rows,) values, of the first model.
        second: the same of the second model.
        examples: int. The number of examples, or of groups.
        resamples: int. The number of bootstrap resamples.
        seed: int. The seed of the resampling.
    """

    def difference(weights: np.ndarray) -> np.ndarray:
        return np.asarray(first(weights)[metric]) - np.asarray(second(weights)[metric])

    value = float(difference(np.ones((1, examples)))[0])
    drawn = np.concatenate([difference(weights) for weights in resample_weights(examples, resamples, seed)])
    finite = drawn[np.isfinite(drawn)]
    below = (np.sum(finite < 0) + np.sum(finite == 0) / 2) / max(1, len(finite))
    p_value = float(min(1.0, 2 * max(min(below, 1 - below), 1 / (resamples + 1))))
    return Comparison(metric, _interval(value, [drawn]), p_value, "paired bootstrap")


def mcnemar(correct_a: np.ndarray, correct_b: np.ndarray, resamples: int = 1000, seed: int = 0) -> Comparison:
    """McNemar's test, exact: are the examples that one of two models got right split evenly between them?

    McNemar (1947), "Note on the sampling error of the difference between correlated proportions"; the binomial form
    holds for any number of examples.

    Args:
        correct_a: (examples,) bool. Whether the first model was right.
        correct_b: (examples,) bool. The same of the second model, in the same order.
        resamples: int. The number of bootstrap resamples for the difference.
        seed: int. The seed of the resampling.

    Raises:
        ValueError: the two differ in length, or are empty.
    """
    a, b = np.asarray(correct_a, bool), np.asarray(correct_b, bool)
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise ValueError(f"expected two vectors of one length, at least 1, found {a.shape} and {b.shape}")
    only_a, only_b = int(np.sum(a & ~b)), int(np.sum(b & ~a))
    gain = a.astype(float) - b
    difference = bootstrap(lambda weights: {"difference": weights @ gain / len(gain)}, len(gain), resamples, seed)
    detail = f"only this model was right on {only_a:,} examples, only the baseline on {only_b:,}"
    p_value = _even_split_p(only_a, only_b)
    return Comparison("accuracy", difference["difference"], p_value, "exact McNemar test", detail)


def _even_split_p(first: int, second: int) -> float:
    """Two-sided binomial probability of a split at least so uneven under even odds."""
    trials, least = first + second, min(first, second)
    steps = np.arange(1, least + 1)
    # Logarithms of the number of ways to choose 0 to `least` out of `trials`.
    log_ways = np.concatenate([[0.0], np.cumsum(np.log((trials - steps + 1) / steps))])
    return float(min(1.0, 2 * np.exp(log_ways - trials * math.log(2)).sum()))
