"""Finds out what a handwriting source is, and reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.handwriting import iam, images, pendigits, sample
from apps.handwriting.source import Source
from common.data import tfds
from common.data.ink import inkml, json_strokes
from common.data.ink.strokes import Ink
from common.data.splits import TEST, TRAIN, VALIDATION, Examples
from common.errors import UserError
from common.files import read_text, user_path

_PARTS = {
    **dict.fromkeys(["train", "training"], TRAIN),
    **dict.fromkeys(["validation", "valid", "val", "dev"], VALIDATION),
    "test": TEST,
}
_EXPECTED = (
    "expected IAM-OnDB (lineStrokes and ascii), *.inkml files, train.jsonl with strokes, pendigits.tra, "
    "idx files (train-images-idx3-ubyte), or images with a labels.tsv"
)
_Row = tuple[Ink, str, str, str]  # ink, text, writer, origin


def read(config: Any, source: str) -> Source:
    """Reads `sample`, `tfds:NAME` or a path.

    Raises:
        UserError: nothing there, nothing known there, or an example that cannot be read (file named).
    """
    if source == "sample":
        return sample.read(config.sample_size, config.seed)
    if source.startswith(tfds.PREFIX):
        return images.read_tfds(config, source)
    path = user_path(source, "--data")
    if not source.strip() or not path.exists():
        raise UserError(
            f"--data: expected `sample`, `tfds:NAME` or a path, found {source!r}, which does not exist; check it"
        )
    if pendigits.find(path):
        return pendigits.read(pendigits.find(path))
    return _read_folder(path) if path.is_dir() else _read_file(path)


def _read_folder(path: Path) -> Source:
    if iam.find(path):
        return iam.read(path)
    if images.find_idx(path):
        return images.read_idx_pairs(images.find_idx(path))
    table = images.find_table(path)
    if table:
        return images.read_folder(table)
    files = {
        _PARTS[file.stem.lower()]: file
        for file in sorted(path.iterdir())
        if file.suffix.lower() in json_strokes.SUFFIXES and file.stem.lower() in _PARTS
    }
    if TRAIN in files or TEST in files:
        rows = {part: json_strokes.parse(read_text(file), str(file)) for part, file in files.items()}
        return _labelled(rows, f"JSON strokes ({', '.join(file.name for file in files.values())})")
    found = inkml.text_files(path)
    if found:
        by_part: dict[str, list[_Row]] = {}
        for file in found:
            first = file.relative_to(path).parts[0].lower()
            by_part.setdefault(_PARTS.get(first, TRAIN), []).append((*inkml.read_inkml(file), str(file)))
        return _labelled(by_part, f"InkML, {len(found):,} files")
    raise UserError(f"{path}: {_EXPECTED}; found none of them; check the folder")


def _read_file(path: Path) -> Source:
    suffix = path.suffix.lower()
    if suffix in json_strokes.SUFFIXES:
        return _labelled({TRAIN: json_strokes.parse(read_text(path), str(path))}, "JSON strokes, one file")
    if suffix == ".inkml":
        return _labelled({TRAIN: [(*inkml.read_inkml(path), str(path))]}, "InkML, one file")
    if path == images.find_table(path.parent):
        return images.read_folder(path)
    raise UserError(f"{path}: {_EXPECTED}; found a file of another kind; check the path")


def _labelled(rows: dict[str, list[_Row]], described: str) -> Source:
    """Examples with text and ink; the others are left out and named."""
    parts, groups, notes = {}, {}, []
    for part, found in rows.items():
        kept = [row for row in found if row[0] and row[1].strip()]
        lost = [row[3] for row in found if not row[0] or not row[1].strip()]
        if lost:
            notes.append(f"{len(lost):,} examples of {part} without text or ink left out: {', '.join(lost[:3])}")
        if kept:
            texts = [" ".join(row[1].split()) for row in kept]
            parts[part] = Examples([row[0] for row in kept], texts, [row[3] for row in kept])
            groups[part] = [row[2] or row[3] for row in kept]
    if not parts:
        example = notes[0] if notes else "no example"
        raise UserError(f"{described}: expected ink with its text, found none ({example}); add the texts")
    by = "writer" if any(row[2] for found in rows.values() for row in found) else ""
    return Source(parts, described, groups, by, undivided=len(parts) == 1 and TRAIN in parts, notes=tuple(notes))
