"""Random changes of ink and images that keep what is written: in training, anew for every batch."""

from __future__ import annotations

import numpy as np

from common.data.ragged import Arrays, Ragged
from common.preprocessing.ink import InkSettings, Pen, features, resample

# standard deviations at strength 1; lengths in the unit of the normalised ink
_SHEAR = 0.2
_TURN_LINE, _TURN_CHARACTER = 0.02, 0.12  # radians
_STRETCH = 0.1  # of the logarithms of width and height
_WOBBLE, _WOBBLE_POINTS = 0.05, 8  # a smooth displacement with a knot every so many points
_SWAY, _SWAY_POINTS = 0.15, 80  # a slow one
_STROKE_SHIFT = 0.05  # of each stroke on its own
_PACE = 0.1  # of the logarithm of the distance of points
_SHIFT_PIXELS = 2
_GAP_RATE, _GAP_POINTS = 1 / 100, 10  # spans of points blanked: how many a point, how long at the most


class InkAugmentation:
    """Makes training inputs of normalised ink: varied, resampled, as features, with short spans blanked.

    Slant, rotation, size, and a smooth distortion as in Simard, Steinkraus and Platt (2003); blanked spans as the time
    masks of SpecAugment (Park et al., 2019).

    Args:
        settings: how ink becomes features.
        strength: float. Scales all of it; 0 changes nothing.
    """

    def __init__(self, settings: InkSettings, strength: float) -> None:
        self.settings, self.strength = settings, strength

    def __call__(self, arrays: Arrays, generator: np.random.Generator) -> Arrays:
        """`points`: ragged (points, 4) float32 of x, y, stroke start, time -> `ink` and `lengths`, as `encode`."""
        rows = [self.vary(pen_of_points(points), generator) for points in arrays["points"]]
        ink = Ragged.from_rows(rows, np.float32)
        return {"ink": ink, "lengths": ink.lengths}

    def vary(self, pen: Pen, generator: np.random.Generator) -> np.ndarray:
        """(timesteps, features) float32 of one varied ink."""
        settings, strength = self.settings, self.strength
        if strength:
            pen = distorted(pen, generator, strength, line=settings.scale_by == "height")
        step = settings.step * float(np.exp(generator.normal(0, _PACE * strength)))
        made = features(resample(pen, step, settings.max_timesteps), settings)
        for _ in range(generator.poisson(_GAP_RATE * strength * len(made))):
            start = generator.integers(len(made))
            made[start : start + generator.integers(1, _GAP_POINTS + 1)] = 0.0
        return made


class ImageAugmentation:
    """Shifts images by some pixels, up or down and to the sides.

    Args:
        strength: float. Scales the largest shift; 0 changes nothing.
    """

    def __init__(self, strength: float) -> None:
        self.most = round(_SHIFT_PIXELS * strength)

    def __call__(self, arrays: Arrays, generator: np.random.Generator) -> Arrays:
        """`columns`: ragged (timesteps, rows) float32, `lengths` -> the same, shifted."""
        columns = arrays["columns"]
        shifts = generator.integers(-self.most, self.most + 1, (len(columns), 2))
        rows = [shifted(shifted(row, dx).T, dy).T for row, (dx, dy) in zip(columns, shifts.tolist(), strict=True)]
        return {**arrays, "columns": Ragged.from_rows(rows, np.float32)}


def shifted(image: np.ndarray, steps: int) -> np.ndarray:
    """The image moved along its first axis by whole steps, zeros coming in."""
    moved = np.zeros_like(image)
    if steps >= 0:
        moved[steps:] = image[: len(image) - steps] if steps < len(image) else moved[steps:]
    else:
        moved[:steps] = image[-steps:]
    return moved


def pen_of_points(points: np.ndarray) -> Pen:
    """Rows of x, y, stroke start and time, as `encode_training` stores ink."""
    columns = points.astype(np.float64)
    return Pen(columns[:, :2], columns[:, 2] > 0, columns[:, 3])


def distorted(pen: Pen, generator: np.random.Generator, strength: float, line: bool) -> Pen:
    """The ink sheared, turned, stretched, wobbled, and its strokes moved a little against each other.

    Args:
        pen: normalised ink.
        generator: of the random numbers.
        strength: float. Scales every change.
        line: a line of text turns less than a character does, and sways.
    """
    turn = generator.normal(0, strength * (_TURN_LINE if line else _TURN_CHARACTER))
    shear = generator.normal(0, strength * _SHEAR)
    width, height = np.exp(generator.normal(0, strength * _STRETCH, 2))
    cosine, sine = np.cos(turn), np.sin(turn)
    matrix = np.array([[width, 0.0], [shear * height, height]]) @ np.array([[cosine, sine], [-sine, cosine]])
    strokes = generator.normal(0, strength * _STROKE_SHIFT, (int(pen.first.sum()), 2))
    moved = _smooth(generator, len(pen.xy), _WOBBLE_POINTS) * (strength * _WOBBLE) + strokes[np.cumsum(pen.first) - 1]
    if line:
        moved += _smooth(generator, len(pen.xy), _SWAY_POINTS) * (strength * _SWAY)
    return pen._replace(xy=pen.xy @ matrix + moved)


def _smooth(generator: np.random.Generator, points: int, spacing: int) -> np.ndarray:
    """(points, 2): normal numbers at every `spacing`-th point, straight lines between."""
    knots = generator.normal(size=(points // spacing + 2, 2))
    at = np.arange(points) / spacing
    return np.stack([np.interp(at, np.arange(len(knots)), knots[:, axis]) for axis in (0, 1)], axis=1)
