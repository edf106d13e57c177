"""Reads DNA data: records with class indices, in honest splits.

`--data sample` generates sequences (synthetic), `--data tfds:genomics_ood` reads tensorflow-datasets, `--data PATH`
what `apps/dna/formats.py` describes. Splits that are given are kept as they are; a missing one is held out from the
training records, stratified by class; equal sequences, reverse complements and records of one group stay together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from apps.dna import formats, sample
from apps.dna.duplicates import conflicts, keys_of, linked_groups, repeated_across
from apps.dna.source import Source
from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits, hold_out
from common.errors import UserError


def load(config: Any) -> Splits:
    """Reads `config.data` into train, validation and test; targets are indices into `labels`.

    Args:
        config: a DnaConfig.

    Raises:
        UserError: anything missing, unreadable or too little to split; file, line, record and position named.
    """
    if config.data == "sample":
        return sample.generate(config.sample_size, config.sample_length, config.seed)
    return _splits(config, config.data, formats.read(config, config.data))


def load_evaluation(config: Any, source: str, labels: Sequence[str], split: str | None) -> Examples:
    """Reads other data for a trained run; targets are indices into the run's `labels`.

    A source without splits is read whole when no split is named. Otherwise `split` is the part wanted, by default
    `test`; a part that the source does not have is held out as `load` would.

    Raises:
        UserError: as `load`; or a label that the run does not know (file and line named).
    """
    if source == "sample":
        return sample.generate(config.sample_size, config.sample_length, config.seed)[split or TEST]
    found = formats.read(config, source)
    wanted = split or (TEST if len(found.parts) > 1 else TRAIN)
    if split is None and wanted not in found.parts:
        raise UserError(f"{source}: expected a test split, found {', '.join(found.parts)}; name one with --split")
    if wanted in found.parts and (wanted != TRAIN or split is None):
        return _indexed(found.parts[wanted], labels, source)
    splits = _splits(config, source, found)
    part = splits[wanted]
    return _indexed(
        Examples(part.inputs, [splits.labels[target] for target in part.targets], part.origins), labels, source
    )


def class_order(names: Sequence[str]) -> tuple[str, ...]:
    """Class names in order: by number where all are numbers, else by the alphabet."""
    distinct = set(names)
    try:
        return tuple(sorted(distinct, key=float))
    except ValueError:
        return tuple(sorted(distinct))


def _indexed(part: Examples, labels: Sequence[str], source: str) -> Examples:
    index = {label: number for number, label in enumerate(labels)}
    unknown = next((row for row, target in enumerate(part.targets) if target not in index), None)
    if unknown is not None:
        place = part.origins[unknown] if part.origins else source
        shown = ", ".join(labels[:8])
        raise UserError(f"{place}: expected a class of {shown}, found {part.targets[unknown]!r}; correct the label")
    return Examples(part.inputs, [index[target] for target in part.targets], part.origins, part.groups)


def _splits(config: Any, source: str, found: Source) -> Splits:
    if TRAIN not in found.parts:
        raise UserError(f"{source}: expected a train split, found {', '.join(found.parts) or 'none'}; add one")
    labels = found.labels or class_order(found.parts[TRAIN].targets)
    if len(labels) < 2:
        raise UserError(
            f"{source}: expected two or more classes to train on, found only {labels[0] if labels else 'none'}; "
            "add records of another class, or name the column with --label-column"
        )
    parts = {name: _indexed(part, labels, source) for name, part in found.parts.items()}
    given = [name for name in (VALIDATION, TEST) if name in parts]
    notes = list(found.notes)
    parts = _linked(parts)
    if config.drop_crossing:
        parts[TRAIN], note = _without_crossing(parts)
        notes.append(note)
    for name, fraction in ((TEST, config.test_fraction), (VALIDATION, config.validation_fraction)):
        if name in parts:
            continue
        train = parts[TRAIN]
        kept, held_out = hold_out(train.groups, train.targets, fraction, config.seed)
        parts |= {TRAIN: train.take(kept), name: train.take(held_out)}
        _require_left(source, train, parts, name)
        notes.append(
            f"{name}: {len(held_out):,} of {len(train):,} records held out, stratified by class; equal sequences, "
            f"reverse complements and groups kept together (seed {config.seed})"
        )
    parts = {name: parts[name] for name in (TRAIN, VALIDATION, TEST)}
    keys = keys_of(parts)
    crossing = repeated_across(keys)
    if given and crossing:
        told = ", ".join(f"{count:,} in both {first} and {second}" for (first, second), count in crossing.items())
        disagree = sum(conflict.crossing for conflict in conflicts(parts, keys))
        more = f", {disagree:,} of them with another label" if disagree else ""
        notes.append(f"duplicates cross the given splits: {told}{more}; --drop-crossing leaves them out of train")
    return Splits(parts, source, found.format, labels, notes=tuple(notes))


def _linked(parts: dict[str, Examples]) -> dict[str, Examples]:
    """The parts with one number as the group of all records that belong together, whatever the part."""
    records = [record for part in parts.values() for record in part.inputs]
    keys = [str(group) for part in parts.values() for group in part.groups or [""] * len(part)]
    numbers = iter(linked_groups(records, keys))
    return {
        name: Examples(part.inputs, part.targets, part.origins, [next(numbers) for _ in range(len(part))])
        for name, part in parts.items()
    }


def _without_crossing(parts: dict[str, Examples]) -> tuple[Examples, str]:
    keys = keys_of(parts)
    elsewhere = {key for name in parts if name != TRAIN for key in keys[name]}
    kept = [row for row, key in enumerate(keys[TRAIN]) if key not in elsewhere]
    gone = len(keys[TRAIN]) - len(kept)
    return parts[TRAIN].take(kept), f"{gone:,} training records that stand in another split left out (--drop-crossing)"


def _require_left(source: str, before: Examples, parts: dict[str, Examples], name: str) -> None:
    lost = set(before.targets) - set(parts[TRAIN].targets)
    if not len(parts[name]) or lost:
        counts = Counter(before.targets)
        raise UserError(
            f"{source}: expected enough records of every class to hold out {name}, found {min(counts.values())} of the "
            "rarest class (equal sequences and groups count once); add records or a file for the split"
        )
