"""The pictures of forecasts are whole PNG files, also of short and of constant series."""

import numpy as np
import pytest

from common.report.forecast_plots import fan_chart, forecast_against_came, pit_histogram, rolling_skill

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def whole(path):
    raw = path.read_bytes()
    return raw[:8] == b"\x89PNG\r\n\x1a\n" and raw[-8:-4] == b"IEND" and len(raw) > 5000


def days(count):
    return np.datetime64("2020-01-01") + np.arange(count)


@pytest.mark.parametrize("horizon", [1, 5])
def test_fan_chart(tmp_path, horizon):
    quantiles = 100 + np.outer(np.arange(1, horizon + 1), np.arange(-3, 4))
    path = tmp_path / "fan.png"
    known, ahead = (days(30), np.full(30, 100.0)), (days(30 + horizon)[30:], quantiles)
    fan_chart(path, known, ahead, LEVELS, np.full(horizon, 101.0), "A", "synthetic")
    assert whole(path)


@pytest.mark.parametrize("count", [1, 2, 400])
def test_the_others(tmp_path, count):
    generator = np.random.default_rng(0)
    pit_histogram(tmp_path / "pit.png", [("1 day", generator.random(count)), ("5 days", generator.random(count))])
    losses = generator.random((2, count))
    rolling_skill(tmp_path / "skill.png", days(count), losses[0], losses[1], 63, "EWMA")
    forecast_against_came(tmp_path / "came.png", days(count), 1 + losses[0], 1 + losses[1], "V", "percent")
    assert all(whole(tmp_path / name) for name in ("pit.png", "skill.png", "came.png"))
