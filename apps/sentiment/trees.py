"""Folders with one file per text, as aclImdb: `train/<class>/*.txt`, `test/<class>/*.txt`, `train/unsup/*.txt`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from apps.sentiment.source import UNLABELLED_NAMES
from common.data.splits import Examples
from common.errors import UserError
from common.files import decode_utf8, require_readable

_ID = re.compile(r"\d+")


def class_folders(folder: Path) -> list[str]:
    """Names of the folders inside, without hidden ones and those of unlabelled texts."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    return sorted(name for name in names if name.lower() not in UNLABELLED_NAMES)


def read_classes(folder: Path) -> Examples:
    """Texts of every class folder, class after class, each by the number its file names begin with.

    Raises:
        UserError: fewer than two class folders, one without texts, or a file that is empty or not UTF-8.
    """
    names = class_folders(folder)
    if len(names) < 2:
        found = f"only {names[0]}" if names else "none"
        raise UserError(
            f"{folder}: expected two or more class folders of .txt files (such as {folder.name}/pos and "
            f"{folder.name}/neg), found {found}; give the folder that holds train/pos and train/neg"
        )
    texts: list[str] = []
    targets: list[str] = []
    origins: list[str] = []
    for name in names:
        found_texts, found_origins = read_texts(folder / name)
        if not found_texts:
            raise UserError(
                f"{folder / name}: expected .txt files of class {name!r}, found none; add or remove the folder"
            )
        texts += found_texts
        origins += found_origins
        targets += [name] * len(found_texts)
    return Examples(texts, targets, origins)


def read_unlabelled(folder: Path) -> list[str]:
    """The texts of the folders of unlabelled texts (`unsup` and its other names) inside `folder`, if any."""
    return [text for name in UNLABELLED_NAMES if (folder / name).is_dir() for text in read_texts(folder / name)[0]]


def read_texts(folder: Path) -> tuple[list[str], list[str]]:
    """(texts, paths) of the .txt files in a folder, in the order of their leading numbers, then names.

    Written for a hundred thousand small files: one scandir, one plain read each.
    """
    with os.scandir(folder) as entries:
        files = [entry for entry in entries if entry.name.endswith(".txt") and not entry.name.startswith(".")]
        odd = [entry.name for entry in files if not entry.is_file()]
    for name in odd:
        require_readable(folder / name)
    names = [entry.name for entry in files]
    names.sort(key=_by_number)
    texts, paths = [], []
    for name in names:
        path = f"{folder}{os.sep}{name}"  # Path / name would cost as much as the read
        try:
            with open(path, "rb", buffering=0) as file:
                raw = file.read()
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror or error}; check the folder") from error
        text = decode_utf8(raw, path).strip()
        if not text or "\0" in text:
            found = "a NUL byte" if text else "an empty file"
            line = text.count("\n", 0, text.find("\0")) + 1 if text else 1
            raise UserError(f"{path}:{line}: expected a text, found {found}; mend or remove the file")
        texts.append(text)
        paths.append(path)
    return texts, paths


def _by_number(name: str) -> tuple[float, str]:
    match = _ID.match(name)
    return (int(match[0]) if match else float("inf"), name)
