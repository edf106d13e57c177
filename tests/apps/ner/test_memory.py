"""What sentences of a large file have in common is kept once."""

from __future__ import annotations

from pathlib import Path

from apps.ner.columns import read_file
from apps.ner.config import NerConfig


def test_equal_words_and_tags_are_the_same_objects(tmp_path: Path) -> None:
    path = tmp_path / "train.conll"
    path.write_text("Anna\tB-PER\nslept\tO\n\nAnna\tB-PER\nwrote\tO\n\n", encoding="utf-8")
    first, second = read_file(NerConfig(), path).examples.inputs
    assert first.words[0] is second.words[0]
    tags = read_file(NerConfig(), path).examples.targets
    assert tags[0][0] is tags[1][0]
