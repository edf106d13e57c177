"""The scan finds what the loop finds, for any number of steps, any lengths, both directions."""

from __future__ import annotations

import numpy as np
import pytest

from common.equations import MIN_GRU, forward
from common.equations.scan import min_gru_by_scan, scan


@pytest.mark.parametrize("timesteps", [1, 2, 3, 7, 8, 9, 33])
def test_the_scan_equals_the_recurrence(timesteps: int) -> None:
    generator = np.random.default_rng(timesteps)
    decay, drive = generator.uniform(0, 1, (2, timesteps, 3)), generator.normal(size=(2, timesteps, 3))
    initial = generator.normal(size=(2, 3))
    given = decay.copy(), drive.copy()
    h, expected = initial, []
    for t in range(timesteps):
        h = decay[:, t] * h + drive[:, t]
        expected.append(h)
    np.testing.assert_allclose(scan(decay, drive, initial), np.stack(expected, axis=1), atol=1e-12)
    np.testing.assert_array_equal(decay, given[0])
    np.testing.assert_array_equal(drive, given[1])


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("start", [False, True])
def test_min_gru_by_scan_equals_min_gru_step_by_step(go_backwards: bool, start: bool) -> None:
    generator = np.random.default_rng(0)
    weights = [generator.normal(size=shape) for shape in MIN_GRU.shapes(3, 4)]
    x = generator.normal(size=(4, 11, 3))
    lengths = np.array([11, 1, 6, 0])
    x[1, 1:] = np.nan
    initial = [generator.normal(size=(4, 4))] if start else None
    expected = forward(MIN_GRU, weights, x, lengths, initial, go_backwards).states[0]
    found = min_gru_by_scan(weights, x, lengths, initial, go_backwards)
    np.testing.assert_allclose(found, expected, atol=1e-12)
