"""Tables as people have them (TSV, CSV, JSON lines), every row with the line it came from.

TSV is split at tabs and nothing else, because a quotation mark in a TSV corpus (GLUE) is text. CSV is read with quotes,
so that a field may hold the delimiter and line ends. JSON lines hold one object a line.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.data.splits import Origins
from common.errors import UserError
from common.files import read_text

TSV, CSV, JSONL, LINES = "TSV", "CSV", "JSON lines", "lines"
SUFFIXES = {".tsv": TSV, ".csv": CSV, ".jsonl": JSONL, ".ndjson": JSONL}
DELIMITERS = ",;\t|"
# a table of JSON lines with more cells than this must be filled by one in a hundred: each line may bring new keys
_SPARSE_CELLS, _SPARSEST = 10_000_000, 100
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    Attributes:
        path: the file.
        kind: `TSV`, `CSV` or `JSON lines`.
        columns: column names in order (JSON lines: every key, in order of appearance).
        rows: one tuple per row, as long as `columns`; strings, or JSON values with None for an absent key.
        lines: the line each row begins at, from 1.
    """

    path: Path
    kind: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    lines: Sequence[int]

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[Any]:
        """The values of one column, a value per row."""
        index = self.columns.index(name)
        return [row[index] for row in self.rows]

    @property
    def origins(self) -> Origins:
        """`file:line` of each row."""
        return Origins(self.path, self.lines)


def read_plain(path: Path) -> str:
    """The text of a file: UTF-8, not empty, no NUL byte.

    Raises:
        UserError: the file is missing, empty, not UTF-8, or holds a NUL byte (file and line named).
    """
    text = read_text(path)
    if not text.strip():
        raise UserError(f"{path}: expected text, found an empty file; fill it or name another")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UserError(f"{path}:{line}: expected text, found a NUL byte; remove it or name a text file")
    return text


def kind_of(path: Path, text: str) -> str:
    """What a file holds: by its extension, or by its first line where that says nothing; `lines` when not a table."""
    first = next(line for line in text.split("\n") if line.strip()).rstrip("\r")
    kind = SUFFIXES.get(path.suffix.lower())
    if kind == TSV and "\t" not in first and _delimiter(first) is not None:
        return CSV
    if kind:
        return kind
    if first.lstrip().startswith("{"):
        return JSONL
    if "\t" in first:
        return TSV
    return CSV if path.suffix.lower() == ".txt" and re.fullmatch(r'"?\w+"?([,;|]"?\w+"?)+', first.strip()) else LINES


def read_table(path: Path) -> Table:
    """Reads a table with a header row (JSON lines: with keys).

    Raises:
        UserError: unreadable, empty, or a row that does not fit; file and line named.
    """
    text = read_plain(path)
    return parse_table(path, kind_of(path, text), text)


def parse_table(path: Path, kind: str, text: str) -> Table:
    """Reads `text`, the content of `path`, as a table of that kind; see `read_table`."""
    if kind == JSONL:
        return _read_jsonl(path, text)
    records = _csv_records(path, text) if kind == CSV else _tsv_records(text)
    _, header = next(records, (1, []))
    if not header:
        raise UserError(f"{path}:1: expected a header row with column names, found none; add one")
    columns = tuple(name.strip() for name in header)
    repeated = sorted(name for name, count in Counter(columns).items() if count > 1)
    if repeated:
        raise UserError(f"{path}:1: expected different column names, found {repeated[0]!r} twice; rename one")
    rows, lines, ragged = [], [], []
    for line, cells in records:
        if len(cells) != len(columns):
            ragged.append((line, len(cells)))
        rows.append(tuple(cells))
        lines.append(line)
    if ragged:
        line, found = ragged[0]
        expected = f"{len(columns)} columns ({', '.join(columns)})"
        raise UserError(f"{path}:{line}: expected {expected}, found {found}; mend it{and_more([n for n, _ in ragged])}")
    return Table(path, kind, columns, rows, lines)


def and_more(lines: Sequence[int]) -> str:
    """The end of a message about the first of several bad lines: how many there are and where."""
    if len(lines) < 2:
        return ""
    shown = ", ".join(map(str, lines[:8]))
    return f" ({len(lines)} such rows: lines {shown}{', ...' if len(lines) > 8 else ''})"


def _tsv_records(text: str) -> Iterator[tuple[int, list[str]]]:
    # Only \n and \r\n end a line: str.splitlines would also cut at U+2028 and form feeds inside a text.
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if line.strip("\t"):
            yield number, line.split("\t")


def _csv_records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    first = next((line for line in re.split(r"[\r\n]+", text) if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(first) or ",", strict=True)
    before = csv.field_size_limit(max(len(text), 1 << 17))  # no field is longer than its file
    begin = 1
    try:
        for cells in reader:
            if any(cells):  # spreadsheets leave rows of nothing but delimiters at the end
                yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        raise UserError(f"{path}:{begin}: expected CSV, found an error: {error}; mend the quotation marks") from error
    finally:
        csv.field_size_limit(before)


def _delimiter(header: str) -> str | None:
    """The delimiter that cuts a header line into the most columns; None when none cuts it."""
    unquoted = re.sub(r'"[^"]*"', "", header)
    best = max(DELIMITERS, key=unquoted.count)
    return best if best in unquoted else None


def _read_jsonl(path: Path, text: str) -> Table:
    records: list[dict[str, Any]] = []
    lines: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            found = f"{error.msg} at column {error.colno}"
            raise UserError(
                f"{path}:{number}: expected a JSON object, found an error: {found}; mend the line"
            ) from error
        except (RecursionError, ValueError) as error:  # nested too deep, or a number of thousands of digits
            raise UserError(f"{path}:{number}: expected a flat JSON object, found {error}; mend the line") from error
        if not isinstance(record, dict):
            found = type(record).__name__
            raise UserError(f"{path}:{number}: expected a JSON object, found a {found}; write one object a line")
        if "\\ud" in line.lower() and _has_surrogate(record):
            raise UserError(f"{path}:{number}: expected text, found half of a surrogate pair; mend the escape \\ud...")
        records.append(record)
        lines.append(number)
    columns = tuple(dict.fromkeys(key for record in records for key in record))
    values = sum(map(len, records))
    if len(columns) * len(records) > _SPARSE_CELLS and len(columns) * len(records) > _SPARSEST * values:
        raise UserError(
            f"{path}: expected objects with the same keys, found {len(columns):,} keys in {len(records):,} lines of "
            f"{values:,} values; leave out what is not needed"
        )
    return Table(path, JSONL, columns, [tuple(record.get(name) for name in columns) for record in records], lines)


def _has_surrogate(value: Any) -> bool:
    """Whether half of a surrogate pair stands in some JSON."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and _SURROGATE.search(one):
            return True
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
    return False
