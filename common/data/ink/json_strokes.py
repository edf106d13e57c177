"""Strokes as JSON: `[[[x, y, t], ...], ...]`, as a browser's canvas or Android's MotionEvent gives them, with texts.

An example is `{"strokes": [[[x, y, t], ...], ...], "text": "...", "writer": "..."}`, time and writer optional; a file
holds one a line (`.jsonl`) or a list of them (`.json`). Bare strokes are an example without text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from common.data.ink.strokes import Ink, ink_of
from common.errors import UserError

SUFFIXES = (".json", ".jsonl", ".ndjson")


def parse(text: str, name: str) -> list[tuple[Ink, str, str, str]]:
    """Ink, text, writer and origin of every example in some JSON or JSON lines.

    Args:
        text: what the file holds.
        name: of the file, for origins and errors.

    Raises:
        UserError: no JSON, or an example without strokes (line named).
    """
    return [_example(value, place) for value, place in _values(text, name)]


def _values(text: str, name: str) -> Iterator[tuple[Any, str]]:
    try:
        whole = json.loads(text)
    except RecursionError as error:
        raise UserError(f"{name}: expected strokes as JSON, found {error}; correct it") from None
    except ValueError:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield _parsed(line, f"{name}:{number}"), f"{name}:{number}"
        return
    if isinstance(whole, list) and whole and isinstance(whole[0], dict):
        for number, value in enumerate(whole, start=1):
            yield value, f"{name}: example {number}"
    else:
        yield whole, name


def _parsed(line: str, place: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        found = f"an error: {error.msg} at column {error.colno}"
        raise UserError(f"{place}: expected JSON, found {found}; correct the line") from None
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of thousands of digits
        raise UserError(f"{place}: expected strokes as JSON, found {error}; correct the line") from None


def _example(value: Any, place: str) -> tuple[Ink, str, str, str]:
    strokes = value.get("strokes") if isinstance(value, dict) else value
    if not isinstance(strokes, list) or not all(isinstance(stroke, list) for stroke in strokes):
        raise UserError(
            f'{place}: expected [[[x, y], ...], ...] or {{"strokes": ..., "text": ...}}, '
            f"found {json.dumps(value)[:60]}; correct it"
        )
    told = value if isinstance(value, dict) else {}
    text, writer = (str(told.get(key) or "") for key in ("text", "writer"))
    if any("\ud800" <= character <= "\udfff" for character in text + writer):
        raise UserError(f"{place}: expected text, found half of a surrogate pair; mend the escape \\ud...")
    return ink_of(strokes, place), text, writer, place
