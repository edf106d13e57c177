"""Text classification data sets of tensorflow-datasets, whichever have a text and a label."""

from __future__ import annotations

from typing import Any

from apps.sentiment import columns
from apps.sentiment.source import PART_NAMES, UNLABELLED, Source
from common.data import tfds
from common.data.splits import TRAIN, Examples
from common.errors import UserError


def read(config: Any, source: str) -> Source:
    """Reads `tfds:NAME`: text and label features by the names that columns have, class names from the ClassLabel.

    Raises:
        UserError: the data set is not there, or has no text or label feature.
    """
    data = tfds.open_dataset(source.removeprefix(tfds.PREFIX), getattr(config, "download", False))
    text_key = columns.text_column(config, tuple(data.features), source)
    label_key = columns.label_column(config, tuple(data.features), source)
    if not label_key:
        raise UserError(
            f"{source}: expected a label feature, found {', '.join(data.features)}; name it with --label-column"
        )
    for key in (text_key, label_key):
        if getattr(data.features[key], "shape", None) != ():
            raise UserError(
                f"{source}: expected one value in {key!r}, found {data.features[key]!r}; name another feature"
            )
    names = tuple(getattr(data.features[label_key], "names", None) or ())
    parts: dict[str, Examples] = {}
    unlabelled: list[str] = []
    notes: list[str] = []
    for split in data.splits:
        part = PART_NAMES.get(split)
        if part is None or part in parts:
            notes.append(f"split {split} not read")
            continue
        texts, targets, origins = [], [], []
        for row, example in enumerate(data.rows(split)):
            raw, label = example[text_key], example[label_key]
            text = (raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)).strip()
            value = label.decode("utf-8", "replace") if isinstance(label, bytes) else label.item()
            texts.append(text)
            targets.append(_class_name(value, names))
            origins.append(f"{source}/{split}:{row}")
        if part == UNLABELLED:
            unlabelled += [text for text in texts if text]
        elif part != TRAIN and set(targets) <= {columns.WITHHELD}:
            notes.append(f"split {split} holds {len(texts):,} texts without labels: left out")
        else:
            columns.require_rows(f"{source}/{split}", texts, targets, range(len(texts)))
            parts[part] = Examples(texts, targets, origins)
    described = f"tensorflow-datasets {data.builder.info.full_name}, text in `{text_key}`, label in `{label_key}`"
    return Source(parts, described, unlabelled=unlabelled, labels=names, notes=tuple(notes))


def _class_name(value: Any, names: tuple[str, ...]) -> str:
    """The ClassLabel's name; a number outside it (-1: withheld) or a label without names as it is."""
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else columns.class_name(value)
