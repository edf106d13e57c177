"""Sequences of nucleotides to codes: what training and every device do alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.app import InputSpec
from common.data.ragged import Arrays, Ragged
from common.preprocessing import specification as spec
from common.preprocessing.nucleotides import BASES, LETTERS, LONGEST, SHORTEST, Record, checked_length, clean, encode

KIND = "nucleotides"
SEQUENCE, LENGTHS = "sequence", "lengths"  # names of the model's inputs


@dataclass(frozen=True)
class NucleotideEncoder:
    """Encodes records for the model.

    Attributes:
        labels: class names.
        max_length: of a longer record the middle `max_length` nucleotides are read.
        aligned: whether every record is a window of exactly `max_length` around a fixed point.
        both_strands: whether the model reads a record and its reverse complement as one (it averages them itself).
    """

    labels: tuple[str, ...]
    max_length: int
    aligned: bool
    both_strands: bool

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
        return {SEQUENCE: sequence} if self.aligned else {SEQUENCE: sequence, LENGTHS: sequence.lengths}

    def inputs(self) -> dict[str, InputSpec]:
        """The model's inputs."""
        sequence = {SEQUENCE: InputSpec((self.max_length,), "int32")}
        return sequence if self.aligned else {**sequence, LENGTHS: InputSpec((), "int32")}

    def from_json(self, raw: Any) -> Record:
        """A record as test vectors hold it.

        Raises:
            ValueError, UserError: something else.
        """
        name = spec.text(raw, "name")
        return Record(name, clean(spec.text(raw, "sequence"), f"record {name}"))

    def specification(self) -> dict[str, Any]:
        """What a reader in another language needs to encode as this class does."""
        return {
            "kind": KIND,
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

    @classmethod
    def from_specification(cls, values: Any) -> NucleotideEncoder:
        """The encoder of a specification.

        Raises:
            ValueError: the specification is not one of nucleotides.
        """
        spec.text(values, "kind", KIND)
        spec.text(values, "letters", LETTERS)
        return cls(
            spec.texts(values, "labels"),
            spec.whole(values, "max_length", 1, LONGEST),
            spec.flag(values, "aligned"),
            spec.flag(values, "both_strands"),
        )
