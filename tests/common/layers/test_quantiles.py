"""Quantiles never cross, whatever the network says, and those of Student's t are its own."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from common.layers.quantiles import STUDENT_NODES, normal_gaps, quantiles_from_gaps, student_quantiles

LEVELS = (0.025, *(step / 20 for step in range(1, 20)), 0.975)
MEDIAN = LEVELS.index(0.5)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 50))
def test_quantiles_ascend_for_any_gaps(seed, size):
    generator = np.random.default_rng(seed)
    gaps = (size * generator.random((2, 3, len(LEVELS) - 1))).astype(np.float32)
    median = generator.standard_normal((2, 3, 1)).astype(np.float32)
    found = keras.ops.convert_to_numpy(quantiles_from_gaps(median, gaps, MEDIAN))
    assert found.shape == (2, 3, len(LEVELS))
    assert (np.diff(found) >= 0).all()
    np.testing.assert_array_equal(found[..., MEDIAN], median[..., 0])


def test_normal_gaps_give_back_the_normal_distribution():
    gaps = normal_gaps(LEVELS)[None, None]
    found = keras.ops.convert_to_numpy(quantiles_from_gaps(np.zeros((1, 1, 1), np.float32), gaps, MEDIAN))
    np.testing.assert_allclose(found[0, 0], stats.norm.ppf(LEVELS), atol=1e-5)


@pytest.mark.parametrize("inverse", [*STUDENT_NODES, 0.12, 0.33])
def test_student_quantiles_are_those_of_the_distribution(inverse):
    found = keras.ops.convert_to_numpy(student_quantiles(np.full((1, 1, 1), inverse, np.float32), LEVELS))[0, 0]
    if inverse == 0:
        expected = stats.norm.ppf(LEVELS)
    else:
        expected = stats.t.ppf(LEVELS, 1 / inverse) * np.sqrt(1 - 2 * inverse)
    np.testing.assert_allclose(found, expected, atol=0.02)
    assert (np.diff(found) > 0).all()
