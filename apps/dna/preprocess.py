"""From records to codes: nothing is learnt but the shape of the training records."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from apps.dna.alignment import few_signal, position_signal, strand_signal
from apps.dna.config import DnaConfig
from common.console import say
from common.data.ragged import Arrays, in_parts
from common.data.splits import Examples
from common.errors import UserError
from common.files import read_json, write_json
from common.preprocessing import specification as spec
from common.preprocessing.nucleotide_encoder import NucleotideEncoder
from common.preprocessing.nucleotides import Record

SPECIFICATION = "preprocess.json"
_MOST_REPEATS = 16
_EPOCH_OF_FEW, _EPOCH = 4_000, 12_000


@dataclass(frozen=True)
class DnaPreprocessor(NucleotideEncoder):
    """Encodes records for the model and for training.

    Attributes:
        repeats: how often an epoch shows each training record (small data sets more than once).
        few: whether the training records are so few that another head is better.
    """

    repeats: int = 1
    few: bool = False

    def encode_training(self, examples: Examples) -> Iterator[Arrays]:
        """Those of `encode`, every record `repeats` times."""
        for _ in range(self.repeats):
            yield from in_parts(self.encode, examples.inputs)

    def encode_targets(self, targets: Sequence[int]) -> np.ndarray:
        """(repeats * rows,) int32 class indices, in the order of `encode_training`."""
        return np.tile(np.asarray(targets, np.int32), self.repeats)

    def fitted_arrays(self) -> dict[str, np.ndarray]:
        """Nothing beside the specification."""
        return {}

    def save(self, folder: Path) -> None:
        """Writes preprocess.json."""
        write_json(folder / SPECIFICATION, {**self.specification(), "repeats": self.repeats, "few": self.few})


def load_preprocessor(folder: Path, fitted: Mapping[str, Any]) -> DnaPreprocessor:
    """Reads what `save` wrote.

    Raises:
        UserError: the file is missing or not of this version.
    """
    path = folder / SPECIFICATION
    values = read_json(path)

    def made() -> DnaPreprocessor:
        repeats = spec.whole({"repeats": 1, **values}, "repeats", 1, _MOST_REPEATS)
        few = spec.flag({"few": False, **values}, "few")
        return DnaPreprocessor(**vars(NucleotideEncoder.from_specification(values)), repeats=repeats, few=few)

    return spec.read_as(str(path), "a nucleotide preprocessing specification", made)


def fit_preprocessor(
    config: DnaConfig, train: Examples, unlabelled: Sequence[Record], labels: Sequence[str]
) -> DnaPreprocessor:
    """Looks at the training records: their length, whether they are aligned or few, whether the strand matters.

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
    size = few_signal(aligned, len(train))
    few = size.found if config.few == "auto" else config.few == "yes"
    say(f"few: {size.told}" if config.few == "auto" else f"few: {config.few}, as asked")
    wanted = config.epoch_records or (_EPOCH_OF_FEW if few else _EPOCH)
    repeats = min(_MOST_REPEATS, max(1, math.ceil(wanted / len(train))))
    return DnaPreprocessor(tuple(labels), longest, aligned, both, repeats, few)
