"""The metrics are scikit-learn's, on ties, absent classes and single examples too."""

import math
import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from common.errors import UserError
from common.evaluation.bootstrap import resample_weights
from common.evaluation.classification import (
    ALL,
    _WeightedMetrics,
    accuracy,
    classification_metrics,
    ece,
    macro_f1,
    mcc,
    pr_auc,
    roc_auc,
)


def _case(seed, rows, classes, ties):
    """Random predictions; with few classes among the targets, and scores of a coarse grid where `ties`."""
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.ones(classes), rows)
    if ties:
        first = np.round(probabilities[:, :1] * 4) / 4
        rest = np.repeat((1 - first) / (classes - 1), classes - 1, axis=1)
        probabilities = np.concatenate([first, rest], axis=1)
    return probabilities, generator.integers(0, generator.integers(1, classes + 1), rows)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(2, 6), st.booleans())
def test_point_values_are_those_of_scikit_learn(seed, rows, classes, ties):
    probabilities, targets = _case(seed, rows, classes, ties)
    answers = probabilities.argmax(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert accuracy(probabilities, targets) == pytest.approx(reference.accuracy_score(targets, answers))
        expected = reference.f1_score(targets, answers, average="macro", zero_division=0)
        assert macro_f1(probabilities, targets) == pytest.approx(expected)
        assert mcc(probabilities, targets) == pytest.approx(reference.matthews_corrcoef(targets, answers))
    if classes == 2 and len(set(targets)) == 2:
        expected = reference.roc_auc_score(targets, probabilities[:, 1])
        assert roc_auc(probabilities, targets) == pytest.approx(expected)
        expected = reference.average_precision_score(targets, probabilities[:, 1])
        assert pr_auc(probabilities, targets) == pytest.approx(expected)
    else:
        assert math.isnan(roc_auc(probabilities, targets))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(2, 5))
def test_ece_is_its_definition(seed, rows, classes):
    probabilities, targets = _case(seed, rows, classes, False)
    confidence, right = probabilities.max(1), probabilities.argmax(1) == targets
    error = 0.0
    for m in range(15):
        members = (confidence > m / 15) & (confidence <= (m + 1) / 15)
        if members.any():
            error += members.sum() / rows * abs(right[members].mean() - confidence[members].mean())
    assert ece(probabilities, targets) == pytest.approx(error)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 30), st.integers(2, 40), st.booleans())
def test_a_weighting_is_worth_the_examples_repeated(seed, rows, classes, ties):
    """The bootstrap's shortcut: weighted metrics equal the metrics of the resample written out."""
    probabilities, targets = _case(seed, rows, classes, ties)
    if classes == 2:
        order = np.argsort(probabilities[:, 1], kind="stable")
        probabilities, targets = probabilities[order], targets[order]
    weights = next(resample_weights(rows, 4, seed=seed % 1000))
    values = _WeightedMetrics(probabilities, targets)(weights)
    for row, weighting in enumerate(weights.astype(int)):
        drawn = np.repeat(np.arange(rows), weighting)
        found = {"mcc": mcc, "macro_f1": macro_f1, "ece": ece, "roc_auc": roc_auc, "pr_auc": pr_auc}
        for name, metric in found.items():
            if name in values:
                expected = metric(probabilities[drawn], targets[drawn])
                assert values[name][row] == pytest.approx(expected, nan_ok=True)


def test_one_example_has_every_metric_but_the_area():
    metrics = classification_metrics(np.array([[0.2, 0.8]]), np.array([1]))
    assert set(metrics) == {"accuracy", "macro_f1", "ece"}
    assert metrics["accuracy"].value == metrics["macro_f1"].value == 1
    assert metrics["accuracy"].low == pytest.approx(0.2065, abs=1e-4)  # one right answer proves little
    assert metrics["ece"].value == pytest.approx(0.2)


def test_the_metrics_asked_for_come_in_that_order():
    probabilities, targets = _case(3, 40, 2, False)
    assert tuple(classification_metrics(probabilities, np.arange(40) % 2, resamples=5, names=ALL)) == ALL
    assert tuple(classification_metrics(probabilities, targets, resamples=5, names=("mcc",))) == ("mcc",)


def test_no_example_has_no_metric():
    assert classification_metrics(np.zeros((0, 3)), np.zeros(0, int)) == {}
    assert math.isnan(accuracy(np.zeros((0, 2)), np.zeros(0, int)))


def test_three_classes_with_one_absent_have_no_area():
    probabilities, targets = _case(5, 50, 3, False)
    metrics = classification_metrics(probabilities, targets % 2, resamples=50)
    assert set(metrics) == {"accuracy", "macro_f1", "ece"}
    assert all(math.isfinite(number) for interval in metrics.values() for number in interval)


def test_a_rare_class_leaves_finite_intervals():
    """Most resamples lack the only positive, where the area is undefined."""
    targets = np.array([0] * 9 + [1])
    scores = np.linspace(0.1, 0.9, 10)
    metrics = classification_metrics(np.stack([1 - scores, scores], 1), targets)
    assert metrics["roc_auc"] == (1.0, 1.0, 1.0)


def test_intervals_repeat_with_the_seed_and_hold_the_value():
    probabilities, _ = _case(1, 200, 2, True)
    targets = np.arange(200) % 2
    first = classification_metrics(probabilities, targets, seed=1)
    assert first == classification_metrics(probabilities, targets, seed=1)
    assert first["roc_auc"] != classification_metrics(probabilities, targets, seed=2)["roc_auc"]
    assert all(interval.low <= interval.value <= interval.high for interval in first.values())


def test_25_000_examples_take_seconds():
    generator = np.random.default_rng(0)
    targets = generator.integers(0, 2, 25_000)
    scores = 1 / (1 + np.exp(-generator.normal(2.5 * targets - 1.2)))
    started = time.process_time()
    metrics = classification_metrics(np.stack([1 - scores, scores], 1), targets, resamples=200)
    assert time.process_time() - started < 8  # about 0.5 s; a loop over examples takes minutes
    assert metrics["roc_auc"].high - metrics["roc_auc"].low < 0.01


def test_nan_is_a_diverged_training():
    with pytest.raises(UserError, match="NaN or infinity in 1 of 2 predictions"):
        classification_metrics(np.array([[0.5, 0.5], [np.nan, 1]]), np.array([0, 1]))


@pytest.mark.parametrize(
    ("shape", "targets"), [((3,), [0, 1, 0]), ((3, 1), [0, 1, 0]), ((3, 2), [0, 1]), ((3, 2), [0, 1, 2])]
)
def test_shapes_and_classes_that_do_not_fit_are_refused(shape, targets):
    with pytest.raises(ValueError, match="expected"):
        classification_metrics(np.full(shape, 0.5), np.array(targets))
