"""Real data, where UNROLL_DATA names a folder that has it: the counts that the sets are known by."""

import os
from pathlib import Path

import pytest

from apps.handwriting import iam
from apps.handwriting.data import load
from common.data.ink.line_strokes import read_line

FOLDER = Path(os.environ.get("UNROLL_DATA", "/no-data-given")) / "handwriting"


def folder(name: str) -> Path:
    if not (FOLDER / name).is_dir():
        pytest.skip(f"UNROLL_DATA has no handwriting/{name}")
    return FOLDER / name


def test_pendigits_has_its_official_test_rows(config) -> None:
    splits = load(config(data=str(folder("pendigits"))))
    assert (len(splits["train"]) + len(splits["validation"]), len(splits["test"])) == (7494, 3498)


def test_mnist_has_its_official_test_images(config) -> None:
    splits = load(config(data=str(folder("mnist"))))
    assert (len(splits["train"]) + len(splits["validation"]), len(splits["test"])) == (60_000, 10_000)


def test_iam_ondb_lists_and_lines(config) -> None:
    root = folder("iam_ondb")
    lines = {path.stem[:-3]: [] for path in (root / "lineStrokes").rglob("*.xml")}
    lists = iam.read_lists(root, lines)
    assert {name: len(forms) for name, forms in lists.items()} == {"train": 775, "validation": 192, "test": 216}
    ink = read_line(root / "lineStrokes/a01/a01-000/a01-000u-01.xml")
    assert len(ink) > 10
    text = iam.read_transcription(root / "ascii/a01/a01-000/a01-000u.txt")
    assert len(text) == 6
