"""Which columns hold the text and the label, and what a labelled row must be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from common.data.splits import Examples
from common.data.tables import Table, and_more
from common.errors import UserError

# In order of preference: the first that a table has is taken.
# fmt: off
TEXT_COLUMNS = (
    "text", "sentence", "review", "content", "comment", "body", "tweet", "message", "review_text",
    "review_body", "reviewtext", "review_content", "full_text", "description", "phrase", "utterance",
    "document", "post",
)
LABEL_COLUMNS = (
    "label", "labels", "sentiment", "class", "target", "polarity", "airline_sentiment", "stars", "star_rating",
    "rating", "overall", "score", "category",
)
# fmt: on
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LABELLED_LINE = re.compile(r"(?:__label__(\S+)|(-?\d+))[ \t](.*)")
WITHHELD = "-1"  # what GLUE and tensorflow-datasets write where a test label is withheld


def find_column(columns: Sequence[str], known: Sequence[str], named: str, flag: str, place: str) -> str:
    """The column the user named, or the first known name; empty when there is none.

    Raises:
        UserError: the named column does not exist.
    """
    if named and named not in columns:
        raise UserError(
            f"{place}: expected the column {named!r} ({flag}), found {', '.join(columns)}; name one of them"
        )
    lower = {name.casefold(): name for name in reversed(columns)}
    return named or next((lower[name] for name in known if name in lower), "")


def text_column(config: Any, columns: Sequence[str], place: str) -> str:
    """The column of the text: `config.text_column`, or a known name.

    Raises:
        UserError: there is none.
    """
    found = find_column(columns, TEXT_COLUMNS, config.text_column, "--text-column", place)
    if not found:
        raise UserError(
            f"{place}: expected a header row with a text column (such as {', '.join(TEXT_COLUMNS[:4])}), "
            f"found {_shown(columns)}; name it with --text-column, or add a header row"
        )
    return found


def label_column(config: Any, columns: Sequence[str], place: str) -> str:
    """The column of the label: `config.label_column`, or a known name; empty when there is none."""
    return find_column(columns, LABEL_COLUMNS, config.label_column, "--label-column", place)


def labelled(config: Any, table: Table) -> tuple[Examples, str]:
    """Texts and class names of a table, and the columns they came from in words.

    Raises:
        UserError: a column is missing, or a row has no text or no label (file and line named).
    """
    place = f"{table.path}:1"
    text_name = text_column(config, table.columns, place)
    label_name = label_column(config, table.columns, place)
    if not label_name:
        raise UserError(
            f"{place}: expected a label column (such as {', '.join(LABEL_COLUMNS[:4])}), "
            f"found {_shown(table.columns)}; name it with --label-column"
        )
    if label_name == text_name:
        raise UserError(f"{place}: expected two columns, found {text_name!r} for text and label; name different ones")
    if not table.rows:
        raise UserError(f"{place}: expected rows below the header, found none; add them")
    texts = [value.strip() if isinstance(value, str) else value for value in table.column(text_name)]
    names = [class_name(value) for value in table.column(label_name)]
    require_rows(str(table.path), texts, names, table.lines)
    return Examples(texts, names, table.origins), f"text in `{text_name}`, label in `{label_name}`"


def has_labels(config: Any, table: Table) -> bool:
    """False for a test file whose labels are withheld: no label column, or -1 or nothing in every row."""
    place = f"{table.path}:1"
    found = find_column(table.columns, LABEL_COLUMNS, "", "", place)
    if config.label_column in table.columns:
        found = config.label_column
    return bool(found) and any(class_name(value) not in ("", WITHHELD) for value in table.column(found))


def texts_of(config: Any, table: Table) -> list[str]:
    """The texts of a table without labels; rows without a text are left out."""
    values = table.column(text_column(config, table.columns, f"{table.path}:1"))
    return [value.strip() for value in values if isinstance(value, str) and value.strip()]


def labelled_lines(path: Any, text: str) -> Examples:
    """Reads `label sentence` lines: a whole number or `__label__NAME`, a blank, the text.

    Raises:
        UserError: a line of another form, or without a text (file and line named).
    """
    texts, names, lines, bad = [], [], [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        match = _LABELLED_LINE.match(line.rstrip("\r") + " ")
        if match is None:
            bad.append((number, line))
            continue
        texts.append(match[3].strip())
        names.append(match[1] or match[2])
        lines.append(number)
    if bad:
        number, line = bad[0]
        raise UserError(
            f"{path}:{number}: expected `label sentence` with a whole number as the label, found {line[:40]!r}; "
            f"mend it, or give a .tsv, .csv or .jsonl file{and_more([n for n, _ in bad])}"
        )
    require_rows(str(path), texts, names, lines)
    return Examples(texts, names, [f"{path}:{line}" for line in lines])


def class_name(value: Any) -> str:
    """A label as a class name: text stripped, whole numbers without a decimal point; empty when there is none."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)


def class_order(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct class names, by value where all are numbers, else by spelling."""
    distinct = sorted(set(names))
    return tuple(sorted(distinct, key=float) if all(map(_NUMBER.fullmatch, distinct)) else distinct)


def require_rows(path: str, texts: Sequence[Any], names: Sequence[str], lines: Sequence[int]) -> None:
    """Raises a UserError that names the first row without a text or without a label."""
    no_text = [line for text, line in zip(texts, lines, strict=True) if not isinstance(text, str) or not text]
    if no_text:
        raise UserError(f"{path}:{no_text[0]}: expected a text, found none; fill or remove the row{and_more(no_text)}")
    no_label = [line for name, line in zip(names, lines, strict=True) if not name]
    if no_label:
        raise UserError(
            f"{path}:{no_label[0]}: expected a label, found none; fill or remove the row{and_more(no_label)}"
        )


def _shown(columns: Sequence[str]) -> str:
    return ", ".join(repr(name[:30]) for name in columns[:8])
