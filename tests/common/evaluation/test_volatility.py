"""The volatility baselines against their equations and against the packages they come from."""

import numpy as np
import pytest

from common.evaluation.forecasting import qlike
from common.evaluation.volatility import Garch, calibrated, ewma_variance, fit_garch, linear_har, log_har


def simulated(days, seed=0, reaction=0.1, memory=0.85):
    generator = np.random.default_rng(seed)
    returns, variance = np.empty(days), 1.0
    for day in range(days):
        returns[day] = np.sqrt(variance) * generator.standard_normal()
        variance = 1 - reaction - memory + reaction * returns[day] ** 2 + memory * variance
    return returns


def test_ewma_is_the_recursion_of_riskmetrics():
    squares = np.random.default_rng(0).gamma(1, 1, (3, 160))
    level = squares[1, :22].mean()
    for square in squares[1]:
        level = 0.94 * level + 0.06 * square
    assert ewma_variance(squares)[1] == pytest.approx(level)


def test_garch_forecasts_are_those_of_the_arch_package():
    from arch import arch_model

    returns = simulated(1500)
    found = fit_garch(returns)
    fitted = arch_model(returns, mean="Constant", vol="GARCH", p=1, q=1, dist="t", rescale=False).fit(disp="off")
    theirs = fitted.forecast(horizon=5, reindex=False).variance.to_numpy()[0]
    ours = found.ahead(returns[None], 5)[0]
    np.testing.assert_allclose(ours, np.cumsum(theirs) / np.arange(1, 6), rtol=1e-6)


def test_garch_finds_the_parameters_it_was_simulated_with():
    found = fit_garch(simulated(8000, seed=1))
    assert found.reaction == pytest.approx(0.1, abs=0.03)
    assert found.memory == pytest.approx(0.85, abs=0.05)


def test_a_window_of_160_days_forgets_its_start():
    garch, returns = Garch(0.0, 0.02, 0.08, 0.9), simulated(600)
    assert garch.ahead(returns[None, -160:], 5)[0] == pytest.approx(garch.ahead(returns[None], 5)[0], rel=1e-4)


def test_calibration_is_the_factor_of_least_qlike():
    generator = np.random.default_rng(0)
    variance, forecast = generator.gamma(2, 1, (500, 1)), generator.gamma(5, 1, (500, 1))
    level = calibrated(forecast, forecast, variance)
    for factor in (0.9, 1.1):
        assert qlike(variance, level).mean() < qlike(variance, factor * level).mean()


def test_the_regressions_find_what_they_are_made_of():
    generator = np.random.default_rng(0)
    terms = generator.gamma(3, 1, (4000, 3))
    variance = (0.2 + terms @ [0.5, 0.3, 0.1])[:, None]
    np.testing.assert_allclose(linear_har(terms, variance, terms[:9]), variance[:9], rtol=1e-9)
    logs = np.log(terms)
    variance = np.exp(0.1 + logs @ [0.5, 0.3, 0.1])[:, None]
    np.testing.assert_allclose(log_har(logs, variance, logs[:9]), variance[:9], rtol=1e-9)


def test_a_linear_forecast_stays_above_zero():
    generator = np.random.default_rng(0)
    terms, variance = generator.gamma(3, 1, (100, 3)), generator.gamma(3, 1, (100, 2))
    assert (linear_har(terms, variance, terms - 100) >= variance.min()).all()
