"""IAM-OnDB's lineStrokes XML (Liwicki and Bunke, 2005): one line of text a file."""

from __future__ import annotations

from pathlib import Path

from common.data.ink.strokes import Ink, ink_of
from common.data.xml_files import read_xml
from common.errors import UserError


def read_line(path: Path) -> Ink:
    """The strokes of one lineStrokes file, (points, 3) each: x, y and seconds."""
    strokes = []
    for stroke in read_xml(path).iter("Stroke"):
        try:
            strokes.append(
                [(float(p.attrib["x"]), float(p.attrib["y"]), float(p.attrib["time"])) for p in stroke.iter("Point")]
            )
        except (KeyError, ValueError) as error:
            raise UserError(
                f"{path}: expected points with numbers x, y and time, found an error: {error}; copy the file again"
            ) from error
    return ink_of(strokes, str(path))
