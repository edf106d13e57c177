"""From records to codes: nothing is learnt but the shape of the training records."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from apps.dna.alignment import position_signal, strand_signal
from apps.dna.config import DnaConfig
from apps.dna.nucleotides import BASES, LETTERS, SHORTEST, Record, checked_length, encode
from common.console import say
from common.data.ragged import Arrays, Ragged
from common.data.splits import Examples
from common.errors import UserError
from common.files import read_json, write_json

SPECIFICATION = "preprocess.json"
_MOST_REPEATS = 16


@dataclass(frozen=True)
class DnaPreprocessor:
    """Encodes records for the model.

    Attributes:
        labels: class names.
        max_length: of a longer record the middle `max_length` nucleotides are read.
        aligned: whether every record is a window of exactly `max_length` around a fixed point.
        both_strands: whether the model reads a record and its reverse complement as one.
        repeats: how often an epoch shows each training record (small data sets more than once).
    """

    labels: tuple[str, ...]
    max_length: int
    aligned: bool
    both_strands: bool
    repeats: int = 1

    @property
    def shortest(self) -> int:
        """The shortest record that the model takes, in nucleotides."""
        return self.max_length if self.aligned else min(SHORTEST, self.max_length)

    def codes(self, record: Record) -> np.ndarray:
        """(length,) uint8 codes of a record, the middle of a longer one.

        Raises:
            UserError: shorter than the model takes; longer too, where records are windows around a point.
        """
        longest = self.max_length if self.aligned else max(self.max_length, len(record))
        checked_length(record.sequence, f"record {record.name}", self.shortest, longest)
        start = max(0, len(record) - self.max_length) // 2
        return encode(record.sequence[start : start + self.max_length])

    def encode(self, inputs: Sequence[Record]) -> Arrays:
        """`sequence`: ragged int32 (length,); `lengths`: (rows,) int32, where records are not aligned."""
        sequence = Ragged.from_rows((self.codes(record) for record in inputs), np.int32)
        return {"sequence": sequence} if self.aligned else {"sequence": sequence, "lengths": sequence.lengths}

    def encode_training(self, examples: Examples) -> Arrays:
        """Those of `encode`, every record `repeats` times."""
        return self.encode(list(examples.inputs) * self.repeats)

    def encode_targets(self, targets: Sequence[int]) -> np.ndarray:
        """(repeats * rows,) int32 class indices, in the order of `encode_training`."""
        return np.tile(np.asarray(targets, np.int32), self.repeats)

    def fitted_arrays(self) -> dict[str, np.ndarray]:
        """Nothing beside the specification."""
        return {}

    def specification(self) -> dict[str, Any]:
        """What a reader in another language needs to encode as this class does."""
        return {
            "kind": "nucleotides",
            "letters": LETTERS,
            "codes": {letter: code for code, letter in enumerate(LETTERS, 1)},
            "bases_of_code": dict(zip(LETTERS, BASES, strict=True)),
            "upper_case": True,
            "replace": {"U": "T"},
            "pad_code": 0,
            "labels": list(self.labels),
            "max_length": self.max_length,
            "shortest": self.shortest,
            "longer": "refuse" if self.aligned else "keep the middle max_length letters, the extra one cut at the end",
            "aligned": self.aligned,
            "both_strands": self.both_strands,
        }

    def save(self, folder: Path) -> None:
        """Writes preprocess.json."""
        write_json(folder / SPECIFICATION, {**self.specification(), "repeats": self.repeats})


def load_preprocessor(folder: Path, fitted: Mapping[str, Any]) -> DnaPreprocessor:
    """Reads what `save` wrote.

    Raises:
        UserError: the file is missing or not of this version.
    """
    path = folder / SPECIFICATION
    values = read_json(path)
    try:
        if values["kind"] != "nucleotides" or values["letters"] != LETTERS:
            raise ValueError(values["kind"])
        return DnaPreprocessor(
            tuple(values["labels"]), int(values["max_length"]), bool(values["aligned"]),
            bool(values["both_strands"]), int(values.get("repeats", 1)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: expected a nucleotide preprocessing specification, found an error: {error!r}; restore it"
        ) from error


def fit_preprocessor(
    config: DnaConfig, train: Examples, unlabelled: Sequence[Record], labels: Sequence[str]
) -> DnaPreprocessor:
    """Looks at the training records: their length, whether they are aligned, whether the strand matters.

    Raises:
        UserError: `--aligned yes` for records of different length.
    """
    sequences = [record.sequence for record in train.inputs]
    lengths = {len(sequence) for sequence in sequences}
    positions, strands = position_signal(sequences, train.targets), strand_signal(sequences, train.targets)
    if config.aligned == "yes" and len(lengths) > 1:
        raise UserError(
            f"--aligned yes: expected records of one length, found {min(lengths):,} to {max(lengths):,} nucleotides; "
            "cut them to one window, or leave the flag out"
        )
    aligned = positions.found if config.aligned == "auto" else config.aligned == "yes"
    both = not strands.found if config.strands == "auto" else config.strands == "both"
    say(f"aligned: {positions.told}" if config.aligned == "auto" else f"aligned: {config.aligned}, as asked")
    say(f"strands: {strands.told}" if config.strands == "auto" else f"strands: {config.strands}, as asked")
    longest = max(lengths) if aligned or not config.max_length else min(config.max_length, max(lengths))
    repeats = min(_MOST_REPEATS, max(1, math.ceil(config.epoch_records / len(train))))
    return DnaPreprocessor(tuple(labels), longest, aligned, both, repeats)
