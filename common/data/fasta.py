"""FASTA: `>name description` lines, each followed by lines of sequence; plain or gzip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from common.data.packed import read_unpacked
from common.errors import UserError
from common.files import decode_utf8
from common.preprocessing.nucleotides import Record, clean

SUFFIXES = (".fa", ".fasta", ".fna", ".ffn", ".fas", ".frn")
_LABEL = re.compile(r"(?:^|[\s|;])(?:label|class)[=:]\s*([^\s|;]+)", re.IGNORECASE)
_GROUP = re.compile(r"(?:^|[\s|;])(?:group|gene)[=:]\s*([^\s|;]+)", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Entry:
    """A record of a FASTA file, with what its header says besides the name.

    Attributes:
        record: name and sequence.
        line: the header's line, from 1.
        label: of `label=X` or `class=X` in the header; empty without.
        group: of `group=X` or `gene=X`; empty without.
        description: the header after the name.
    """

    record: Record
    line: int
    label: str
    group: str
    description: str


def read_text(path: Path) -> str:
    """The UTF-8 text of a plain or gzip file, with `\\n` line ends whatever they were.

    Raises:
        UserError: as `read_unpacked`; not UTF-8 (line named); empty; a NUL byte.
    """
    text = decode_utf8(read_unpacked(path), str(path)).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise UserError(f"{path}: expected sequences, found an empty file; fill it or name another")
    if "\0" in text:
        raise UserError(f"{path}:{text.count(chr(10), 0, text.index(chr(0))) + 1}: expected text, found a NUL byte")
    return text


def suffix(path: Path) -> str:
    """The extension in lower case, without a `.gz` after it."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def is_fasta(path: Path) -> bool:
    """Whether a file's name says FASTA."""
    return suffix(path) in SUFFIXES


def parse(text: str, name: str) -> list[Entry]:
    """The records of a FASTA text, in order.

    Args:
        text: the content, `\\n` line ends.
        name: what errors call the input.

    Raises:
        UserError: text before the first header, an empty record, a repeated name, a letter that is no nucleotide
            (line, record and position named).
    """
    entries: list[Entry] = []
    names: dict[str, int] = {}
    for line, header, sequence in _blocks(text, name):
        title, _, description = header.partition(" ")
        title = title or f"record_{len(entries) + 1}"
        place = f"{name}:{line}: record {title}"
        if title in names:
            raise UserError(f"{place}: expected one record of that name, found another on line {names[title]}; rename")
        names[title] = line
        if not sequence:
            raise UserError(f"{place}: expected a sequence, found an empty record; remove it or fill it")
        record = Record(title, clean(sequence, place))
        label, group = _LABEL.search(header), _GROUP.search(header)
        entries.append(Entry(record, line, label[1] if label else "", group[1] if group else "", description.strip()))
    if not entries:
        raise UserError(f"{name}: expected FASTA records (`>name`, then the sequence), found none; check the file")
    return entries


def _blocks(text: str, name: str) -> Iterator[tuple[int, str, str]]:
    """(line of the header, header without `>`, letters) of each record."""
    start, header = 0, ""
    parts: list[str] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line.startswith(">"):
            if start:
                yield start, header, "".join(parts)
            start, header, parts = number, " ".join(line[1:].split()), []
        elif line and not line.startswith(";"):  # `;` begins a comment in old files
            if not start:
                raise UserError(f"{name}:{number}: expected a FASTA header (`>name`), found {line[:30]!r}; add one")
            parts.append(_BLANKS.sub("", line).removesuffix("*"))
    if start:
        yield start, header, "".join(parts)


def read_inputs(text: str, single: bool) -> list[Record]:
    """FASTA records; or one sequence of bare letters; or, of several lines without a header, one a line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if text.startswith((">", ";")):
        return [entry.record for entry in parse(text, "the input")]
    lines = [text] if single else [line for line in text.split("\n") if line.strip()]
    found = []
    for number, line in enumerate(lines, 1):
        name = "input" if single else f"line_{number}"
        found.append(Record(name, clean("".join(line.split()), f"record {name}")))
    return found


def read_path(path: Path) -> list[Record]:
    """The records of a FASTA file, or one sequence a line; plain or gzip.

    Raises:
        UserError: unreadable, damaged, empty, or a letter that is no nucleotide (record and position named).
    """
    text = read_text(path)
    if is_fasta(path) or text.lstrip().startswith((">", ";")):
        return [entry.record for entry in parse(text, str(path))]
    return read_inputs(text, False)
