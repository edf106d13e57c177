"""Volatility forecasts to beat: EWMA, GARCH(1,1) and HAR regressions, each from the past of a window alone."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np


def ewma_variance(squares: np.ndarray, decay: float = 0.94) -> np.ndarray:
    """The exponentially weighted mean of past squares (RiskMetrics 1996), which is the forecast for every day ahead.

    Args:
        squares: (rows, days) squared returns or realised variances, the oldest first; the mean of the first month is
            the starting value.
        decay: float.

    Returns:
        (rows,) float64.
    """
    level = squares[:, :22].mean(axis=1)
    for day in range(squares.shape[1]):
        level = decay * level + (1 - decay) * squares[:, day]
    return np.asarray(level)


@dataclass(frozen=True)
class Garch:
    """GARCH(1,1) (Bollerslev 1986): variance[t+1] = constant + reaction (return[t] - mean)^2 + memory variance[t].

    Attributes:
        mean, constant, reaction, memory: the fitted parameters, for returns in percent.
    """

    mean: float
    constant: float
    reaction: float
    memory: float

    def ahead(self, returns: np.ndarray, horizon: int) -> np.ndarray:
        """The mean variance of the next 1..horizon days.

        Args:
            returns: (rows, days) past returns in percent, the oldest first; 160 days forget the starting value.
            horizon: int.

        Returns:
            (rows, horizon) percent squared.
        """
        squares = (returns - self.mean) ** 2
        variance = squares.mean(axis=1)
        for day in range(squares.shape[1]):
            variance = self.constant + self.reaction * squares[:, day] + self.memory * variance
        days = [variance]
        for _ in range(horizon - 1):
            days.append(self.constant + (self.reaction + self.memory) * days[-1])
        return np.cumsum(np.stack(days, axis=1), axis=1) / np.arange(1, horizon + 1)


def fit_garch(returns: np.ndarray) -> Garch:
    """Fits GARCH(1,1) with Student-t innovations by maximum likelihood (the `arch` package).

    Args:
        returns: (days,) returns in percent, the oldest first.
    """
    from arch import arch_model

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = arch_model(returns, mean="Constant", vol="GARCH", p=1, q=1, dist="t", rescale=False).fit(disp="off")
    found = fitted.params
    return Garch(*(float(found[name]) for name in ("mu", "omega", "alpha[1]", "beta[1]")))


def calibrated(forecast: np.ndarray, past_forecast: np.ndarray, past_variance: np.ndarray) -> np.ndarray:
    """Brings a forecast to the level of what it is measured against: the factor with the least QLIKE on past days.

    A model of squared daily returns sits at another level than a range-based variance; without this its loss would
    be one of units.

    Args:
        forecast: (rows, horizon).
        past_forecast: (past rows, horizon) the same model's forecasts on training days.
        past_variance: (past rows, horizon) what came there.
    """
    return np.asarray(forecast * np.mean(past_variance / past_forecast, axis=0))


def linear_har(past: np.ndarray, past_variance: np.ndarray, regressors: np.ndarray) -> np.ndarray:
    """HAR-RV (Corsi 2009): least squares of the variance ahead on past mean variances.

    A forecast below the least variance seen in training is set to that, so that QLIKE is defined.

    Args:
        past: (past rows, terms) mean variances before training decisions.
        past_variance: (past rows, horizon).
        regressors: (rows, terms).

    Returns:
        (rows, horizon).
    """
    forecast = _with_constant(regressors) @ _least_squares(past, past_variance)
    return np.asarray(np.maximum(forecast, past_variance.min(axis=0)))


def log_har(past: np.ndarray, past_variance: np.ndarray, regressors: np.ndarray) -> np.ndarray:
    """HAR in logarithms (Andersen, Bollerslev and Diebold 2007), brought to the level of least QLIKE on training days.

    Args:
        past: (past rows, terms) logarithms of mean variances before training decisions.
        past_variance: (past rows, horizon), above zero.
        regressors: (rows, terms) logarithms.

    Returns:
        (rows, horizon).
    """
    solution = _least_squares(past, np.log(past_variance))
    fitted = np.exp(_with_constant(past) @ solution)
    return calibrated(np.exp(_with_constant(regressors) @ solution), fitted, past_variance)


def _least_squares(regressors: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.lstsq(_with_constant(regressors), values, rcond=None)[0])


def _with_constant(regressors: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(regressors)), regressors])
