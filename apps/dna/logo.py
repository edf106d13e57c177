"""Sequence logos of importance: each letter as high as what rests on it, below the line where it speaks against."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from common.files import write_with

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"A": "#109648", "C": "#255C99", "G": "#F7B32B", "T": "#D62839"}  # the usual colours of the four bases
_OTHER = "#666666"
_ROW = 100  # letters in a row
_DOTS_PER_INCH = 110


def draw_logo(path: Path, letters: str, importance: Mapping[str, np.ndarray], title: str, start: int = 0) -> None:
    """Draws one row of axes per method and hundred letters.

    Args:
        path: the PNG file.
        letters: the sequence.
        importance: method -> (length,) float.
        title: str. The heading.
        start: int. Position of the first letter in its record, from 0; the axis counts from 1.
    """
    from matplotlib.figure import Figure

    rows = [(method, first) for first in range(0, len(letters), _ROW) for method in importance]
    wide = min(len(letters), _ROW)
    figure = Figure(
        figsize=(max(4.0, 0.13 * wide + 0.9), 1.35 * len(rows) + 0.6), dpi=_DOTS_PER_INCH, layout="constrained"
    )
    axes = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axis, (method, first) in zip(axes, rows, strict=True):
        values = np.asarray(importance[method], float)
        part = slice(first, first + _ROW)
        _letters(axis, letters[part], values[part], start + first)
        span = max(np.abs(values).max(initial=0), 1e-9)
        axis.set_ylim(min(values.min(), 0) - 0.08 * span, max(values.max(), 0) + 0.08 * span)
        axis.set_xlim(start + first + 0.4, start + first + wide + 0.6)
        axis.set_ylabel(method, fontsize=8)
    axes[-1].set_xlabel("position (nt)")
    figure.suptitle(title, fontsize=10, parse_math=False)
    write_with(path, lambda temporary: figure.savefig(temporary, format="png", metadata={"Software": None}))


def _letters(axis: Axes, letters: str, heights: np.ndarray, start: int) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.transforms import Affine2D

    for index, (letter, height) in enumerate(zip(letters, heights, strict=True)):
        glyph, box = _glyph(letter)
        place = (
            Affine2D()
            .translate(-box.x0, -box.y0)
            .scale(0.9 / max(box.width, 1e-9), float(height) / max(box.height, 1e-9))
            .translate(start + index + 0.55, 0)
        )
        axis.add_patch(PathPatch(place.transform_path(glyph), color=COLOURS.get(letter, _OTHER), lw=0))
    axis.axhline(0, color="#888888", lw=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=7)


@cache
def _glyph(letter: str) -> tuple[Any, Any]:
    """The outline of a letter and its bounding box."""
    from matplotlib.textpath import TextPath

    outline = TextPath((0, 0), letter, size=1)
    return outline, outline.get_extents()
