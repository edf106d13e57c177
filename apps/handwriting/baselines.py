"""What a sceptic would try first: the most frequent text, and the nearest template."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from apps.handwriting.config import HandwritingConfig
from apps.handwriting.model import LABELS, PROBABILITIES
from common.app import Outputs
from common.data.splits import TRAIN, Examples, Splits
from common.evaluation.dtw import nearest_template
from common.preprocessing.images import ImageSettings, encode_image
from common.preprocessing.ink import InkSettings, normalise, pen_of

TEMPLATES = 2000  # training examples at the most, drawn at random
_POINTS = 16  # of a character for dynamic time warping, at equal distances along the ink


def baselines(config: HandwritingConfig, splits: Splits, examples: Examples) -> dict[str, Outputs]:
    """Lines: the most frequent training text. Characters: the most frequent class and the nearest template."""
    train = splits[TRAIN]
    if not splits.labels:
        characters = sorted(set().union(*map(set, train.targets)))
        common = Counter(train.targets).most_common(1)[0][0]
        row = np.array([characters.index(c) + 1 for c in common], np.int32)
        return {"most frequent text": {LABELS: np.tile(row, (len(examples), 1))}}
    classes = len(splits.labels)
    shares = np.bincount(train.targets, minlength=classes) / len(train)
    chosen = np.sort(np.random.default_rng(config.seed).permutation(len(train))[:TEMPLATES])
    templates = train.take(chosen)
    if isinstance(train.inputs[0], np.ndarray):
        name, nearest = "nearest template (pixels)", _nearest_image(templates, examples)
    else:
        name, nearest = "nearest template (DTW)", _nearest_ink(templates, examples)
    return {
        "most frequent class": {PROBABILITIES: np.tile(shares, (len(examples), 1))},
        name: {PROBABILITIES: np.eye(classes)[nearest]},
    }


def _nearest_ink(templates: Examples, examples: Examples) -> np.ndarray:
    def shapes(inputs: Any) -> np.ndarray:
        return np.stack([character_shape(ink) for ink in inputs])

    return nearest_template(shapes(examples.inputs), shapes(templates.inputs), np.asarray(templates.targets))


def character_shape(ink: Any) -> np.ndarray:
    """(16, 2) positions at equal distances along all of a character's ink, the pen's way in the air included."""
    pen = normalise(pen_of(ink), InkSettings(scale_by="size", deskew=False))
    travelled = np.cumsum(np.hypot(*np.diff(pen.xy, axis=0, prepend=pen.xy[:1]).T))
    at = np.linspace(0, travelled[-1], _POINTS)
    shape = np.stack([np.interp(at, travelled, pen.xy[:, axis]) for axis in (0, 1)], axis=1)
    return shape - shape.mean(axis=0)


def _nearest_image(templates: Examples, examples: Examples) -> np.ndarray:
    settings = ImageSettings(height=14, max_timesteps=14)

    def pixels(inputs: Any) -> np.ndarray:
        rows = [encode_image(image, settings) for image in inputs]
        return np.stack([np.pad(row, ((0, 14 - len(row)), (0, 0))).ravel() for row in rows])

    found, known = pixels(examples.inputs), pixels(templates.inputs)
    distances = (known**2).sum(axis=1) - 2 * found @ known.T  # (examples, templates), up to a constant of the row
    return np.asarray(templates.targets)[distances.argmin(axis=1)]
