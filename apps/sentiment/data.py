"""Reads sentiment data: texts with class indices, in honest splits.

`--data sample` generates reviews (synthetic), `--data tfds:NAME` reads tensorflow-datasets, `--data PATH` an aclImdb
tree, TSV, CSV or JSON lines, or `label sentence` files; `apps/sentiment/formats.py` says what is looked for. Official
splits are kept as they are; a split that is missing is held out from the training texts, stratified by class, with
equal texts (`duplicates.normalised`) on one side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from apps.sentiment import formats, sample
from apps.sentiment.columns import class_order
from apps.sentiment.duplicates import contained_share, keys_of, repeated_across
from apps.sentiment.inspection import inspect
from apps.sentiment.source import Source
from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits, hold_out
from common.errors import UserError

__all__ = ["inspect", "load", "load_evaluation"]

_CONTAINED_NOTE = 0.1  # share of held-out texts made of training word runs from which a note is due
_CONTAINED_CHARACTERS = 20_000_000  # above this the check would take longer than a few seconds


def load(config: Any) -> Splits:
    """Reads `config.data` into train, validation and test; targets are indices into `labels`.

    Args:
        config: a SentimentConfig (`data`, `seed`, `text_column`, `label_column`, `validation_fraction`,
            `test_fraction`, `sample_size`, and `download` where there is one).

    Raises:
        UserError: anything missing, unreadable or too little to split; file and line named.
    """
    if config.data == "sample":
        return sample.generate(config.sample_size, config.seed)
    return _splits(config, config.data, formats.read(config, config.data))


def load_evaluation(config: Any, source: str, labels: Sequence[str], split: str | None) -> Examples:
    """Reads other data for a trained run; targets are indices into the run's `labels`.

    An undivided source (a single file) is read whole when no split is named. Otherwise `split` is the part wanted,
    by default `test`; a part that the source does not have is held out as `load` would.

    Raises:
        UserError: as `load`; or a label that the run does not know (file and line named).
    """
    if source == "sample":
        splits = sample.generate(config.sample_size, config.seed)
        return _renamed(splits[split or TEST], splits.labels, labels)
    found = formats.read(config, source)
    if split is None and (found.undivided or len(found.parts) == 1):
        return _indexed(next(iter(found.parts.values())), labels, source)
    wanted = split or TEST
    if wanted in found.parts and wanted != TRAIN:
        return _indexed(found.parts[wanted], labels, source)
    if split is None:
        known = ", ".join(found.parts)
        raise UserError(f"{source}: expected a test split, found {known}; choose the part to evaluate with --split")
    splits = _splits(config, source, found)
    return _renamed(splits[wanted], splits.labels, labels)


def _splits(config: Any, source: str, found: Source) -> Splits:
    if TRAIN not in found.parts:
        known = ", ".join(found.parts) or "no labelled split"
        raise UserError(
            f"{source}: expected a train split, found {known}; give the folder that holds the training data"
        )
    given = found.parts[TRAIN]
    labels = found.labels or class_order(given.targets)
    present = set(given.targets)
    if len(present) < 2:
        raise UserError(
            f"{source}: expected two or more classes to train on, found only {', '.join(map(repr, present)) or 'none'} "
            f"in {len(given):,} examples; add examples of another class, or name the column with --label-column"
        )
    parts = {name: _indexed(part, labels, source) for name, part in found.parts.items()}
    official = [name for name in parts if name != TRAIN]
    notes = list(found.notes)
    made = [(name, fraction) for name, fraction in _fractions(config).items() if name not in parts]
    keys = keys_of(parts)
    _require_enough(source, keys[TRAIN], given.targets, [name for name, _ in made])
    for name, fraction in made:
        train, train_keys = parts[TRAIN], keys[TRAIN]
        kept, held_out = hold_out(train_keys, train.targets, fraction, config.seed)
        parts |= {TRAIN: train.take(kept), name: train.take(held_out)}
        keys |= {TRAIN: [train_keys[i] for i in kept], name: [train_keys[i] for i in held_out]}
        _require_left(source, train.targets, parts[TRAIN].targets, name, fraction)
        notes.append(
            f"{name}: {len(held_out):,} of {len(train):,} training texts held out, "
            f"stratified by class, equal texts kept together (seed {config.seed})"
        )
    parts = {name: parts[name] for name in (TRAIN, VALIDATION, TEST)}
    notes += _crossing_notes({name: keys[name] for name in parts})
    if TEST not in official and VALIDATION in official:
        notes += _contained_notes(parts)
    return Splits(parts, source, found.format, labels, found.unlabelled, notes=tuple(notes))


def _fractions(config: Any) -> dict[str, float]:
    """Shares of the training texts to hold out, the test split first."""
    return {TEST: config.test_fraction, VALIDATION: config.validation_fraction}


def _require_enough(source: str, keys: Sequence[bytes], targets: Sequence[str], made: Sequence[str]) -> None:
    """Each class needs a distinct text for train and one for each split that is made from it."""
    first_class: dict[bytes, str] = {}
    for key, target in zip(keys, targets, strict=True):
        first_class.setdefault(key, target)
    counts = Counter(first_class.values())
    needed = 1 + len(made)
    for target in class_order(targets):
        if counts[target] < needed and made:
            raise UserError(
                f"{source}: expected at least {needed} different texts of each class to split off "
                f"{' and '.join(made)}, found {counts[target]} of class {target!r}; "
                "add examples, remove the class, or check --label-column"
            )


def _require_left(source: str, before: Sequence[int], after: Sequence[int], name: str, fraction: float) -> None:
    lost = set(before) - set(after)
    if lost:
        raise UserError(
            f"{source}: expected training texts of every class to be left, found none of {len(lost)} of the classes "
            f"after holding out {fraction:g} for {name}; lower --{name}-fraction or add examples"
        )


def _crossing_notes(keys: Mapping[str, Sequence[bytes]]) -> list[str]:
    return [
        f"{count:,} distinct {'text stands' if count == 1 else 'texts stand'} in both {first} and {second}"
        for (first, second), count in repeated_across(keys).items()
    ]


def _contained_notes(parts: Mapping[str, Examples]) -> list[str]:
    """Phrases cut from one sentence are no duplicates, yet a test split of them flatters: say so."""
    if sum(map(len, parts[TRAIN].inputs)) > _CONTAINED_CHARACTERS:
        return []
    share = contained_share(parts[TEST].inputs, parts[TRAIN].inputs)
    if share < _CONTAINED_NOTE:
        return []
    return [
        f"{share:.0%} of the held-out test texts consist of word runs that stand in training texts: "
        "test metrics are optimistic, trust the official validation split or evaluate other data"
    ]


def _indexed(part: Examples, labels: Sequence[str], source: str) -> Examples:
    """Class names to indices into `labels`."""
    index = {name: position for position, name in enumerate(labels)}
    for row, target in enumerate(part.targets):
        if target not in index:
            place = part.origins[row] if part.origins else source
            raise UserError(
                f"{place}: expected a label of {_shown(labels)}, found {target!r}; "
                "correct it, or use data with the labels of the training split"
            )
    return Examples(part.inputs, [index[target] for target in part.targets], part.origins)


def _renamed(part: Examples, own: Sequence[str], labels: Sequence[str]) -> Examples:
    """Indices into `own` to indices into `labels`."""
    return _indexed(Examples(part.inputs, [own[target] for target in part.targets], part.origins), labels, "the data")


def _shown(labels: Sequence[str]) -> str:
    return ", ".join(labels[:8]) + (", ..." if len(labels) > 8 else "")
