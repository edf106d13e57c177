"""Data sets that grow: synthetic copies of each application's built-in sample, as files of a format that people have.

A copy is no duplicate (a word, a letter or a scale differs), so that what looks for duplicates has to keep all of them;
the copies of an example stay in its split. Written a copy at a time: growing data must not need growing memory here.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common.data.splits import Examples, Splits

# examples of 1x, in all three splits together: as many as make 100x a matter of minutes
EXAMPLES = {"sentiment": 1000, "ner": 300, "dna": 1000, "handwriting": 150, "stock": 3 * 400}
_TICKERS, _DAYS = 3, 400
_MUTATED = 0.05  # share of the letters of a copied DNA record
_SHARES = (("test", 0.2), ("validation", 0.1))


def write(app: str, copies: int, folder: Path) -> Path:
    """Writes `copies` copies of the sample of an application (seed 0) into `folder`, which is made; returns it."""
    folder.mkdir(parents=True)
    _WRITERS[app](copies, folder)
    return folder


def _sentiment(copies: int, folder: Path) -> None:
    from apps.sentiment import sample

    splits = sample.generate(EXAMPLES["sentiment"], 0)

    def rows(part: Examples) -> Iterator[Sequence[Any]]:
        yield "text", "label"
        for copy in range(copies):
            for text, target in zip(part.inputs, part.targets, strict=True):
                yield f"{text} copy{copy}", splits.labels[target]

    _tables(splits, folder, rows)


def _dna(copies: int, folder: Path) -> None:
    from apps.dna import sample

    splits, generator = sample.generate(EXAMPLES["dna"], 80, 0), np.random.default_rng(0)

    def rows(part: Examples) -> Iterator[Sequence[Any]]:
        yield "sequence", "label"
        for copy in range(copies):
            for record, target in zip(part.inputs, part.targets, strict=True):
                letters = np.frombuffer(record.sequence.encode(), np.uint8).copy()
                if copy:
                    changed = generator.random(len(letters)) < _MUTATED
                    letters[changed] = generator.choice(np.frombuffer(b"ACGT", np.uint8), int(changed.sum()))
                yield letters.tobytes().decode(), splits.labels[target]

    _tables(splits, folder, rows)


def _tables(splits: Splits, folder: Path, rows: Callable[[Examples], Iterator[Sequence[Any]]]) -> None:
    for name, part in splits.items():
        with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows(part))


def _ner(copies: int, folder: Path) -> None:
    from apps.ner import sample

    for name, part in sample.generate(EXAMPLES["ner"], 0).items():
        with open(folder / f"{name}.conll", "w", encoding="utf-8") as file:
            for copy in range(copies):
                for sentence, tags in zip(part.inputs, part.targets, strict=True):
                    lines = [*zip(sentence.words, tags, strict=True), (f"copy{copy}", "O")]
                    file.write("".join(f"{word}\t{tag}\n" for word, tag in lines) + "\n")


def _handwriting(copies: int, folder: Path) -> None:
    from apps.handwriting import sample

    part = sample.read(EXAMPLES["handwriting"], 0).parts["train"]
    ends, start = {}, 0
    for name, share in _SHARES:
        ends[name] = (start, start := start + round(share * len(part)))
    ends["train"] = (start, len(part))
    for name, (first, end) in ends.items():
        with open(folder / f"{name}.jsonl", "w", encoding="utf-8") as file:
            for copy in range(copies):
                for row in range(first, end):
                    strokes = [np.round(stroke * (1 + copy / 100), 3).tolist() for stroke in part.inputs[row]]
                    file.write(json.dumps({"strokes": strokes, "text": part.targets[row]}) + "\n")


def _stock(copies: int, folder: Path) -> None:
    from apps.stock import sample

    tickers = sample.generate(_TICKERS, _DAYS, 0)
    for copy in range(copies):
        for prices in tickers:
            columns = [prices.open, prices.high, prices.low, prices.close]
            scaled = np.round(np.stack(columns, axis=1) * (1 + copy / 100), 4).tolist()
            with open(folder / f"{prices.name}C{copy:03d}.csv", "w", encoding="utf-8", newline="") as file:
                rows = csv.writer(file, lineterminator="\n")
                rows.writerow(["date", "open", "high", "low", "close", "volume"])
                for day, values, volume in zip(prices.dates, scaled, prices.volume, strict=True):
                    rows.writerow([day, *values, int(volume)])


_WRITERS = {"sentiment": _sentiment, "ner": _ner, "dna": _dna, "handwriting": _handwriting, "stock": _stock}
