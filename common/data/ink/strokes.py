"""What counts as ink."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from common.errors import UserError

_FARTHEST = 1e30  # of coordinates and times: differences stay inside float32
# (points, 2 or 3) float32 each: x, y growing downwards and, where all strokes have it, time since the first point
Ink = tuple[np.ndarray, ...]


def ink_of(strokes: Iterable[Any], place: str) -> Ink:
    """Checks strokes and makes arrays of them; strokes without a point are left out.

    Args:
        strokes: each a sequence of points [x, y] or [x, y, time], all of one kind.
        place: file, or file and line, for the error.

    Returns:
        The strokes, time counted from the first point; empty where there is no point.

    Raises:
        UserError: a point that is not two or three finite numbers.
    """
    found = []
    for number, stroke in enumerate(strokes, start=1):
        try:
            points = np.asarray(stroke, np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise UserError(
                f"{place}: expected points [x, y] or [x, y, time] of one kind, found others in stroke {number}; "
                "correct it"
            ) from error
        if not points.size:
            continue
        if points.ndim != 2 or points.shape[1] not in (2, 3):
            raise UserError(
                f"{place}: expected points [x, y] or [x, y, time] in stroke {number}, "
                f"found an array of shape {points.shape}; correct it"
            )
        usable = np.abs(points) <= _FARTHEST  # False for NaN
        if not usable.all():
            row = int(np.flatnonzero(~usable.all(axis=1))[0])
            raise UserError(
                f"{place}: expected finite coordinates, found {points[row].tolist()} at point {row + 1} "
                f"of stroke {number}; remove the point or the example"
            )
        found.append(points)
    columns = min((points.shape[1] for points in found), default=2)
    start = found[0][0, 2] if columns == 3 else 0.0
    made = []
    for points in found:
        points = points[:, :columns].copy()
        if columns == 3:
            points[:, 2] -= start  # float32 would lose the milliseconds of a time counted from 1970
        made.append(points.astype(np.float32))
    return tuple(made)
