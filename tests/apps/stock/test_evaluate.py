"""Metrics against forecasts whose quality is known, and the words that follow from them."""

from dataclasses import replace

import numpy as np
import pytest

from apps.stock.baselines import baselines
from apps.stock.conclusions import conclusions
from apps.stock.data import load
from apps.stock.evaluate import compare, evaluate, prediction_rows, score, truth
from apps.stock.outputs import DIRECTION, LEVELS, MEDIAN, QUANTILES, VOLATILITY
from apps.stock.preprocess import fit_preprocessor
from common.data.splits import TEST, TRAIN


@pytest.fixture
def measured(small):
    config = replace(small, sample_days=900)
    splits = load(config)
    preprocessor = fit_preprocessor(config, splits[TRAIN], (), splits.labels)
    return preprocessor, splits[TEST], baselines(config, splits, splits[TEST])


def clairvoyant(preprocessor, examples):
    """The answers of one who knows the future."""
    found = truth(preprocessor, examples)
    return {
        QUANTILES: np.repeat(found.returns[..., None], len(LEVELS), axis=-1),
        VOLATILITY: np.sqrt(found.variance),
        DIRECTION: (found.returns > 0).astype(float),
    }


def test_who_knows_the_future_makes_no_error(measured):
    preprocessor, examples, _ = measured
    metrics = evaluate(preprocessor, examples, clairvoyant(preprocessor, examples))
    for name in ("qlike", "volatility_rmse", "pinball", "crps", "mase", "relative_mae", "relative_rmse", "rmse"):
        assert metrics[name].value == pytest.approx(0, abs=1e-9)
    for name in ("coverage_50", "coverage_80", "coverage_95", "directional_accuracy"):
        assert metrics[name].value == 1


def test_the_random_walk_is_the_measure_of_prices(measured):
    preprocessor, examples, answers = measured
    metrics = evaluate(preprocessor, examples, answers["random_walk"])
    assert metrics["relative_mae"] == (1, 1, 1)
    assert metrics["directional_accuracy"] == (0.5, 0.5, 0.5)
    found = truth(preprocessor, examples)
    expected = (np.abs(found.returns).mean(axis=1) / preprocessor.naive_of(found.names)).mean()
    assert metrics["mase"].value == pytest.approx(expected)


def test_the_drift_says_always_up_and_is_right_as_often_as_prices_rise(measured):
    preprocessor, examples, answers = measured
    found = truth(preprocessor, examples)
    up = answers["drift"][DIRECTION] > 0.5
    metrics = evaluate(preprocessor, examples, answers["drift"])
    assert metrics["directional_accuracy"].value == pytest.approx((up == (found.returns > 0)).mean())


def test_every_baseline_gives_a_whole_forecast_that_does_not_cross(measured):
    preprocessor, examples, answers = measured
    assert len(answers) == 9
    for outputs in answers.values():
        assert outputs[QUANTILES].shape == (len(examples), preprocessor.horizon, len(LEVELS))
        assert (np.diff(outputs[QUANTILES]) >= 0).all()
        assert (outputs[VOLATILITY] > 0).all()
        assert evaluate(preprocessor, examples, outputs).keys() >= {"qlike", "pinball", "coverage_80"}


def test_tickers_that_training_never_saw_have_baselines_too(small):
    splits = load(small)
    strangers = [window._replace(name="NEW") for window in splits[TEST].inputs]
    examples = type(splits[TEST])(strangers, splits[TEST].targets)
    for outputs in baselines(small, splits, examples).values():
        assert np.isfinite(outputs[QUANTILES]).all()


def test_answers_and_metrics_are_the_same_however_many_days_are_read_at_a_time(small, monkeypatch):
    config = replace(small, sample_days=500)
    known, examples = load(config), load(replace(config, sample_tickers=4))[TEST]  # one ticker that is not known
    preprocessor = fit_preprocessor(config, known[TRAIN], (), known.labels)

    def found():
        answers = baselines(config, known, examples)
        return answers, [evaluate(preprocessor, examples, answers[name]) for name in ("garch", "har_log_panel")]

    whole, metrics = found()
    monkeypatch.setattr("apps.stock.baselines._BLOCK", 7)
    monkeypatch.setattr("apps.stock.evaluate._BLOCK", 7)
    monkeypatch.setattr("common.preprocessing.price_encoder._CHUNK", 7)
    parts, again = found()
    assert metrics == again
    for name, answer in whole.items():
        for output, values in answer.items():
            np.testing.assert_array_equal(parts[name][output], values, err_msg=f"{name} {output}")


def test_skill_is_said_where_there_is_some_and_denied_where_there_is_none(measured):
    preprocessor, examples, answers = measured
    lines = conclusions(preprocessor, examples, clairvoyant(preprocessor, examples), answers)
    assert sum(line.endswith(": SKILL, better than every baseline") for line in lines) == 4
    lines = conclusions(preprocessor, examples, answers["random_walk"], answers)
    assert not any(": SKILL" in line for line in lines)
    assert any("against random_walk" in line and line.endswith("no difference shown") for line in lines)


def test_a_comparison_with_oneself_shows_no_difference(measured):
    preprocessor, examples, answers = measured
    found = compare(preprocessor, examples, answers["garch"], answers["garch"])
    assert (found.p_value, found.test) == (1.0, "Diebold-Mariano test")


def test_the_score_of_an_epoch_is_the_metric_of_the_report(measured):
    preprocessor, examples, answers = measured
    quick, full = (use(preprocessor, examples, answers["har_log"]) for use in (score, evaluate))
    for name in ("qlike", "pinball"):
        assert quick[name] == pytest.approx(full[name].value)


def test_predictions_hold_what_was_known_forecast_and_came(measured):
    preprocessor, examples, answers = measured
    header, *rows = prediction_rows(preprocessor, examples, answers["har_log"])
    assert len(rows) == len(examples)
    row = dict(zip(header, rows[5], strict=True))
    found = truth(preprocessor, examples)
    assert row["ticker"] == found.names[5]
    assert float(row["return_in_3_days"]) == pytest.approx(found.returns[5, -1] / 100, abs=1e-6)
    assert float(row["quantile_0.5"]) == pytest.approx(answers["har_log"][QUANTILES][5, -1, MEDIAN] / 100, abs=1e-6)
