"""Synthetic sequences with two planted motifs at known places, in a background of given composition.

Class `forward` holds motif A before motif B, class `reverse` motif B before motif A, either strand up. Both classes
hold both motifs, so counts of k-mers say nothing: the order decides.

>>> generate(100, 80, seed=0).labels
('forward', 'reverse')
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits
from common.errors import UserError
from common.preprocessing.nucleotides import Record, reverse_complement

LABELS = ("forward", "reverse")
MOTIFS = ("TGACTCATC", "CCGGAAGTA")
COMPOSITION = (0.29, 0.21, 0.21, 0.29)  # A, C, G, T of the background
CONSERVED = 0.95  # chance that a letter of a motif stays
GAP = (4, 16)  # nucleotides between the motifs
SHORTEST_LENGTH = 2 * len(MOTIFS[0]) + GAP[1] + 8
TEST_SHARE, VALIDATION_SHARE = 0.2, 0.15
NOTE = "synthetic: random sequences with planted motifs; its numbers say nothing about real sequences"


@dataclass(frozen=True)
class Planted:
    """One generated record.

    Attributes:
        record: name and sequence.
        label: index into `LABELS`.
        spans: (start, end) of the two motifs in the sequence, in order, from 0, end excluded.
    """

    record: Record
    label: int
    spans: tuple[tuple[int, int], tuple[int, int]]


def draw(size: int, length: int, seed: int) -> list[Planted]:
    """`size` records of `length` nucleotides, a tenth shorter or longer; the classes alternate.

    Raises:
        UserError: too short for two motifs and the gap.
    """
    if length < SHORTEST_LENGTH:
        raise UserError(f"--sample-length: expected at least {SHORTEST_LENGTH}, found {length}; ask for more")
    generator = random.Random(seed)
    return [_planted(generator, row, length) for row in range(size)]


def _planted(generator: random.Random, row: int, length: int) -> Planted:
    label = row % 2
    whole = generator.randint(length - length // 10, length + length // 10)
    gap = generator.randint(*GAP)
    parts = [_worn(generator, motif) for motif in (MOTIFS if label == 0 else MOTIFS[::-1])]
    insert = parts[0] + _background(generator, gap) + parts[1]
    start = generator.randint(2, whole - len(insert) - 2)
    sequence = _background(generator, start) + insert
    sequence += _background(generator, whole - len(sequence))
    first = (start, start + len(parts[0]))
    second = (first[1] + gap, start + len(insert))
    if generator.random() < 0.5:
        sequence = reverse_complement(sequence)
        first, second = (whole - second[1], whole - second[0]), (whole - first[1], whole - first[0])
    return Planted(Record(f"synthetic_{row}", sequence), label, (first, second))


def _background(generator: random.Random, length: int) -> str:
    return "".join(generator.choices("ACGT", COMPOSITION, k=length))


def _worn(generator: random.Random, motif: str) -> str:
    return "".join(letter if generator.random() < CONSERVED else generator.choice("ACGT") for letter in motif)


def generate(size: int, length: int, seed: int) -> Splits:
    """The records in three splits, both classes alike often.

    Args:
        size: records in all.
        length: nucleotides of a record, about.
        seed: the same seed gives the same records.

    Raises:
        UserError: too short for two motifs.
    """
    planted = draw(size, length, seed)
    records, targets = [item.record for item in planted], [item.label for item in planted]
    whole = Examples(records, targets)
    test, validation = round(TEST_SHARE * size), round(VALIDATION_SHARE * size)
    parts = {
        TRAIN: whole.take(range(test + validation, size)),
        VALIDATION: whole.take(range(test, test + validation)),
        TEST: whole.take(range(test)),
    }
    return Splits(parts, "sample", "generated sequences with planted motifs", LABELS, synthetic=True, notes=(NOTE,))
