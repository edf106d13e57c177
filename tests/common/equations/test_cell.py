"""The sigmoid is exact where it matters and quiet where exp would overflow."""

from __future__ import annotations

import warnings

import numpy as np
from scipy.special import expit

from common.equations.cell import sigmoid


def test_sigmoid_is_the_logistic_function_without_overflow() -> None:
    x = np.array([-1e4, -745.0, -3.0, 0.0, 0.5, 40.0, 1e4])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(sigmoid(x), expit(x), atol=1e-15)
