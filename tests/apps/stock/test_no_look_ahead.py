"""Nothing before a day depends on what comes after it, and where nothing can be forecast no skill is reported."""

from dataclasses import dataclass, replace

import keras
import numpy as np
import pytest

from apps.stock import sample
from apps.stock.app import APP
from apps.stock.baselines import baselines
from apps.stock.conclusions import conclusions
from apps.stock.data import load
from apps.stock.evaluate import evaluate, losses, truth
from apps.stock.model import build
from apps.stock.preprocess import StockPreprocessor, fit_preprocessor
from common.data.splits import TEST, TRAIN, VALIDATION, Splits
from common.training import fit, keras_runner


@dataclass(frozen=True)
class World:
    """All that a run makes of some prices."""

    splits: Splits
    preprocessor: StockPreprocessor
    weights: list[np.ndarray]
    outputs: dict[str, np.ndarray]
    answers: dict[str, dict[str, np.ndarray]]


def shaken(prices, after, seed):
    """The same prices up to a day; after it every price and volume is another."""
    generator = np.random.default_rng(seed)
    factor = np.where(prices.dates > after, np.exp(0.05 * generator.standard_normal(len(prices.dates))), 1.0)
    return replace(
        prices, **{name: getattr(prices, name) * factor for name in ("open", "high", "low", "close", "volume")}
    )


def world(config, data, folder) -> World:
    config = replace(config, data=str(data))
    splits = load(config)
    preprocessor = fit_preprocessor(config, splits[TRAIN], (), splits.labels)
    keras.utils.set_random_seed(config.seed)
    models = build(config, preprocessor)
    encoded = {name: preprocessor.encode(part.inputs) for name, part in splits.items()}
    training = encoded[TRAIN], preprocessor.encode_targets(splits[TRAIN].targets)
    validation = splits[VALIDATION]
    fit(
        APP, config, models, training, lambda run: APP.score(preprocessor, validation, run(encoded[VALIDATION])), folder
    )
    outputs = keras_runner(models.serving)(encoded[TEST])
    return World(
        splits, preprocessor, models.serving.get_weights(), dict(outputs), baselines(config, splits, splits[TEST])
    )


def test_a_changed_future_changes_nothing_before_it(small, write, tmp_path):
    prices = sample.generate(3, 600, seed=0)
    day = prices[0].dates[560]  # inside the test split
    changed = [shaken(one, day, 7 + number) for number, one in enumerate(prices)]
    before, after = (
        world(small, write(tmp_path / name, tickers), tmp_path / f"{name}_run")
        for name, tickers in (("before", prices), ("after", changed))
    )
    assert before.preprocessor.specification() == after.preprocessor.specification()
    for first, second in zip(before.weights, after.weights, strict=True):
        np.testing.assert_array_equal(first, second)
    for name in (TRAIN, VALIDATION):
        parts = [one.preprocessor.encode(one.splits[name].inputs)["features"] for one in (before, after)]
        np.testing.assert_array_equal(*parts)
    facts = [truth(one.preprocessor, one.splits[TEST]) for one in (before, after)]
    decided = facts[0].dates <= day
    settled = np.array([window.dates[-1] for window in before.splits[TEST].targets]) <= day
    assert 0 < settled.sum() < decided.sum() < len(decided)
    features = [one.preprocessor.encode(one.splits[TEST].inputs)["features"] for one in (before, after)]
    np.testing.assert_array_equal(features[0][decided], features[1][decided])
    assert not np.array_equal(features[0][~decided], features[1][~decided])
    for name in ("quantiles", "volatility", "direction"):
        np.testing.assert_array_equal(before.outputs[name][decided], after.outputs[name][decided])
        for baseline, answer in before.answers.items():
            np.testing.assert_array_equal(answer[name][decided], after.answers[baseline][name][decided])
    scores = [losses(fact, one.outputs) for fact, one in zip(facts, (before, after), strict=True)]
    for name in scores[0]:
        np.testing.assert_array_equal(scores[0][name][settled], scores[1][name][settled])
        assert not np.array_equal(scores[0][name][~settled], scores[1][name][~settled])


@pytest.mark.parametrize("seed", [3, 4])
def test_on_a_pure_random_walk_no_skill_is_reported(small, write, tmp_path, seed):
    config = replace(small, horizon=5, epochs=3)
    found = world(config, write(tmp_path / "walk", [sample.random_walk(2500, seed)]), tmp_path / "run")
    test = found.splits[TEST]
    lines = conclusions(found.preprocessor, test, found.outputs, found.answers)
    verdicts = [line for line in lines if line.split(": ")[1].startswith(("SKILL", "NO SKILL"))]
    assert len(verdicts) == 4
    assert [line for line in verdicts if ": NO SKILL" not in line] == []
    metrics = evaluate(found.preprocessor, test, found.outputs)
    assert 0.985 < metrics["relative_mae"].value < 1.015
    assert metrics["directional_accuracy"].low < 0.5 < metrics["directional_accuracy"].high
