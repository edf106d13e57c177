"""From what a user names to a `Source`: a folder of split files, one file, or a tensorflow-datasets name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apps.ner import from_tfds
from apps.ner.columns import read_file
from apps.ner.source import Source, part_of
from common.data import tfds
from common.data.splits import TEST, TRAIN, VALIDATION
from common.errors import UserError
from common.files import user_path

_EXPECTED = (
    "expected files named by their split (eng.train, eng.testa, eng.testb; train.conll, dev.conll, test.conll; "
    "train.jsonl, valid.jsonl, ...) or one file"
)


def read(config: Any, source: str) -> Source:
    """Reads a path or `tfds:NAME`.

    Raises:
        UserError: nothing there, nothing known there, or a line that cannot be read (file and line named).
    """
    if source.startswith(tfds.PREFIX):
        return from_tfds.read(config, source)
    path = user_path(source, "--data")
    if not source.strip():
        raise UserError("--data: expected `sample`, `tfds:NAME` or a path, found nothing; name one")
    if path.is_dir():
        return _read_folder(config, path)
    if not path.is_file():
        raise UserError(
            f"--data: expected `sample`, `tfds:NAME` or a path, found {source!r}, which does not exist; check it"
        )
    part, family = part_of(path)
    beside = {part_of(other)[0]: other for other in _files(path.parent) if part_of(other)[1] == family}
    if part == TRAIN and len(beside) > 1:  # the training file of a family stands for the family
        return _read_parts(config, {**beside, TRAIN: path})
    found = read_file(config, path)
    return Source({TRAIN: found}, f"one file: {found.columns}, {found.scheme}", True, found.notes)


def _files(folder: Path) -> list[Path]:
    return [entry for entry in sorted(folder.iterdir()) if entry.is_file() and not entry.name.startswith(".")]


def _read_folder(config: Any, folder: Path) -> Source:
    files = _files(folder)
    by_part: dict[str, list[Path]] = {}
    for path in files:
        part, _ = part_of(path)
        if part:
            by_part.setdefault(part, []).append(path)
    if not by_part and len(files) == 1:
        found = read_file(config, files[0])
        return Source({TRAIN: found}, f"{files[0].name}: {found.columns}, {found.scheme}", True, found.notes)
    if TRAIN not in by_part and TEST not in by_part:
        raise UserError(f"{folder}: {_EXPECTED}; found {_names(files) or 'no file'}; check the folder")
    for part, paths in by_part.items():
        if len(paths) > 1:
            raise UserError(
                f"{folder}: expected one file for {part}, found {_names(paths)}; "
                f"name the training file of one data set with --data {folder / by_part.get(TRAIN, paths)[0].name}"
            )
    return _read_parts(config, {part: paths[0] for part, paths in by_part.items()})


def _read_parts(config: Any, by_part: Mapping[str, Path]) -> Source:
    parts = {part: read_file(config, by_part[part]) for part in (TRAIN, VALIDATION, TEST) if part in by_part}
    kinds = {f"{found.columns}, {found.scheme}" for found in parts.values()}
    named = ", ".join(by_part[part].name for part in parts)
    return Source(
        parts, f"{named}: {'; '.join(sorted(kinds))}", notes=tuple(n for found in parts.values() for n in found.notes)
    )


def _names(entries: Sequence[Path]) -> str:
    return ", ".join(entry.name for entry in entries[:6]) + (", ..." if len(entries) > 6 else "")
