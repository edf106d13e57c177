"""Handwriting to recognise, out of a file or a text: ink, or a picture of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from common.data import pictures
from common.data.ink import inkml, json_strokes, line_strokes
from common.data.ink.strokes import Ink
from common.errors import UserError
from common.files import read_text


def read_path(path: Path) -> list[Any]:
    """The inks or images of a file: InkML, a lineStrokes XML, JSON strokes, a picture or idx images.

    Raises:
        UserError: a file of another kind, or one without ink.
    """
    suffix = path.suffix.lower()
    if suffix in pictures.PICTURES:
        return [pictures.read_picture(path)]
    if "-idx3-" in path.name:
        return list(pictures.read_idx_images(path))
    if suffix == ".inkml":
        return _with_ink([(inkml.read_inkml(path)[0], str(path))])
    if suffix == ".xml":
        return _with_ink([(line_strokes.read_line(path), str(path))])
    return _parsed(read_text(path), str(path))


def read_inputs(text: str, single: bool) -> list[Any]:
    """The inks of JSON strokes; one document or one a line. None of a blank text.

    Raises:
        UserError: no JSON, or an example without ink.
    """
    return _parsed(text, "--text" if single else "the input") if text.strip() else []


def _parsed(text: str, name: str) -> list[Any]:
    return _with_ink([(row[0], row[3]) for row in json_strokes.parse(text, name)])


def _with_ink(found: Iterable[tuple[Ink, str]]) -> list[Any]:
    """The inks; one without a point is refused."""
    inks = []
    for ink, place in found:
        if not ink:
            raise UserError(f"{place}: expected strokes with at least one point, found none; write something")
        inks.append(ink)
    return inks
