"""Documents for testvectors.json: how raw inputs are found in a text, and their tensors. All of it is made up.

Test vectors start from a data set's examples, which are often cut into words or records already, and seldom hold what
goes wrong in another language: characters beyond 16 bits, combining marks, right-to-left scripts, scripts without
blanks, lower case that depends on its place, blank cells and splits. These documents do.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common.data.ragged import Arrays, Ragged
from common.preprocessing.nucleotides import LETTERS
from common.preprocessing.price_features import WARM_UP
from common.preprocessing.specification import read_as
from export.kinds import READERS
from export.vectors import EXACT, jsonable

_LINES = "one line\nanother line\r\n\n   and a third"
_TEXTS = (
    "It isn't bad<br />at all; it's GOOD, 3.5 of 10!",
    "Caf\u00e9 and cafe\u0301 are one \u2018word\u2019, na\u00efve too.",
    "\U0001f469\u200d\U0001f4bb \U0001f44d\U0001f3fd \U0001d538lpha \U00010400\U00010428 beyond 16 bits",
    "\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd \u0645\u064e\u0631\u0652\u062d\u064e\u0628\u064b\u0627",
    "\u05de\u05d9\u05dc\u05d4 from right to left, \u0661\u0662\u0663 and \u096a",
    "\u6771\u4eac\u3068\u5927\u962a\u3002\u0e44\u0e17\u0e22\u0e01\u0e34\u0e19 no blanks",
    "\u0130STANBUL \u039f\u0394\u039f\u03a3 STRASSE stra\u00dfe \u01c5 \ufb01ne",
    "no\u00a0break\u2003spaces\ttabs\u200bzero\u00adsoft\u0000\u0007controls\ufeff",
    "Dr. J. R. Ray met Ann O'Brien-Lee. \u201cYes!\u201d she said (at 10:30). They\u2019ll go...",
    _LINES,
    "very " * 200 + "long",
    "",
    "\u2003 \n",
)


def _strokes() -> list[tuple[str, bool]]:
    circle = [[20 + 9 * math.cos(t / 5), 5 - 9 * math.sin(t / 5), t] for t in range(32)]
    line = [[x, 0.5 * x, 40 + x] for x in range(60)]
    many = [[[x, x % 7], [x + 0.5, 9]] for x in range(400)]
    whole = [[[round(value, 3) for value in point] for point in stroke] for stroke in (circle, line)]
    return [(json.dumps(ink), True) for ink in (whole, [[[3, 4]]], [[[0, 0], [0, 0]], [[1e6, -1e6]]], many)]


def _sequences(values: Any) -> list[tuple[str, bool]]:
    longest = int(values["max_length"])
    letters = (LETTERS + LETTERS.lower() + "Uu") * (longest // len(LETTERS) + 2)
    if values["aligned"]:
        return [(letters[:longest], True), (f">one of one\r\n{letters[3 : 3 + longest]}\r\n", False)]
    sizes = sorted({values["shortest"], longest, longest + 1, longest + 2})
    bare = [(letters[:size], True) for size in sizes]
    fasta = "".join(
        f"; a comment\n>r{size} words\n{letters[5 : 5 + size // 2]}\n{letters[:size]}\n\n" for size in sizes
    )
    return [*bare, (fasta, False), ("\n".join(letters[start : start + longest] for start in (1, 2)), False)]


def _prices(values: Any) -> list[tuple[str, bool]]:
    """Three tickers with a blank open, a volume of zero, a day of one price, a split, and their rows newest first."""
    rows = ["Date,Open,High,Low,Close,Volume,Name"]
    for number, name in enumerate(("AAA", "BBB", "CCC")):
        lines = []
        for day in range(values["timesteps"] + WARM_UP + 5):
            close = (50 + 20 * number) * math.exp(0.05 * math.sin(day / (3 + number)) + 0.01 * math.sin(7 * day))
            close /= 2 if number == 1 and day > 40 else 1
            open_, high, low = close * (1 + 0.004 * math.cos(5 * day)), close * 1.012, close * 0.991
            cells = [f"{price:.4f}" for price in ((close,) * 4 if day == 11 else (open_, high, low, close))]
            cells[0] = "" if day == 23 else cells[0]
            volume = 0 if day == 30 else 1000 + 10 * (day % 17)
            lines.append(f"{np.datetime64('2023-11-20') + day},{','.join(cells)},{volume},{name}")
        rows += lines[::-1] if number == 2 else lines
    return [("\n".join(rows) + "\n", False)]


# kind in preprocess.json -> its specification -> (document, whether it is a single input); images are no text
_DOCUMENTS: dict[str, Callable[[Any], Sequence[tuple[str, bool]]]] = {
    "text": lambda values: [(text, True) for text in _TEXTS] + [(_LINES, False)],
    "words": lambda values: [(text, True) for text in _TEXTS],
    "nucleotides": _sequences,
    "ink": lambda values: _strokes(),
    "daily_prices": _prices,
}


def reading_cases(specification: Any, assets: Path | None) -> list[dict[str, Any]]:
    """`text`, `single`, the `raw` inputs in it and the `inputs` of the model for each of them, of every document.

    Args:
        specification: preprocess.json.
        assets: the folder of the assets that it names.

    Returns:
        Nothing for kinds without documents.
    """
    kind = specification.get("kind")
    if kind not in _DOCUMENTS or assets is None:
        return []
    reader = read_as("the preprocessing", "a whole one", lambda: READERS[kind](specification, assets))
    cases = []
    for text, single in _DOCUMENTS[kind](specification):
        inputs = reader.read_text(text, single)
        arrays = reader.encoder.encode(inputs)
        raw, tensors = [jsonable(given, EXACT) for given in inputs], [_row(arrays, row) for row in range(len(inputs))]
        cases.append({"text": text, "single": single, "raw": raw, "inputs": tensors})
    return cases


def _row(arrays: Arrays, row: int) -> dict[str, Any]:
    return {
        name: jsonable(value[row] if isinstance(value, Ragged) else np.asarray(value)[row])
        for name, value in arrays.items()
    }
