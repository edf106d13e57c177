"""The scaler gives mean 0 and scale 1, cuts outliers, and is the same after a trip through JSON."""

import json

import numpy as np
import pytest

from common.preprocessing.scaler import StandardScaler


def rows(seed=0):
    return np.random.default_rng(seed).normal([1, -2, 5], [1, 10, 0.1], (500, 3))


def test_training_rows_get_mean_zero_and_scale_one():
    scaled = StandardScaler.fit(rows())(rows())
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-5)


def test_a_constant_feature_becomes_zero_and_an_outlier_is_cut():
    values = np.column_stack([np.ones(100), np.arange(100.0)])
    scaler = StandardScaler.fit(values, limit=4)
    assert (scaler(values)[:, 0] == 0).all()
    assert scaler(np.array([[1.0, 1e9]]))[0, 1] == 4


def test_json_keeps_every_bit():
    scaler = StandardScaler.fit(rows())
    again = StandardScaler.from_json(json.loads(json.dumps(scaler.to_json())))
    np.testing.assert_array_equal(scaler(rows(1)), again(rows(1)))


def test_json_with_a_scale_of_zero_is_refused():
    with pytest.raises(ValueError, match="scale: expected a number from 1e-09"):
        StandardScaler.from_json({"mean": [0.0], "scale": [0.0], "limit": 8})
