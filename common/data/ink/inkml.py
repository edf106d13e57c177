"""InkML (W3C Recommendation, 2011): traces of X, Y and optionally time T, one text a file.

Read are `<trace>` elements in the order of the file, with the channels that `<traceFormat>` names (X and Y without it),
values plain or as first (') and second (") differences. The text stands in `<annotation type="truth">` (or `label`,
`text`), the writer in `<annotation type="writer">`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from common.data.ink.strokes import Ink, ink_of
from common.data.xml_files import read_xml
from common.errors import UserError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_VALUE = re.compile(r"([!'\"]?)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[*?TF]|#[0-9a-fA-F]+)")
_TRUTH = ("truth", "label", "text")


def read_inkml(path: Path) -> tuple[Ink, str, str]:
    """The ink of a file, its text and its writer (empty where not told).

    Raises:
        UserError: broken XML, no InkML, no trace, or a value that is not a number (file named).
    """
    root = read_xml(path)
    if _name(root) != "ink":
        raise UserError(f"{path}: expected the root element <ink>, found <{_name(root)}>; give an InkML file")
    channels = [str(e.get("name", "")).upper() for e in root.iter() if _name(e) == "channel"] or ["X", "Y"]
    if not {"X", "Y"} <= set(channels):
        raise UserError(f"{path}: expected the channels X and Y, found {', '.join(channels)}; export X and Y")
    wanted = [channels.index(name) for name in ("X", "Y", "T") if name in channels]
    traces = [e for e in root.iter() if _name(e) == "trace"]
    strokes = []
    for number, trace in enumerate(traces, start=1):
        values = trace_values(trace.text or "", len(channels), f"{path}: trace {number}")
        strokes.append([[row[column] for column in wanted] for row in values])
    notes = {e.get("type", ""): " ".join((e.text or "").split()) for e in root if _name(e) == "annotation"}
    text = next((notes[kind] for kind in _TRUTH if notes.get(kind)), "")
    return ink_of(strokes, str(path)), text, notes.get("writer", "")


def trace_values(text: str, channels: int, place: str) -> list[list[float]]:
    """The points of a trace, one value a channel, differences resolved.

    Args:
        text: points separated by commas, values by white space or by their signs.
        channels: int. How many values a point has.
        place: for the error.

    Raises:
        UserError: a point with another number of values, or a value that is not a number.
    """
    rows: list[list[float]] = []
    orders, last, speed = ["!"] * channels, [0.0] * channels, [0.0] * channels
    for point in (" ".join(piece.split()) for piece in text.split(",")):  # a search over long blanks takes their square
        if not point:
            continue
        found = _VALUE.findall(point)
        if len(found) != channels or _VALUE.sub("", point).strip():
            raise UserError(f"{place}: expected points of {channels} numbers, found {point[:40]!r}; correct the trace")
        for channel, (order, value) in enumerate(found):
            orders[channel] = order or orders[channel]
            last[channel], speed[channel] = _resolved(orders[channel], value, last[channel], speed[channel], place)
        rows.append(list(last))
    return rows


def _resolved(order: str, text: str, last: float, speed: float, place: str) -> tuple[float, float]:
    """The value and the difference to the one before, from a value (!), a first (') or a second (") difference."""
    try:
        value = float(text)
    except ValueError:
        raise UserError(f"{place}: expected a number, found {text!r}; export X, Y and T as numbers") from None
    if order == "!":
        return value, value - last
    speed = value if order == "'" else speed + value
    return last + speed, speed


def _name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_files(folder: Path) -> Sequence[Path]:
    """The InkML files below a folder, in order."""
    return sorted(folder.rglob("*.inkml"))
