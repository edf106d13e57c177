"""Pictures of forecasts: fan chart, calibration, skill over time, forecast against what came."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from common.report.canvas import BLUE, GREY, INK, ORANGE, figure, plain, save

_FAN = ((0.025, 0.975, 0.18), (0.1, 0.9, 0.3), (0.25, 0.75, 0.45))  # ends of an interval, how dark it is drawn
_BINS = 20


def fan_chart(
    path: Path,
    past: tuple[np.ndarray, np.ndarray],
    ahead: tuple[np.ndarray, np.ndarray],
    levels: Sequence[float],
    came: np.ndarray,
    title: str,
    note: str = "",
) -> None:
    """Draws the last known values, the forecast as a fan of 50, 80 and 95% intervals, and what came.

    Args:
        path: the PNG file.
        past: (days,) datetime64 and (days,) values up to the decision.
        ahead: (horizon,) datetime64 and (horizon, levels) quantiles.
        levels: of the quantiles.
        came: (horizon,) values.
        title: str. The heading.
        note: str. A line below the heading.
    """
    sheet = figure(7.2, 4.2, title, note)
    axis = sheet.subplots()
    dates = np.concatenate([past[0][-1:], ahead[0]]).astype(object)
    last = past[1][-1]
    place = {level: index for index, level in enumerate(levels)}
    for low, high, dark in _FAN:
        bottom, top = (np.concatenate([[last], ahead[1][:, place[level]]]) for level in (low, high))
        axis.fill_between(dates, bottom, top, color=BLUE, alpha=dark, lw=0, label=f"{high - low:.0%} interval")
    axis.plot(dates, np.concatenate([[last], ahead[1][:, place[0.5]]]), "--", color=BLUE, lw=1.4, label="median")
    axis.plot(past[0].astype(object), past[1], "-", color=INK, lw=1.3, label="known")
    axis.plot(dates, np.concatenate([[last], came]), "-o", color=ORANGE, ms=3.5, lw=1.2, label="what came")
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    axis.tick_params(axis="x", labelsize=8, rotation=30)
    plain(axis)
    save(sheet, path)


def pit_histogram(path: Path, transforms: Sequence[tuple[str, np.ndarray]], note: str = "") -> None:
    """Draws where the values fell in their forecast distributions: flat when the forecast is calibrated.

    Args:
        path: the PNG file.
        transforms: panel title and (rows,) probability integral transforms, for each panel.
        note: str. A line below the heading.
    """
    sheet = figure(4.2 * len(transforms), 3.6, "Calibration: where the values fell in their forecasts", note)
    for axis, (title, values) in zip(sheet.subplots(1, len(transforms), squeeze=False)[0], transforms, strict=True):
        counts, edges = np.histogram(values, _BINS, (0, 1))
        axis.bar(edges[:-1], counts / max(1, counts.sum()), 1 / _BINS, align="edge", color=BLUE, edgecolor="white")
        axis.axhline(1 / _BINS, color=ORANGE, ls="--", lw=1.4, label="calibrated")
        axis.set_xlabel("probability integral transform")
        axis.set_ylabel("share of the days")
        axis.set_title(title, fontsize=9)
        axis.legend(frameon=False, fontsize=8)
        plain(axis)
    save(sheet, path)


def rolling_skill(
    path: Path, dates: np.ndarray, own: np.ndarray, other: np.ndarray, days: int, name: str, note: str = ""
) -> None:
    """Draws by how much the loss of the last `days` dates lies below a baseline's, date after date.

    Args:
        path: the PNG file.
        dates: (rows,) datetime64[D].
        own: (rows,) losses of the model.
        other: (rows,) losses of the baseline.
        days: int. Dates in a rolling mean; fewer where there are fewer.
        name: str. What the baseline is.
        note: str. A line below the heading.
    """
    distinct, place = np.unique(dates, return_inverse=True)
    span = min(days, max(1, len(distinct) // 2))
    sums = [np.cumsum(np.bincount(place, losses, len(distinct))) for losses in (own, other)]
    rolled = [np.concatenate([total[span - 1 : span], total[span:] - total[:-span]]) for total in sums]
    sheet = figure(7.2, 3.8, f"Skill over the last {span} dates against {name}", note)
    axis = sheet.subplots()
    axis.axhline(0, color=GREY, lw=1.2, ls="--")
    axis.plot(distinct[span - 1 :].astype(object), 100 * (1 - rolled[0] / rolled[1]), color=BLUE, lw=1.5)
    axis.set_ylabel("loss lower by (%)")
    axis.tick_params(axis="x", labelsize=8, rotation=30)
    plain(axis)
    save(sheet, path)


def forecast_against_came(
    path: Path, dates: np.ndarray, forecast: np.ndarray, came: np.ndarray, title: str, unit: str, note: str = ""
) -> None:
    """Draws a forecast and what came over time, and beside it one against the other.

    Args:
        path: the PNG file.
        dates: (days,) datetime64[D], ascending.
        forecast: (days,).
        came: (days,).
        title: str. The heading.
        unit: str. What the axes say.
        note: str. A line below the heading.
    """
    sheet = figure(10.2, 3.9, title, note)
    left, right = sheet.subplots(1, 2, width_ratios=(2, 1))
    left.plot(dates.astype(object), came, color=ORANGE, lw=0.9, label="what came")
    left.plot(dates.astype(object), forecast, color=BLUE, lw=1.3, label="forecast")
    left.set_ylabel(unit)
    left.legend(frameon=False, fontsize=8)
    left.tick_params(axis="x", labelsize=8, rotation=30)
    right.plot(forecast, came, ".", color=BLUE, ms=3, alpha=0.5)
    ends = [min(forecast.min(), came.min()), max(forecast.max(), came.max())]
    right.plot(ends, ends, "--", color=GREY, lw=1.2)
    right.set(xlabel=f"forecast, {unit}", ylabel="what came")
    for axis in (left, right):
        plain(axis)
    save(sheet, path)
