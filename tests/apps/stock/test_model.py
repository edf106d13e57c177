"""The network: what it starts as, what it may never give, and that it can be run a day at a time."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from apps.stock.data import load
from apps.stock.model import build
from apps.stock.outputs import DIRECTION, LEVELS, MEDIAN, QUANTILES, VOLATILITY
from apps.stock.preprocess import fit_preprocessor
from common.data.splits import TEST, TRAIN
from common.preprocessing.price_encoder import FEATURES, TICKER

VARIANTS = [
    {},
    {"ensemble": 3},
    {"distribution": "student_t"},
    {"ticker_embedding": 2},
    {"cell": "lstm", "layers": 2},
    {"market": False},
]


def built(config):
    splits = load(config)
    preprocessor = fit_preprocessor(config, splits[TRAIN], (), splits.labels)
    return splits, preprocessor, build(config, preprocessor)


def disturbed(model, seed=0):
    """Every weight moved, as training would."""
    generator = np.random.default_rng(seed)
    model.set_weights([weight + 0.3 * generator.standard_normal(weight.shape) for weight in model.get_weights()])


def run(model, arrays):
    return {name: keras.ops.convert_to_numpy(value) for name, value in model(arrays).items()}


@pytest.mark.parametrize("changes", VARIANTS, ids=str)
def test_quantiles_ascend_and_volatility_is_positive_whatever_the_weights(small, changes):
    config = replace(small, **changes)
    splits, preprocessor, models = built(config)
    arrays = preprocessor.encode(splits[TEST].inputs[:40])
    for seed in range(3):
        disturbed(models.serving, seed)
        outputs = run(models.serving, arrays)
        assert outputs[QUANTILES].shape == (40, config.horizon, len(LEVELS))
        assert (np.diff(outputs[QUANTILES]) >= 0).all()
        assert (outputs[VOLATILITY] > 0).all()
        assert ((outputs[DIRECTION] > 0) & (outputs[DIRECTION] < 1)).all()


def test_it_starts_as_what_was_fitted_to_the_training_split(small):
    splits, preprocessor, models = built(small)
    arrays = preprocessor.encode(splits[TEST].inputs[:20])
    outputs = run(models.serving, arrays)
    solution = preprocessor.fitted["regression"]
    volatility = np.exp((solution[0] + arrays[FEATURES][:, -1] @ solution[1:]) / 2)
    np.testing.assert_allclose(outputs[VOLATILITY], volatility, rtol=1e-4)
    roots = np.sqrt(np.arange(1, small.horizon + 1))
    quantiles = preprocessor.fitted["quantiles"]
    shape = (volatility * roots)[..., None] * (quantiles - quantiles[:, MEDIAN, None])
    expected = preprocessor.fitted["medians"][:, None] + shape
    np.testing.assert_allclose(outputs[QUANTILES], expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(outputs[DIRECTION], np.tile(preprocessor.fitted["rises"], (20, 1)), rtol=1e-5)


def test_without_a_fit_it_starts_as_a_normal_distribution_and_even_odds(small):
    splits, preprocessor, _ = built(small)
    serving = build(small, replace(preprocessor, fitted={})).serving
    outputs = run(serving, preprocessor.encode(splits[TEST].inputs[:20]))
    np.testing.assert_allclose(outputs[QUANTILES][..., MEDIAN], 0, atol=1e-6)
    np.testing.assert_allclose(outputs[DIRECTION], 0.5)
    upper = outputs[QUANTILES][:, 0, LEVELS.index(0.95)] / outputs[VOLATILITY][:, 0]
    np.testing.assert_allclose(upper, 1.6449, rtol=1e-3)


def test_the_median_is_the_same_on_all_days_whatever_the_weights(small):
    splits, preprocessor, models = built(replace(small, ensemble=2))
    disturbed(models.serving)
    medians = run(models.serving, preprocessor.encode(splits[TEST].inputs[:20]))[QUANTILES][..., MEDIAN]
    np.testing.assert_allclose(medians, np.tile(medians[0], (20, 1)), rtol=1e-5)
    assert np.ptp(medians[0]) > 0


def test_an_ensemble_answers_with_the_mean_of_its_members(small):
    splits, preprocessor, models = built(replace(small, ensemble=3))
    disturbed(models.serving)
    arrays = preprocessor.encode(splits[TEST].inputs[:5])
    members = keras.ops.convert_to_numpy(models.training(arrays))  # (rows, members, horizon, 4 + levels)
    outputs = run(models.serving, arrays)
    np.testing.assert_allclose(outputs[VOLATILITY] ** 2, np.exp(members[..., 0]).mean(axis=1), rtol=1e-4)
    np.testing.assert_allclose(outputs[DIRECTION], (1 / (1 + np.exp(-members[..., 2]))).mean(axis=1), rtol=1e-4)


def test_a_ticker_never_seen_has_a_vector_of_its_own(small):
    config = replace(small, ticker_embedding=2)
    splits, preprocessor, _ = built(config)
    stranger = splits[TEST].inputs[0]._replace(name="NEW")
    assert preprocessor.encode([splits[TEST].inputs[0], stranger])[TICKER].tolist() == [1, 0]


@pytest.mark.parametrize("changes", [{}, {"cell": "lstm", "layers": 2, "ensemble": 2}], ids=str)
def test_a_day_at_a_time_with_the_state_carried_gives_what_the_whole_window_gives(small, monkeypatch, changes):
    splits, preprocessor, models = built(replace(small, **changes))
    disturbed(models.serving)
    features = preprocessor.encode(splits[TEST].inputs[:3])[FEATURES]
    whole = run(models.serving, {FEATURES: features})
    states: dict[str, list] = {}

    def one_day(layer, sequence, initial_state=None, mask=None, training=False):
        """The layer on one day, from the state that the day before left."""
        before = states.get(layer.name) or layer.cell.get_initial_state(batch_size=3)
        output, after = layer.cell(sequence[:, 0], before)
        states[layer.name] = list(after)
        return output[:, None] if layer.return_sequences else output

    kinds = {type(layer) for layer in models.serving.layers if isinstance(layer, keras.layers.RNN)}
    assert kinds
    for kind in kinds:
        monkeypatch.setattr(kind, "call", one_day)
    for day in range(features.shape[1]):
        stepped = run(models.serving, {FEATURES: features[:, day : day + 1]})
    for name, value in whole.items():
        np.testing.assert_allclose(stepped[name], value, rtol=1e-4, atol=1e-5)
