"""Files as people have them, written small; fixtures return functions."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.sentiment import data


@dataclass(frozen=True)
class _Config:
    data: str = "sample"
    seed: int = 0
    text_column: str = ""
    label_column: str = ""
    validation_fraction: float = 0.1
    test_fraction: float = 0.1
    sample_size: int = 200
    download: bool = False


def _put(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def _table(rows: int, mark: str = "\t", text: str = "text", label: str = "label", word: str = "words") -> str:
    return f"{text}{mark}{label}\n" + "".join(f"{word} number {i}{mark}{i % 2}\n" for i in range(rows))


def _lines(rows: int, word: str = "words") -> str:
    return "".join(f"{i % 2} {word} number {i}\n" for i in range(rows))


def _tree(rows: int = 8, classes: tuple[str, ...] = ("neg", "pos"), test: bool = True) -> dict[str, str]:
    files = {f"train/{name}/{i}_7.txt": f"{name} text {i}" for name in classes for i in range(rows)}
    return files | (
        {f"test/{name}/{i}_7.txt": f"{name} other {i}" for name in classes for i in range(3)} if test else {}
    )


def _load(path: Path, **settings):
    return data.load(_Config(data=str(path), **settings))


def _sizes(splits) -> dict[str, int]:
    return {name: len(part) for name, part in splits.items()}


@pytest.fixture(scope="session")
def Config():  # noqa: N802
    """The configuration fields that readers use."""
    return _Config


@pytest.fixture(scope="session")
def put():
    """Writes files, path -> content, into a folder."""
    return _put


@pytest.fixture(scope="session")
def table():
    """A TSV or CSV of rows with two classes."""
    return _table


@pytest.fixture(scope="session")
def lines():
    """`label sentence` lines."""
    return _lines


@pytest.fixture(scope="session")
def tree():
    """An aclImdb tree as path -> content."""
    return _tree


@pytest.fixture(scope="session")
def load():
    """Reads a path with settings."""
    return _load


@pytest.fixture(scope="session")
def sizes():
    """Split name -> number of examples."""
    return _sizes
