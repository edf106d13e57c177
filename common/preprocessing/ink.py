"""Pen ink to features: normalisation, points at equal distances, and what a recurrent network reads of each point.

Ink is a sequence of strokes, each (points, 2 or 3) of x, y and, where known, time; y grows downwards. All statistics
are integrals along the ink, so they depend neither on where the ink stands, nor on its unit, nor on how densely or
evenly it was sampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from common.preprocessing import specification as spec

FEATURES = ("asinh_dx", "asinh_dy", "cosine", "sine", "stroke_start", "stroke_end", "y", "asinh_beyond")
TIME_FEATURE = "log_duration"
_ROUNDING = 1e-9  # other languages add up in another order
_LINE_SHAPE = 4.0  # ink this much wider than high (in standard deviations) has a base line to be turned level
_FLATTEST = 0.02  # a lone dash has no height to scale by: never scale beyond its width times 1 / this


@dataclass(frozen=True)
class InkSettings:
    """How ink becomes features; part of the preprocessing specification of a bundle.

    Attributes:
        step: distance between neighbouring points, where the unit is that of `scale_by`.
        scale_by: "height" makes the standard deviation of y 1 (lines of text), "size" the larger one of x and y.
        deskew: turn a line of text level.
        deslant: shear the ink until its steep parts are upright on average.
        time: add the feature `log_duration`.
        max_timesteps: ink with more points is resampled with a longer step.
    """

    step: float = 0.45
    scale_by: str = "height"
    deskew: bool = True
    deslant: bool = False
    time: bool = False
    max_timesteps: int = 640

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features, in order."""
        return (*FEATURES, TIME_FEATURE) if self.time else FEATURES

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON, the features named."""
        return {**asdict(self), "features": list(self.features)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> InkSettings:
        """Reads what `to_json` wrote.

        Raises:
            ValueError: something else, or other features than those of this version.
        """
        found = cls(
            step=spec.number(values, "step", 1e-6, 1e6),
            scale_by=spec.text(values, "scale_by", "height", "size"),
            deskew=spec.flag(values, "deskew"),
            deslant=spec.flag(values, "deslant"),
            time=spec.flag(values, "time"),
            max_timesteps=spec.whole(values, "max_timesteps", 1, spec.LONGEST),
        )
        if spec.texts(values, "features") != found.features:
            raise ValueError(f"features: expected {', '.join(found.features)}, found others")
        return found


class Pen(NamedTuple):
    """Ink as one run of points.

    Attributes:
        xy: (points, 2) float64.
        first: (points,) bool, True where a stroke starts; the first point does.
        time: (points,) float64, never falling; zeros where unknown.
    """

    xy: np.ndarray
    first: np.ndarray
    time: np.ndarray


def pen_of(strokes: Sequence[np.ndarray]) -> Pen:
    """Joins strokes; times that run backwards stand still instead.

    Args:
        strokes: (points, 2 or 3) each, at least one point in all.

    Raises:
        ValueError: there is no point.
    """
    filled = [np.asarray(stroke, np.float64) for stroke in strokes if len(stroke)]
    if not filled:
        raise ValueError("expected ink with at least one point, found none")
    xy = np.concatenate([stroke[:, :2] for stroke in filled])
    first = np.zeros(len(xy), bool)
    first[np.cumsum([0, *map(len, filled[:-1])])] = True
    timed = all(stroke.shape[1] > 2 for stroke in filled)
    time = np.concatenate([stroke[:, 2] for stroke in filled]) if timed else np.zeros(len(xy))
    return Pen(xy, first, np.maximum.accumulate(time))


def encode_ink(strokes: Sequence[np.ndarray], settings: InkSettings) -> np.ndarray:
    """(1..max_timesteps, features) float32 of some ink."""
    return features(resample(normalise(pen_of(strokes), settings), settings.step, settings.max_timesteps), settings)


def normalise(pen: Pen, settings: InkSettings) -> Pen:
    """Level, upright where asked, of unit size; x starts at 0 and the mean of y is 0."""
    xy = pen.xy - pen.xy[0]
    largest = np.abs(xy).max()
    if largest > 0:
        xy = xy / largest  # squares of any unit then stay inside float64
    if settings.deskew:
        mean, spread = _moments(xy, pen.first)
        if spread[0, 0] > _LINE_SHAPE**2 * spread[1, 1]:
            angle = np.arctan2(2 * spread[0, 1], spread[0, 0] - spread[1, 1]) / 2  # of the principal axis
            cosine, sine = np.cos(angle), np.sin(angle)
            xy = xy @ np.array([[cosine, -sine], [sine, cosine]])
    if settings.deslant:
        xy = xy - np.outer(xy[:, 1] * slant(Pen(xy, pen.first, pen.time)), [1.0, 0.0])
    mean, spread = _moments(xy, pen.first)
    width, height = np.sqrt(np.diag(spread))
    size = max(height, _FLATTEST * width) if settings.scale_by == "height" else max(width, height)
    return pen._replace(xy=(xy - [xy[0, 0], mean[1]]) / (size if size > 1e-9 else 1.0))


def slant(pen: Pen) -> float:
    """The shear dx / dy of the steep parts of the ink (less than 45 degrees off the vertical), by least squares."""
    delta = np.diff(pen.xy, axis=0)
    length = np.hypot(*delta.T)
    steep = ~pen.first[1:] & (np.abs(delta[:, 1]) > np.abs(delta[:, 0]))
    dx, dy, length = delta[steep, 0], delta[steep, 1], length[steep]
    return float(np.sum(dx * dy / length) / np.sum(dy * dy / length)) if len(length) else 0.0


def _moments(xy: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (2,) and covariance (2, 2) of the positions along the ink, every stretch of a stroke weighted by length."""
    start, end = xy[:-1], xy[1:]
    length = np.where(first[1:], 0.0, np.hypot(*(end - start).T))
    total = length.sum()
    if total <= 0:  # dots only
        return xy.mean(axis=0), np.cov(xy.T, bias=True) if len(xy) > 1 else np.zeros((2, 2))
    mean = length @ (start + end) / (2 * total)
    start, end = start - mean, end - mean
    # the integral of p p^T over a straight stretch from a to b is length * (2 a a^T + a b^T + b a^T + 2 b b^T) / 6
    weighted_start, weighted_end = start * length[:, None], end * length[:, None]
    cross = weighted_start.T @ end
    spread = (2 * weighted_start.T @ start + cross + cross.T + 2 * weighted_end.T @ end) / (6 * total)
    return mean, spread


def resample(pen: Pen, step: float, most: int | None = None) -> Pen:
    """Points at equal distances along each stroke, its two ends kept; a stroke shorter than half a step is one point.

    Args:
        pen: ink in the unit of `step`.
        step: the distance wanted; each stroke's own is the nearest that divides it.
        most: int. The step grows where more points would come out; strokes beyond this number are left out.
    """
    starts = np.flatnonzero(pen.first)
    if most is not None:
        starts = starts[:most]
    ends = np.append(
        starts[1:], np.flatnonzero(pen.first)[len(starts)] if len(starts) < pen.first.sum() else len(pen.xy)
    )
    length = np.hypot(*np.diff(pen.xy, axis=0, prepend=pen.xy[:1]).T)
    length[pen.first] = 1.0  # the pen in the air: any positive length keeps the strokes apart
    travelled = np.cumsum(length)  # (points,)
    stroke_start, stroke_length = travelled[starts], travelled[ends - 1] - travelled[starts]
    pieces = np.rint(stroke_length / step).astype(np.int64)
    if most is not None and pieces.sum() + len(pieces) > most:
        room = max(0, most - len(pieces))
        # a lone stroke takes all of the room: its share must not fall below by the last digit of a sum
        pieces = np.floor(stroke_length * (room / stroke_length.sum()) + _ROUNDING).astype(np.int64)
    counts = pieces + 1
    first = np.zeros(counts.sum(), bool)
    first[np.cumsum(counts) - counts] = True
    number = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)  # of the point in its stroke
    share = np.where(np.repeat(pieces, counts) > 0, number / np.maximum(np.repeat(pieces, counts), 1), 0.5)
    wanted = np.repeat(stroke_start, counts) + share * np.repeat(stroke_length, counts)
    xy = np.stack([np.interp(wanted, travelled, pen.xy[:, axis]) for axis in (0, 1)], axis=1)
    return Pen(xy, first, np.interp(wanted, travelled, pen.time))


def features(pen: Pen, settings: InkSettings) -> np.ndarray:
    """(points, features) float32 of resampled ink.

    `asinh_dx`, `asinh_dy`: the way from the point before, pen in the air or not. `cosine`, `sine`: the direction the
    pen moves in. `beyond`: how far right of everything earlier strokes wrote, so that a gap between words and a dot
    or bar set later show at once. `log_duration`: of the way from the point before, relative to the median.
    """
    xy, first = pen.xy, pen.first
    last = np.append(first[1:], True)
    delta = np.diff(xy, axis=0, prepend=xy[:1])  # (points, 2)
    heading = np.where(first[:, None], 0.0, delta)
    leaving = np.flatnonzero(first & ~last)
    heading[leaving] = delta[leaving + 1]
    heading /= np.maximum(np.hypot(*heading.T), 1e-9)[:, None]
    rightmost = np.maximum.accumulate(np.maximum.reduceat(xy[:, 0], np.flatnonzero(first)))
    earlier = np.append(xy[0, 0], rightmost[:-1])[np.cumsum(first) - 1]
    columns = [*np.arcsinh(delta).T, *heading.T, first, last, xy[:, 1], np.arcsinh(xy[:, 0] - earlier)]
    if settings.time:
        columns.append(_log_duration(pen.time))
    return np.stack(columns, axis=1).astype(np.float32)


def _log_duration(time: np.ndarray) -> np.ndarray:
    duration = np.diff(time, prepend=time[:1])
    typical = np.median(duration[duration > 0]) if (duration > 0).any() else 0.0
    if not typical:
        return np.zeros(len(time))
    return np.clip(np.log(np.maximum(duration, 1e-3 * typical) / typical), -3.0, 3.0)
