"""Images of writing: MNIST and EMNIST idx files, folders of pictures with a table of texts, tensorflow-datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from apps.handwriting.source import Source
from common.data import tfds
from common.data.pictures import read_idx, read_idx_images, read_picture
from common.data.splits import TEST, TRAIN, Examples
from common.data.tables import SUFFIXES, kind_of, parse_table, read_plain
from common.errors import UserError
from common.files import is_file, lies_inside, read_text

_IDX_PARTS = {"train": TRAIN, "t10k": TEST, "test": TEST}
_PART_NAMES = {"train": TRAIN, "validation": "validation", "valid": "validation", "val": "validation", "test": TEST}
_FILE_COLUMNS, _TEXT_COLUMNS = ("file", "image", "path", "filename"), ("text", "label", "transcription")


def find_idx(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Split name -> (images, labels), of `train-images-idx3-ubyte[.gz]` and the like; empty without."""
    found = {}
    for images in sorted(folder.glob("*-images-idx3-ubyte*")):
        labels = images.with_name(images.name.replace("images-idx3", "labels-idx1"))
        part = images.name.split("-images-")[0].split("-")[-1]
        if labels.is_file() and part in _IDX_PARTS:
            found[_IDX_PARTS[part]] = (images, labels)
    return found


def read_idx_pairs(files: dict[str, tuple[Path, Path]]) -> Source:
    """Reads what `find_idx` found; classes are named by EMNIST's mapping file where there is one, else by number.

    Raises:
        UserError: a file that is no idx file, cut short, or whose images and labels differ in number.
    """
    parts = {}
    names: dict[int, str] = {}
    for part, (images_path, labels_path) in files.items():
        images, labels = read_idx_images(images_path), read_idx(labels_path, 1)
        if len(images) != len(labels):
            raise UserError(f"{labels_path}: expected {len(images)} labels, found {len(labels)}; copy the files again")
        if images_path.name.startswith("emnist"):
            names = names or _mapping(images_path.parent, images_path.name.split("-")[1])
        targets = [names.get(int(label), str(label)) for label in labels]
        parts[part] = Examples(list(images), targets, [f"{images_path}:{row}" for row in range(len(images))])
    present = set().union(*(part.targets for part in parts.values()))
    classes = tuple(sorted(present, key=lambda name: (len(name), name)))
    named = ", ".join(images.name for images, _ in files.values())
    groups = {part: found.origins for part, found in parts.items()}
    return Source(parts, f"idx images ({named})", groups, classes=classes, undivided=len(parts) == 1)


def _mapping(folder: Path, name: str) -> dict[int, str]:
    """EMNIST's `emnist-NAME-mapping.txt`: class number -> character (the first, where upper and lower case are one)."""
    path = folder / f"emnist-{name}-mapping.txt"
    if not path.is_file():
        return {}
    found = {}
    for number, row in enumerate(read_text(path).splitlines(), start=1):
        cells = row.split()
        try:
            if cells:
                found[int(cells[0])] = chr(int(cells[1]))
                found[int(cells[0])].encode()
        except (IndexError, ValueError, OverflowError):
            raise UserError(
                f"{path}:{number}: expected the numbers of a class and of its characters, found {row[:40]!r}; "
                "copy the file again"
            ) from None
    return found


def find_table(folder: Path) -> Path | None:
    """The table of a picture folder: `labels.tsv`, `labels.csv` or `labels.jsonl`."""
    tables = [folder / f"labels{suffix}" for suffix in SUFFIXES]
    return next((table for table in tables if table.is_file()), None)


def read_folder(path: Path) -> Source:
    """Reads pictures named by a table with the columns `file` and `text`, and optionally `split` and `writer`.

    Raises:
        UserError: a column is missing, a picture is not there or outside the folder (line named).
    """
    text = read_plain(path)
    table = parse_table(path, kind_of(path, text), text)
    columns = {name.lower(): index for index, name in enumerate(table.columns)}
    file_column = next((columns[name] for name in _FILE_COLUMNS if name in columns), None)
    text_column = next((columns[name] for name in _TEXT_COLUMNS if name in columns), None)
    if file_column is None or text_column is None:
        raise UserError(f"{path}:1: expected the columns file and text, found {', '.join(table.columns)}; rename them")
    rows: dict[str, list[tuple[np.ndarray, str, str, str]]] = {}
    for row, line in zip(table.rows, table.lines, strict=True):
        place = f"{path}:{line}"
        picture = path.parent / str(row[file_column])
        if not lies_inside(picture, path.parent) or not is_file(picture):
            raise UserError(
                f"{place}: expected an image inside {path.parent}, found {row[file_column]!r}; correct the row"
            )
        written = " ".join(str(row[text_column] or "").split())
        if not written:
            raise UserError(f"{place}: expected a text, found none; write it down or remove the row")
        split = str(row[columns["split"]]).lower() if "split" in columns else "train"
        writer = str(row[columns["writer"]]) if "writer" in columns else place
        rows.setdefault(_PART_NAMES.get(split, split), []).append((read_picture(picture), written, place, writer))
    parts = {
        part: Examples(*(list(column) for column in list(zip(*found, strict=True))[:3])) for part, found in rows.items()
    }
    groups = {part: [writer for *_, writer in found] for part, found in rows.items()}
    by = "writer" if "writer" in columns else ""
    return Source(parts, f"images of a folder ({path.name})", groups, by, undivided="split" not in columns)


def read_tfds(config: Any, source: str) -> Source:
    """Reads `tfds:NAME`: a data set of images with class labels.

    Raises:
        UserError: the data set is not there, or has no image and label.
    """
    data = tfds.open_dataset(source.removeprefix(tfds.PREFIX), getattr(config, "download", False))
    if not {"image", "label"} <= set(data.features):
        raise UserError(f"{source}: expected the features image and label, found {', '.join(data.features)}")
    names = list(getattr(data.features["label"], "names", None) or [])
    exchanged = source.startswith(f"{tfds.PREFIX}emnist")
    parts = {}
    for split in data.splits:
        images, targets = [], []
        for example in data.rows(split):
            image = example["image"][..., 0] if example["image"].ndim == 3 else example["image"]
            images.append(image.T if exchanged else image)
            targets.append(names[int(example["label"])] if names else str(int(example["label"])))
        parts[_PART_NAMES.get(split, split)] = Examples(
            images, targets, [f"{source}/{split}:{i}" for i in range(len(images))]
        )
    present = set().union(*(part.targets for part in parts.values()))
    classes = tuple(name for name in names if name in present) or tuple(sorted(present))
    groups = {part: found.origins for part, found in parts.items()}
    return Source(parts, f"tensorflow-datasets {data.builder.info.full_name}", groups, classes=classes)
