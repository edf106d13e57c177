"""A configuration and small files for the tests of the readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from apps.ner.config import NerConfig


@pytest.fixture
def config() -> Callable[..., NerConfig]:
    return lambda **fields: NerConfig(**{k: str(v) if isinstance(v, Path) else v for k, v in fields.items()})


def sentences(count: int, start: int = 0) -> list[tuple[list[str], list[str]]]:
    """Different sentences of three words, two of three with an entity."""
    kinds = (["B-PER", "I-PER", "O"], ["O", "B-LOC", "O"], ["O", "O", "O"])
    return [([f"w{i}", f"v{i}", "."], kinds[i % 3]) for i in range(start, start + count)]


@pytest.fixture
def column_text() -> Callable[..., str]:
    """count, separator, middle columns, first number -> the text of a column file."""

    def text(count: int, separator: str = " ", middle: tuple[str, ...] = (), start: int = 0) -> str:
        return "".join(
            "".join(separator.join([word, *middle, tag]) + "\n" for word, tag in zip(*pair, strict=True)) + "\n"
            for pair in sentences(count, start)
        )

    return text
