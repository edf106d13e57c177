"""Finds out what a path holds and reads it: parts as they are, nothing split, class names as targets.

A folder: files named by their split (`train.csv`, `dev.tsv`, `test.fa`); or one FASTA file a class; or folders named by
their split that hold one FASTA file a class. A file: FASTA with `label=X` in the headers or with a table of names and
labels beside it; CSV, TSV or JSON lines with a sequence and a label column; UCI `class, name, sequence` lines. Any of
them may be gzip.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from apps.dna import uci
from apps.dna.source import PART_NAMES, Source
from common.data import fasta
from common.data.splits import TEST, TRAIN, VALIDATION, Examples
from common.data.tables import SUFFIXES, Table, kind_of, parse_table
from common.errors import UserError
from common.files import user_path
from common.preprocessing.nucleotides import Record, checked_length, clean

_EXPECTED = (
    "expected train, dev and test files (.csv, .tsv, .jsonl, .fa), one FASTA file a class, or one labelled file, "
    "gzip or not"
)
SEQUENCE_COLUMNS = ("sequence", "seq", "dna", "dna_sequence", "nucleotides")
LABEL_COLUMNS = ("label", "class", "target", "y", "labels")
NAME_COLUMNS = ("name", "id", "record", "seq_id", "accession")
GROUP_COLUMNS = ("group", "gene", "gene_name", "family")


def read(config: Any, source: str) -> Source:
    """Reads a path or `tfds:NAME`.

    Raises:
        UserError: nothing there, nothing known there, or a record that cannot be read (file, line, position named).
    """
    from common.data import tfds

    if source.startswith(tfds.PREFIX):
        from apps.dna import from_tfds

        return from_tfds.read(config, source)
    path = user_path(source, "--data")
    if not source.strip() or not path.exists():
        found = f"{source!r}, which does not exist" if source.strip() else "nothing"
        raise UserError(f"--data: expected `sample`, `tfds:NAME` or a path, found {found}; check it")
    if path.is_file():
        examples, described = _read_file(config, path)
        return Source({TRAIN: examples}, f"one file: {described}")
    return _read_folder(config, path)


def _read_folder(config: Any, folder: Path) -> Source:
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    split_folders = {PART_NAMES[e.name.lower()]: e for e in entries if e.is_dir() and e.name.lower() in PART_NAMES}
    if TRAIN in split_folders:
        parts = {part: _read_classes(path, _fasta_files(path)) for part, path in split_folders.items()}
        return Source(_ordered(parts), f"{'/'.join(parts)} folders of one FASTA file a class")
    named: dict[str, Path] = {}
    for entry in entries:
        part = PART_NAMES.get(_stem(entry).lower()) if entry.is_file() and _is_known(entry) else None
        if part in named:
            raise UserError(f"{folder}: expected one file for {part}, found {named[part].name} and {entry.name}")
        if part:
            named[part] = entry
    if TRAIN in named:
        read = {part: _read_file(config, path) for part, path in _ordered(named).items()}
        described = f"{', '.join(named[part].name for part in read)}: {read[TRAIN][1]}"
        return Source({part: examples for part, (examples, _) in read.items()}, described)
    files = _fasta_files(folder)
    if len(files) > 1:
        return Source({TRAIN: _read_classes(folder, files)}, "one FASTA file a class")
    known = files or [entry for entry in entries if entry.is_file() and _is_known(entry)]
    if len(known) == 1:
        examples, described = _read_file(config, known[0])
        return Source({TRAIN: examples}, f"one file: {described}")
    shown = ", ".join(entry.name for entry in entries[:6]) or "an empty folder"
    raise UserError(f"{folder}: {_EXPECTED}; found {shown}; name a file with --data")


def _ordered(parts: dict[str, Any]) -> dict[str, Any]:
    return {part: parts[part] for part in (TRAIN, VALIDATION, TEST) if part in parts}


def _stem(path: Path) -> str:
    return path.name.lower().removesuffix(".gz").partition(".")[0]


def _is_known(path: Path) -> bool:
    return fasta.is_fasta(path) or fasta.suffix(path) in (*SUFFIXES, ".txt", ".data")


def _fasta_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and fasta.is_fasta(path))


def _read_classes(folder: Path, files: Sequence[Path]) -> Examples:
    """One class a file, named by it."""
    if len(files) < 2:
        raise UserError(f"{folder}: expected two or more FASTA files, one a class, found {len(files)}; add the others")
    rows = [
        (entry, path, path.name.removesuffix(".gz").removesuffix(".GZ").rpartition(".")[0])
        for path in files
        for entry in fasta.parse(fasta.read_text(path), str(path))
    ]
    return _examples([(entry, f"{path}:{entry.line}", label) for entry, path, label in rows])


def _examples(rows: Sequence[tuple[fasta.Entry, str, str]]) -> Examples:
    for entry, origin, _ in rows:
        checked_length(entry.record.sequence, f"{origin}: record {entry.record.name}")
    return Examples(
        [entry.record for entry, _, _ in rows],
        [label for _, _, label in rows],
        [origin for _, origin, _ in rows],
        [entry.group for entry, _, _ in rows],
    )


def _read_file(config: Any, path: Path) -> tuple[Examples, str]:
    text = fasta.read_text(path)
    first = next(line for line in text.split("\n") if line.strip()).lstrip()
    if fasta.is_fasta(path) or first.startswith((">", ";")):
        return _read_fasta(config, path, text)
    if uci.is_uci(first):
        return uci.parse(text, path), "UCI `class, name, sequence` lines, grouped by the name up to its first `-`"
    kind = kind_of(path.with_name(path.name.removesuffix(".gz")), text)
    return _read_table(config, parse_table(path, kind, text))


def _read_fasta(config: Any, path: Path, text: str) -> tuple[Examples, str]:
    entries = fasta.parse(text, str(path))
    labels = [entry.label for entry in entries]
    if all(labels):
        return _examples([(e, f"{path}:{e.line}", e.label) for e in entries]), "FASTA, `label=` in the headers"
    companion = _companion(path)
    if companion is None:
        entry = next(entry for entry in entries if not entry.label)
        raise UserError(
            f"{path}:{entry.line}: record {entry.record.name}: expected `label=X` in the header, or a table "
            f"{_stem(path)}.tsv of names and labels beside the file, found neither; add one"
        )
    given, groups = _companion_labels(config, companion)
    missing = next((entry for entry in entries if entry.record.name not in given), None)
    if missing:
        raise UserError(
            f"{path}:{missing.line}: record {missing.record.name}: expected its label in {companion}, found none; "
            "add a row"
        )
    rows = [
        (fasta.Entry(e.record, e.line, "", groups.get(e.record.name) or e.group, ""), f"{path}:{e.line}",
         given[e.record.name])
        for e in entries
    ]  # fmt: skip
    return _examples(rows), f"FASTA, labels in {companion.name}"


def _companion(path: Path) -> Path | None:
    """`x.tsv`, `x.labels.tsv` or `labels.tsv` (also .csv, gzip) beside `x.fa`."""
    stem = path.name.removesuffix(".gz").rpartition(".")[0]
    for name in (stem, f"{stem}.labels", "labels"):
        for ending in (".tsv", ".csv", ".tsv.gz", ".csv.gz"):
            candidate = path.with_name(name + ending)
            if candidate.is_file():
                return candidate
    return None


def _companion_labels(config: Any, path: Path) -> tuple[dict[str, str], dict[str, str]]:
    text = fasta.read_text(path)
    table = parse_table(path, kind_of(path.with_name(path.name.removesuffix(".gz")), text), text)
    name = _column(table, NAME_COLUMNS, "", "name") or table.columns[0]
    label = _column(table, LABEL_COLUMNS, config.label_column, "label")
    group = _column(table, GROUP_COLUMNS, config.group_column, "group")
    if not label:
        raise UserError(
            f"{path}:1: expected a label column, found {', '.join(table.columns)}; name it with --label-column"
        )
    names = [str(value).strip() for value in table.column(name)]
    labels = _labels(table, label)
    groups = [str(value).strip() for value in table.column(group)] if group else [""] * len(names)
    return dict(zip(names, labels, strict=True)), dict(zip(names, groups, strict=True))


def _read_table(config: Any, table: Table) -> tuple[Examples, str]:
    sequence = _column(table, SEQUENCE_COLUMNS, config.sequence_column, "sequence")
    label = _column(table, LABEL_COLUMNS, config.label_column, "label")
    name = _column(table, NAME_COLUMNS, "", "name")
    group = _column(table, GROUP_COLUMNS, config.group_column, "group")
    for found, kind in ((sequence, "sequence"), (label, "label")):
        if not found:
            raise UserError(
                f"{table.path}:1: expected a {kind} column, found {', '.join(table.columns)}; "
                f"name it with --{kind}-column, or add a header row"
            )
    names = [str(value).strip() for value in table.column(name)] if name else [""] * len(table)
    records = []
    for given, letters, line in zip(names, table.column(sequence), table.lines, strict=True):
        shown = given or f"line_{line}"
        place = f"{table.path}:{line}: record {shown}"
        records.append(Record(shown, checked_length(clean("".join(str(letters or "").split()), place), place)))
    groups = [str(value or "").strip() for value in table.column(group)] if group else [""] * len(table)
    described = f"{table.kind}, sequence in `{sequence}`, label in `{label}`" + (
        f", group in `{group}`" if group else ""
    )
    return Examples(records, _labels(table, label), table.origins, groups), described


def _labels(table: Table, column: str) -> list[str]:
    labels = []
    for value, line in zip(table.column(column), table.lines, strict=True):
        text = "" if value is None else str(value).strip()
        if not text:
            raise UserError(
                f"{table.path}:{line}: expected a label in `{column}`, found none; fill it or remove the row"
            )
        labels.append(text)
    return labels


def _column(table: Table, known: Sequence[str], named: str, kind: str) -> str:
    if named and named not in table.columns:
        raise UserError(
            f"{table.path}:1: expected the column {named!r} (--{kind}-column), found {', '.join(table.columns)}; "
            "correct it"
        )
    lower = {name.casefold(): name for name in reversed(table.columns)}
    return named or next((lower[name] for name in known if name in lower), "")
