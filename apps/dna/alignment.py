"""What the training records tell of themselves: are they windows around a fixed point, few, and does the strand matter?

Two tests on the counts of the four bases, on training records only. They decide the automatic settings of the model:
windows in register let it read positions; records without a preferred strand let it read both strands as one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.preprocessing.nucleotides import encode

CLEAR = 6.0  # standard deviations above chance: passed by luck less than once in 10^8 data sets
STRONG = 0.05  # nats a record (half the excess of chi-squared): many records make a trifle clear, not useful
FEW_RECORDS = 10_000  # fewer are few; 5,000 were better off as few, 42,000 were not (README)
_MOST = 50_000  # records looked at


@dataclass(frozen=True)
class Signal:
    """The result of a test.

    Attributes:
        found: whether it is clear.
        told: the reason, in words.
    """

    found: bool
    told: str


def position_signal(sequences: Sequence[str], targets: Sequence[int]) -> Signal:
    """Do bases depend on the position? A chi-squared test of one composition at all positions, within each class."""
    counts = _position_counts(sequences, targets)
    if counts is None:
        return Signal(False, "no: the records differ in length")
    totals = counts.sum(2, keepdims=True)  # (classes, positions, 1)
    shares = counts.sum(1, keepdims=True) / np.maximum(totals.sum(1, keepdims=True), 1)
    expected = totals * shares
    deviations, _ = _excess(counts, expected, 3 * (counts.shape[1] - 1) * counts.shape[0])
    length = counts.shape[1]
    if deviations > CLEAR:
        return Signal(
            True, f"yes: windows of {length} nt whose composition depends on the position (z = {deviations:.0f})"
        )
    return Signal(
        False, f"no: {length} nt each, but the composition is the same at every position (z = {deviations:.1f})"
    )


def strand_signal(sequences: Sequence[str], targets: Sequence[int]) -> Signal:
    """Is a strand preferred? Compares the records with their reverse complements.

    Windows of one length: base counts at each position against those of the complement at the mirrored position (a
    chi-squared test within each class). Others: the skews A - T and C - G of each record (a z-test within each class).
    """
    counts = _position_counts(sequences, targets)
    if counts is not None:
        mirrored = counts[:, ::-1, ::-1]  # complement of A, C, G, T is T, G, C, A
        expected = (counts + mirrored) / 2
        pairs = counts.shape[1] * counts.shape[0] / 2  # each pair of positions is counted twice
        deviation, strength = _excess(counts, expected, 3 * pairs)
    else:
        deviation, strength = _skews(sequences, targets)
    if deviation > CLEAR and strength > STRONG:
        return Signal(True, f"one: a strand is preferred (z = {deviation:.0f}), so records are read as given")
    return Signal(False, f"both: no strand is preferred (z = {deviation:.1f}), so both are read as one")


def few_signal(aligned: bool, records: int) -> Signal:
    """Are aligned records so few that a head which weights every step and letter learns them better?"""
    if not aligned:
        return Signal(False, f"no: {records:,} records, not aligned")
    found = records < FEW_RECORDS
    return Signal(found, f"{'yes' if found else 'no'}: {records:,} aligned records, {FEW_RECORDS:,} are not few")


def _sampled(sequences: Sequence[str], targets: Sequence[int]) -> tuple[list[str], np.ndarray]:
    """At most `_MOST` records, evenly spaced, each different sequence once."""
    rows = list({sequence: row for row, sequence in enumerate(sequences)}.values())
    rows = rows[:: max(1, math.ceil(len(rows) / _MOST))]
    return [sequences[row] for row in rows], np.asarray(targets)[rows]


def _position_counts(sequences: Sequence[str], targets: Sequence[int]) -> np.ndarray | None:
    """(classes, positions, 4) counts of A, C, G, T; None when the records differ in length."""
    if len({len(sequence) for sequence in sequences}) != 1:
        return None
    chosen, labels = _sampled(sequences, targets)
    codes = np.stack([encode(sequence) for sequence in chosen])
    found = [[(codes[labels == label] == base).sum(0) for base in (1, 2, 3, 4)] for label in np.unique(labels)]
    return np.asarray(found, np.float64).transpose(0, 2, 1)


def _excess(counts: np.ndarray, expected: np.ndarray, degrees: float) -> tuple[float, float]:
    """How far a chi-squared statistic lies above its mean: in standard deviations, and in nats a record."""
    parts = np.divide((counts - expected) ** 2, expected, out=np.zeros_like(counts), where=expected > 0)
    excess = float(parts.sum()) - degrees
    return excess / math.sqrt(2 * degrees), excess / 2 / max(1.0, counts.sum() / counts.shape[1])


def _skews(sequences: Sequence[str], targets: Sequence[int]) -> tuple[float, float]:
    """The clearest skew of a class: in standard errors, and in nats a record (half the squared effect size)."""
    chosen, labels = _sampled(sequences, targets)
    skews = np.array([[(s.count("A") - s.count("T")) / len(s), (s.count("C") - s.count("G")) / len(s)] for s in chosen])
    found = [(0.0, 0.0)]
    for label in np.unique(labels):
        rows = skews[labels == label]
        if len(rows) > 1:
            effects = np.abs(rows.mean(0)) / np.maximum(rows.std(0, ddof=1), 1e-12)
            found += [(float(effect * math.sqrt(len(rows))), float(effect**2 / 2)) for effect in effects]
    return max(found)
