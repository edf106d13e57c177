"""Images of writing to columns: the width is the time axis, a column of grey values the features of a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from common.preprocessing import specification as spec


@dataclass(frozen=True)
class ImageSettings:
    """How an image becomes columns; part of the preprocessing specification of a bundle.

    Attributes:
        height: rows of the normalised image, which is the number of features of a step.
        max_timesteps: wider images are narrowed to this many columns.
    """

    height: int = 32
    max_timesteps: int = 640

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ImageSettings:
        """Reads what `to_json` wrote.

        Raises:
            ValueError: something else.
        """
        height = spec.whole(values, "height", 1, 4096)
        return cls(height, spec.whole(values, "max_timesteps", 1, spec.LONGEST))


def encode_image(image: np.ndarray, settings: ImageSettings) -> np.ndarray:
    """(1..max_timesteps, height) float32 between 0 (paper) and 1 (ink), from left to right.

    The image is scaled to the height with its proportions kept, and its grey values are stretched over the whole range.
    Dark writing on light paper is turned around: paper is what most of the image is.

    Args:
        image: (rows, columns) of any number type.
    """
    grey = image.astype(np.float32)
    low, high = float(grey.min()), float(grey.max())
    grey = (grey - low) / (high - low) if high > low else np.zeros_like(grey)
    if high > low and np.median(grey) > 0.5:
        grey = 1.0 - grey
    rows, columns = grey.shape
    width = min(max(1, round(columns * settings.height / rows)), settings.max_timesteps)
    return np.ascontiguousarray(_scaled(_scaled(grey, settings.height).T, width), np.float32)


def _scaled(image: np.ndarray, size: int) -> np.ndarray:
    """Scales the first axis: means of the area when shrinking, straight lines when growing."""
    old = len(image)
    if size == old:
        return image
    if size > old:
        at = np.clip((np.arange(size) + 0.5) * old / size - 0.5, 0, old - 1)
        below = np.minimum(at.astype(np.int64), max(0, old - 2))
        share = (at - below)[:, None]
        return image[below] * (1 - share) + image[np.minimum(below + 1, old - 1)] * share
    sums = np.concatenate([np.zeros((1, image.shape[1])), np.cumsum(image, axis=0, dtype=np.float64)])
    edges = np.arange(size + 1) * old / size
    whole = np.minimum(edges.astype(np.int64), old - 1)
    integral = sums[whole] + (edges - whole)[:, None] * (sums[whole + 1] - sums[whole])
    return np.diff(integral, axis=0) * (size / old)
