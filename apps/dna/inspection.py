"""What a person should know of the data before training on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from apps.dna.alignment import few_signal, position_signal, strand_signal
from apps.dna.duplicates import conflicts, keys_of, repeated_across
from common.data.splits import TRAIN, Examples, Splits

_SHOWN = 5  # classes in a line, conflicts in a list


def inspect(config: Any, splits: Splits) -> list[str]:
    """Lines for `unroll data dna`: counts, lengths, composition, duplicates and conflicts across splits."""
    del config  # the App contract passes it; everything told here is in the splits
    parts = splits.parts
    keys = keys_of(parts)
    lines = [
        f"data         {splits.source}{' (synthetic: generated, no real sequences)' if splits.synthetic else ''}",
        f"format       {splits.format}",
        f"classes      {len(splits.labels)}: {', '.join(splits.labels[:_SHOWN])}"
        + (", ..." if len(splits.labels) > _SHOWN else ""),
    ]
    for name, part in parts.items():
        counts = Counter(part.targets)
        told = ", ".join(f"{label} {counts[index]:,}" for index, label in enumerate(splits.labels[: 2 * _SHOWN]))
        lines.append(f"{name:<12} {len(part):,} records ({told}); {_lengths(part)}")
    lines += _composition(parts[TRAIN])
    within = {name: len(values) - len(set(values)) for name, values in keys.items()}
    lines.append("duplicates   " + ", ".join(f"{count:,} within {name}" for name, count in within.items()))
    across = repeated_across(keys)
    told = ", ".join(f"{count:,} in both {first} and {second}" for (first, second), count in across.items())
    lines.append("crossing     " + (told or "none: no sequence, nor its reverse complement, stands in two splits"))
    found = conflicts(parts, keys)
    crossing = sum(conflict.crossing for conflict in found)
    lines.append(f"conflicts    {len(found):,} sequences with different labels, {crossing:,} of them across splits")
    lines += [f"             {conflict.first} against {conflict.second}" for conflict in found[:_SHOWN]]
    lines += ["             ..."] if len(found) > _SHOWN else []
    lines += _structure(parts[TRAIN])
    lines.append("bad rows     none (a bad record stops the reading with its file, line, record and position)")
    return lines + [f"note         {note}" for note in splits.notes]


def _lengths(part: Examples) -> str:
    if not len(part):
        return "no nucleotides"
    low, median, high = np.percentile([len(record) for record in part.inputs], [0, 50, 100])
    return f"{low:,.0f} nt each" if low == high else f"min {low:,.0f}, median {median:,.0f}, max {high:,.0f} nt"


def _composition(part: Examples) -> list[str]:
    letters: Counter[str] = Counter()
    for record in part.inputs:
        letters.update(record.sequence)
    total = sum(letters.values())
    unclear = total - sum(letters[base] for base in "ACGT")
    shares = ", ".join(f"{base} {letters[base] / total:.3f}" for base in "ACGT")
    with_unclear = sum(bool(set(record.sequence) - set("ACGT")) for record in part.inputs)
    return [f"composition  {shares}; {unclear:,} ambiguous letters in {with_unclear:,} records of train"]


def _structure(part: Examples) -> list[str]:
    """What the automatic choices of the model rest on."""
    sequences: Sequence[str] = [record.sequence for record in part.inputs]
    aligned, strand = position_signal(sequences, part.targets), strand_signal(sequences, part.targets)
    few = few_signal(aligned.found, len(sequences))
    return [f"aligned      {aligned.told}", f"strands      {strand.told}", f"few          {few.told}"]
