"""Pictures of ink with what was read in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from apps.handwriting.preprocess import HandwritingPreprocessor
from common.decoding.ctc import greedy_alignment, real_frames
from common.files import write_with
from common.preprocessing.ink import InkSettings, normalise, pen_of, resample

_COLOURS = ("#1f6fb4", "#d95f02")
_GREY = "#b0b0b0"


def draw_alignment(
    path: Path, preprocessor: HandwritingPreprocessor, ink: Any, scores: np.ndarray, note: str = "", written: str = ""
) -> None:
    """Draws ink, every point in the colour of the character its frames were read as, the characters below.

    Args:
        path: the PNG file.
        preprocessor: of the run; for ink.
        ink: the strokes.
        scores: (frames, classes) log-probabilities.
        note: str. A line below the heading.
        written: str. What was written, where it is known.
    """
    from matplotlib.figure import Figure

    settings = preprocessor.settings
    assert isinstance(settings, InkSettings)
    pen = resample(normalise(pen_of(ink), settings), settings.step, settings.max_timesteps)
    frames = real_frames(scores)
    parts = greedy_alignment(frames)
    stride = max(1, round(len(pen.xy) / max(1, len(frames))))
    owner = _owners(len(pen.xy), parts, stride)
    x, y = pen.xy[:, 0], -pen.xy[:, 1]
    width = float(np.clip((x.max() - x.min()) / 5, 4, 16))
    figure = Figure(figsize=(width, 3.2), dpi=120, layout="constrained", facecolor="white")
    axis = figure.subplots()
    for start, end in _runs(pen.first):
        axis.plot(x[start:end], y[start:end], "-", color=_GREY, lw=1.0, zorder=1)
    colours = np.array([_GREY if part < 0 else _COLOURS[part % 2] for part in owner])
    axis.scatter(x, y, s=7, c=colours, zorder=2, linewidths=0)
    floor = float(y.min()) - 0.8
    for number, part in enumerate(parts):
        own = x[owner == number]
        at = float(own.mean()) if len(own) else float(x[min(len(x) - 1, part.start * stride)])
        character = preprocessor.labels[part.label - 1]
        text = "␣" if character == " " else character
        axis.text(at, floor, text, ha="center", va="top", color=_COLOURS[number % 2], fontsize=12, parse_math=False)
        axis.vlines(at, floor, floor + 0.5 * part.confidence, color=_COLOURS[number % 2], lw=2)
    axis.set_ylim(floor - 1.0, float(y.max()) + 0.3)
    axis.set_aspect("equal")
    axis.axis("off")
    read = "".join(preprocessor.labels[part.label - 1] for part in parts)
    heading = f"read: {read}" + (f"\nwritten: {written}" if written else "") + (f"\n{note}" if note else "")
    figure.suptitle(heading, fontsize=10, parse_math=False)
    write_with(path, lambda temporary: figure.savefig(temporary, format="png", metadata={"Software": None}))


def _owners(points: int, parts: list[Any], stride: int) -> np.ndarray:
    """(points,) the number of the character whose frames are nearest to a point's, -1 for spaces' gaps and no text."""
    owner = np.full(points, -1)
    if parts:
        centres = np.array([(part.start + part.end - 1) / 2 for part in parts])
        owner = np.abs(np.arange(points)[:, None] / stride - centres).argmin(axis=1)
    return owner


def _runs(first: np.ndarray) -> list[tuple[int, int]]:
    starts = np.flatnonzero(first)
    return list(zip(starts.tolist(), [*starts[1:].tolist(), len(first)], strict=True))
