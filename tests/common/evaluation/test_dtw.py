"""Dynamic time warping against its definition written as a plain recursion."""

import functools

import numpy as np

from common.evaluation.dtw import nearest_template, warped_distances


def plain(a: np.ndarray, b: np.ndarray, band: int) -> float:
    @functools.cache
    def least(i: int, j: int) -> float:
        if abs(i - j) > band:
            return np.inf
        cost = float(np.square(a[i] - b[j]).sum())
        if i == j == 0:
            return cost
        before = [least(k, m) for k, m in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if k >= 0 and m >= 0]
        return cost + min(before)

    return least(len(a) - 1, len(b) - 1)


def test_distances_are_those_of_the_recursion() -> None:
    generator = np.random.default_rng(0)
    one, many = generator.normal(size=(7, 2)), generator.normal(size=(5, 7, 2))
    for band in (1, 3, 7):
        np.testing.assert_allclose(warped_distances(one, many, band), [plain(one, b, band) for b in many])


def test_a_sequence_is_nearest_to_its_own_delayed_copy() -> None:
    rise, fall = np.linspace(0, 1, 8)[:, None], np.linspace(1, 0, 8)[:, None]
    late = np.concatenate([rise[:1], rise[:-1]])
    assert nearest_template(np.stack([late]), np.stack([fall, rise]), np.array([4, 9])).tolist() == [9]
