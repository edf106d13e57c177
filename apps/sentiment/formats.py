"""Finds out what a path or a tfds name holds and reads it: parts as they are, nothing split, class names as targets.

What is tried, in this order, on a folder: `train/` and `test/` folders of class folders (also one level down, in an
only child such as `aclImdb`); table files named by their split (`train.tsv`, `dev.tsv`, ...); a `label sentence` family
(`stsa.binary.train`, ...); class folders without `train/`; a single table file. A folder that holds both split files
and families is read by its split files, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from apps.sentiment import columns, from_tfds, trees
from apps.sentiment.source import PART_NAMES, UNLABELLED, Source
from common.data import tfds
from common.data.splits import TEST, TRAIN, VALIDATION, Examples
from common.data.tables import LINES, SUFFIXES, kind_of, parse_table, read_plain
from common.errors import UserError
from common.files import user_path

_EXPECTED = (
    "expected train/<class>/*.txt folders (aclImdb: train/pos, train/neg), files such as train.tsv, dev.csv, "
    "test.jsonl, a family such as stsa.binary.train, or one .tsv, .csv or .jsonl file"
)


def read(config: Any, source: str) -> Source:
    """Reads a path or `tfds:NAME`.

    Raises:
        UserError: nothing there, nothing known there, or a row that cannot be read (file and line named).
    """
    if source.startswith(tfds.PREFIX):
        return from_tfds.read(config, source)
    path = user_path(source, "--data")
    if not source.strip():
        raise UserError("--data: expected `sample`, `tfds:NAME` or a path, found nothing; name one")
    if path.is_dir():
        return _read_folder(config, path)
    family, part = _family_of(path)
    if path.is_file():
        return _read_family(config, path.parent, family) if part == TRAIN else _read_one(config, path)
    if path.name and path.parent.is_dir() and TRAIN in _families(path.parent).get(path.name, {}):
        return _read_family(config, path.parent, path.name)
    raise UserError(
        f"--data: expected `sample`, `tfds:NAME` or a path, found {source!r}, which does not exist; check it"
    )


def _read_folder(config: Any, folder: Path) -> Source:
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    folders = [entry for entry in entries if entry.is_dir()]
    by_part = _split_folders(folder)
    if not by_part and len(entries) == 1 and folders:
        by_part = _split_folders(folders[0])
    if by_part:
        return _read_tree(by_part)
    files = [entry for entry in entries if entry.is_file()]
    named = [entry for entry in files if _part_of_file(entry)]
    families = {name: parts for name, parts in _families(folder).items() if TRAIN in parts}
    if named:
        found = _read_split_files(config, folder, named)
        if not families:
            return found
        note = f"{folder} also holds {', '.join(families)}: left out; name one with --data to read it instead"
        return replace(found, notes=(*found.notes, note))
    if len(families) == 1:
        return _read_family(config, folder, next(iter(families)))
    if families:
        choices = ", ".join(str(folder / name) for name in families)
        raise UserError(f"{folder}: expected one data set, found {choices}; name one of them with --data")
    classes = [child for child in folders if any(child.glob("*.txt"))]
    tables = [entry for entry in files if entry.suffix.lower() in SUFFIXES]
    if len(classes) > 1 or (classes and not tables):
        return Source({TRAIN: trees.read_classes(folder)}, "class folders (<class>/*.txt)", undivided=True)
    if len(tables) == 1:
        return _read_one(config, tables[0])
    if tables:
        raise UserError(f"{folder}: {_EXPECTED}; found {len(tables)} tables ({_names(tables)}); name one with --data")
    raise UserError(f"{folder}: {_EXPECTED}; found {_names(entries) or 'an empty folder'}; check the folder")


def _names(entries: Sequence[Path]) -> str:
    return ", ".join(entry.name for entry in entries[:6]) + (", ..." if len(entries) > 6 else "")


def _split_folders(folder: Path) -> dict[str, Path]:
    """Split name -> folder, for the folders named by a split; empty without `train` and `test`."""
    found = {
        PART_NAMES[entry.name]: entry
        for entry in sorted(folder.iterdir())
        if entry.is_dir() and entry.name in PART_NAMES
    }
    return found if TRAIN in found or TEST in found else {}


def _read_tree(by_part: Mapping[str, Path]) -> Source:
    parts = {part: trees.read_classes(by_part[part]) for part in (TRAIN, VALIDATION, TEST) if part in by_part}
    unlabelled = [text for part in parts for text in trees.read_unlabelled(by_part[part])]
    if UNLABELLED in by_part:
        unlabelled += trees.read_texts(by_part[UNLABELLED])[0]
    names = set().union(*(part.targets for part in parts.values()))
    kind = "aclImdb tree" if names == {"neg", "pos"} else "class folders"
    return Source(parts, f"{kind} ({'/'.join(parts)} by <class>/*.txt)", unlabelled=unlabelled)


def _part_of_file(path: Path) -> str:
    """The split a table file is named by, or nothing: `train.tsv`, `dev.csv`, `test.jsonl`, `unsup.txt`."""
    known = path.suffix.lower() in (*SUFFIXES, ".txt")
    return PART_NAMES.get(path.stem.lower(), "") if known else ""


def _read_split_files(config: Any, folder: Path, files: Sequence[Path]) -> Source:
    by_part: dict[str, Path] = {}
    for path in files:
        part = _part_of_file(path)
        if part in by_part:
            raise UserError(
                f"{folder}: expected one file for {part}, found {by_part[part].name} and {path.name}; remove one"
            )
        by_part[part] = path
    parts: dict[str, Examples] = {}
    unlabelled: list[str] = []
    formats: list[str] = []
    notes: list[str] = []
    for part in (TRAIN, VALIDATION, TEST, UNLABELLED):
        if part not in by_part:
            continue
        path = by_part[part]
        text = read_plain(path)
        kind = kind_of(path, text)
        if part == UNLABELLED:
            unlabelled = [line.strip() for line in text.split("\n") if line.strip()] if kind == LINES else []
            unlabelled = unlabelled or columns.texts_of(config, parse_table(path, kind, text))
            continue
        if kind != LINES and part != TRAIN:
            table = parse_table(path, kind, text)
            if not columns.has_labels(config, table):
                notes.append(f"{path.name} holds {len(table):,} texts without labels: left out")
                continue
        parts[part], described = _labelled(config, path, kind, text)
        formats.append(described)
    described = formats[0] if len(set(formats)) == 1 else "; ".join(formats)
    named = ", ".join(by_part[part].name for part in parts)
    return Source(parts, f"{named}: {described}", unlabelled=unlabelled, notes=tuple(notes))


def _labelled(config: Any, path: Path, kind: str, text: str) -> tuple[Examples, str]:
    if kind == LINES:
        return columns.labelled_lines(path, text), "`label sentence` lines"
    examples, where = columns.labelled(config, parse_table(path, kind, text))
    return examples, f"{kind}, {where}"


def _read_one(config: Any, path: Path) -> Source:
    """A single file: undivided. Split files beside it are left alone, and named."""
    text = read_plain(path)
    examples, described = _labelled(config, path, kind_of(path, text), text)
    beside = [entry for entry in sorted(path.parent.iterdir()) if entry != path and _part_of_file(entry)]
    notes = (f"{_names(beside)} beside {path.name} not read; give the folder to use them",) if beside else ()
    return Source(
        {TRAIN: examples}, f"one file: {described}", undivided=True, notes=notes if _part_of_file(path) else ()
    )


def _family_of(path: Path) -> tuple[str, str]:
    """(`stsa.binary`, `train`) of `stsa.binary.train`; the part is empty for any other name."""
    family, _, last = path.name.rpartition(".")
    return family, PART_NAMES.get(last, "") if family else ""


def _families(folder: Path) -> dict[str, dict[str, Path]]:
    """Family name -> split name -> file, of `NAME.train`, `NAME.dev`, ... in a folder."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        family, part = _family_of(path)
        if part and path.is_file() and not re.match(r"\.", path.name):
            found.setdefault(family, {})[part] = path
    return found


def _read_family(config: Any, folder: Path, family: str) -> Source:
    files = _families(folder)[family]
    parts, described = {}, ""
    for part in (TRAIN, VALIDATION, TEST):
        if part in files:
            text = read_plain(files[part])
            parts[part], described = _labelled(config, files[part], kind_of(files[part], text), text)
    return Source(parts, f"{family}.* ({', '.join(files[part].suffix[1:] for part in parts)}): {described}")
