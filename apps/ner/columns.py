"""CoNLL column files and JSON lines of tokens and tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.ner.tagged import Tagged, tagged
from common.data.tables import JSONL, SUFFIXES, and_more, parse_table, read_plain
from common.errors import UserError

DOCUMENT_START = "-DOCSTART-"
WORD_KEYS = ("tokens", "words")
TAG_KEYS = ("tags", "ner_tags", "ner", "labels")


def read_file(config: Any, path: Path) -> Tagged:
    """Reads a column file, or JSON lines by extension or first character.

    Raises:
        UserError: unreadable, or a line that does not fit (file and line named).
    """
    text = read_plain(path)
    if SUFFIXES.get(path.suffix.lower()) == JSONL or text.lstrip().startswith("{"):
        return _read_jsonl(path, text)
    return _read_columns(config, path, text)


def _read_columns(config: Any, path: Path, text: str) -> Tagged:
    """One word a line, cells parted by one tab or one space; blank lines part sentences."""
    # Only \n ends a line, only a tab or space parts cells: other white space stands inside words of real corpora.
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    separator = "\t" if any("\t" in line for line in lines[:100]) else " "
    sentences: list[list[tuple[int, list[str]]]] = [[]]
    documents, document, width = [0], 0, 0
    uneven: list[tuple[int, int]] = []
    for number, line in enumerate(lines, 1):
        cells = line.rstrip(" ").split(separator) if separator == " " else line.split(separator)
        is_comment = line.startswith("# ") and not sentences[-1] and len(cells) != width
        starts_document = cells[0] == DOCUMENT_START
        if starts_document or is_comment or not line.strip(" \t"):
            document += starts_document
            if sentences[-1]:
                sentences.append([])
                documents.append(document)
            documents[-1] = document
            continue
        width = width or len(cells)
        if len(cells) != width:
            uneven.append((number, len(cells)))
        sentences[-1].append((number, cells))
    if not sentences[-1]:
        sentences, documents = sentences[:-1], documents[:-1]
    if uneven:
        line_number, found = uneven[0]
        part = "tabs" if separator == "\t" else "single spaces"
        raise UserError(
            f"{path}:{line_number}: expected {width} columns parted by {part}, found {found}; "
            f"mend it{and_more([n for n, _ in uneven])}"
        )
    word, tag = _places(config, path, width) if sentences else (0, 0)
    for number, cells in (row for sentence in sentences for row in sentence):
        if not cells[word].strip():
            raise UserError(f"{path}:{number}: expected a word in column {word + 1}, found none; mend the line")
    return tagged(
        str(path),
        [[cells[word] for _, cells in sentence] for sentence in sentences],
        [[cells[tag] for _, cells in sentence] for sentence in sentences],
        [[number for number, _ in sentence] for sentence in sentences],
        documents,
        f"CoNLL, {width} columns, words in {word + 1}, tags in {tag + 1}",
    )


def _places(config: Any, path: Path, width: int) -> tuple[int, int]:
    """The indices of the columns of words and tags."""
    word, tag = config.word_column - 1, (config.tag_column or width) - 1
    if width < 2 or max(word, tag) >= width or word == tag:
        wanted = f"words in column {word + 1} and tags in column {tag + 1}" if width > 1 else "a word and a tag a line"
        raise UserError(
            f"{path}:1: expected {wanted}, found {width} column{'s' if width != 1 else ''}; "
            "correct --word-column or --tag-column, or part the columns with one tab or space"
        )
    return word, tag


def _read_jsonl(path: Path, text: str) -> Tagged:
    table = parse_table(path, JSONL, text)
    word_key = next((key for key in WORD_KEYS if key in table.columns), "")
    tag_key = next((key for key in TAG_KEYS if key in table.columns), "")
    if not word_key or not tag_key:
        raise UserError(
            f"{path}:1: expected objects with {' or '.join(WORD_KEYS)} and {' or '.join(TAG_KEYS)}, "
            f"found {', '.join(table.columns)}; rename the keys"
        )
    rows = list(zip(table.column(word_key), table.column(tag_key), table.lines, strict=True))
    for words, tags, line in rows:
        _check_row(f"{path}:{line}", words, tags)
    return tagged(
        str(path),
        [words for words, _, _ in rows],
        [tags for _, tags, _ in rows],
        [[line] * len(words) for words, _, line in rows],
        [0] * len(rows),
        f"JSON lines, words in `{word_key}`, tags in `{tag_key}`",
    )


def _check_row(place: str, words: Any, tags: Any) -> None:
    for kind, values in (("words", words), ("tags", tags)):
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values) or not values:
            found = "an empty list" if values == [] else f"{values!r:.40}"
            raise UserError(f"{place}: expected a list of {kind} as texts, found {found}; mend or remove the line")
    if len(words) != len(tags):
        raise UserError(f"{place}: expected a tag for each of {len(words)} words, found {len(tags)}; mend the line")
    if not all(word.strip() for word in words):
        raise UserError(f"{place}: expected words, found an empty one; mend the line")
