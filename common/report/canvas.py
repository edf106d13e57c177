"""Sheets to draw on, the same for every picture of a run.

Matplotlib's object interface only (no pyplot, no global state, no window); imported when a picture is drawn. Colours
are those of Okabe and Ito (2008), which colour-blind readers can tell apart.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from common.files import write_with

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS_PER_INCH = 120
BLUE, ORANGE, GREEN, GREY, INK = "#0072B2", "#D55E00", "#009E73", "#999999", "#222222"


def figure(
    width: float, height: float, title: str, note: str, compress: bool = False, w_pad: float = 0.04167
) -> Figure:
    """A figure of `width` by `height` inches with its heading; the layout leaves the room for it."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(compress=compress, w_pad=w_pad)
    sheet = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout=layout, facecolor="white")
    heading = f"{title}\n{note}" if note else title
    sheet.suptitle(heading, fontsize=11, color=INK, parse_math=False)
    return sheet


def save(sheet: Figure, path: Path) -> None:
    """Writes the figure as a PNG file, atomically."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a class name in a script the font lacks
        write_with(path, lambda temporary: sheet.savefig(temporary, format="png", metadata={"Software": None}))


def plain(axis: Axes) -> None:
    """Takes the frame's upper and right line away and draws faint horizontal ones."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color="#e5e5e5", lw=0.7)
    axis.set_axisbelow(True)
