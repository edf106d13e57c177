"""A tiny IAM-OnDB tree of synthetic ink, and settings for readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from apps.handwriting import sample
from apps.handwriting.config import HandwritingConfig

LISTS = {"trainset": ("a01-000u", "a01-001x"), "testset_v": ("b02-003",), "testset_t": ("c03-004z",)}


def line_xml(strokes: list[list[tuple[float, float, float]]]) -> str:
    points = (
        "<Stroke>" + "".join(f'<Point x="{x}" y="{y}" time="{t}"/>' for x, y, t in stroke) + "</Stroke>"
        for stroke in strokes
    )
    return f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<Session><StrokeSet>{"".join(points)}</StrokeSet></Session>'


@pytest.fixture
def write_iam(tmp_path: Path) -> Callable[..., Path]:
    """Writes a tree of four forms with two lines each; `lists=False` leaves the task lists out."""

    def write(lists: bool = True) -> Path:
        for part, forms in LISTS.items():
            for form in forms:
                ink, text = (tmp_path / name / form[:3] / form[:7] for name in ("lineStrokes", "ascii"))
                ink.mkdir(parents=True, exist_ok=True)
                text.mkdir(parents=True, exist_ok=True)
                (text / f"{form}.txt").write_text(f"OCR:\n\nother\n\nCSR:\n\nfirst of {form}\nsecond  line\n")
                for number in (1, 2):
                    strokes = [[(1, 1, 9.0), (5, 9, 9.1)], [(8.0, 2, 9.3), (9, 4 + number, 9.4)]]
                    (ink / f"{form}-{number:02d}.xml").write_text(line_xml(strokes))
            if lists:
                (tmp_path / f"{part}.txt").write_text("".join(f" {form}\n" for form in forms))
        return tmp_path

    return write


@pytest.fixture
def config() -> Callable[..., HandwritingConfig]:
    return HandwritingConfig


@pytest.fixture(scope="session")
def lines() -> sample.Source:
    """Sixty synthetic lines."""
    return sample.read(60, seed=3)


@pytest.fixture
def points() -> list[list[list[float]]]:
    """Strokes as JSON gives them."""
    return [[[0, 0, 0.0], [5, 9, 0.1], [9, 2, 0.2]], [[12, 3, 0.5], [14, 8, 0.6]]]


@pytest.fixture
def idx() -> Callable[[np.ndarray], bytes]:
    """An array of bytes as an idx file."""

    def pack(array: np.ndarray) -> bytes:
        return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()

    return pack
