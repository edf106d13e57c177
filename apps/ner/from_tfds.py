"""Tagged data sets of tensorflow-datasets: whichever have a sequence of texts and one of class labels."""

from __future__ import annotations

from typing import Any

from apps.ner.columns import TAG_KEYS, WORD_KEYS
from apps.ner.source import Source
from apps.ner.tagged import Tagged, tagged
from common.data import tfds
from common.data.splits import TEST, TRAIN, VALIDATION
from common.errors import UserError

_PARTS = {"train": TRAIN, "validation": VALIDATION, "dev": VALIDATION, "test": TEST}


def read(config: Any, source: str) -> Source:
    """Reads `tfds:NAME`, for example `tfds:conll2003` or `tfds:wikiann/en`.

    Raises:
        UserError: the data set is not there, or is no tagged text.
    """
    data = tfds.open_dataset(source.removeprefix(tfds.PREFIX), config.download)
    word_key = next((key for key in WORD_KEYS if key in data.features), "")
    names: list[str] = []
    tag_key = ""
    for key in TAG_KEYS:
        feature = getattr(data.features.get(key), "feature", None)  # a Sequence holds one
        if not tag_key and getattr(feature, "names", None):
            tag_key, names = key, list(feature.names)  # type: ignore[union-attr]
    if not word_key or not tag_key:
        raise UserError(
            f"{source}: expected the features {'/'.join(WORD_KEYS)} (texts) and {'/'.join(TAG_KEYS)} (class labels), "
            f"found {', '.join(data.features)}; choose another data set"
        )
    parts = {
        _PARTS[split]: _read_split(data, source, split, word_key, tag_key, names)
        for split in data.splits
        if split in _PARTS
    }
    schemes = ", ".join(sorted({part.scheme for part in parts.values()}))
    notes = tuple(note for part in parts.values() for note in part.notes)
    return Source(parts, f"tensorflow-datasets, words in `{word_key}`, tags in `{tag_key}`, {schemes}", notes=notes)


def _read_split(data: tfds.Dataset, source: str, split: str, word_key: str, tag_key: str, names: list[str]) -> Tagged:
    words, tags = [], []
    for row in data.rows(split):
        if len(row[word_key]):
            words.append([word.decode("utf-8") for word in row[word_key]])
            tags.append([names[int(tag)] for tag in row[tag_key]])
    rows = [[number] * len(sentence) for number, sentence in enumerate(words)]
    return tagged(f"{source}/{split}", words, tags, rows, [0] * len(words), "")
