"""Reads handwriting: ink or images with texts or classes, in honest splits.

`apps/handwriting/formats.py` says what is looked for. Official splits are kept; a split that is missing is held out
from the training examples, with the examples of one group (writer, form, copied text) on one side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.handwriting import formats
from apps.handwriting.source import Source
from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits, hold_out
from common.errors import UserError


def load(config: Any) -> Splits:
    """Reads `config.data` into train, validation, test and whatever other parts it names.

    Targets are texts; or indices into `labels`, where the source has classes or every text is one character.

    Raises:
        UserError: anything missing, unreadable or too little to split; file named.
    """
    return _splits(config, formats.read(config, config.data), config.data)


def load_other(config: Any, preprocessor: Any, source: str, split: str | None) -> Examples:
    """Other data for a trained run: its targets are the run's classes, or texts.

    Args:
        config: the run's configuration.
        preprocessor: the run's.
        source: `sample`, `tfds:NAME` or a path.
        split: part wanted, by default `test`, and all of a source without parts.

    Raises:
        UserError: as `load`; another kind of input; a class that the run does not know (origin named).
    """
    found = formats.read(config, source)
    if split is None and (found.undivided or len(found.parts) == 1):
        part = next(iter(found.parts.values()))
    else:
        parts = {**found.parts, **_held_out(config, found, source)[0]}
        part = Splits(parts, source, found.format, own_names=found.own_names)[split or TEST]
    if preprocessor.task == "line":
        return part
    return _indexed(part, preprocessor.labels, source)


def _splits(config: Any, found: Source, source: str) -> Splits:
    parts, notes = _held_out(config, found, source)
    labels = found.classes or _single_characters(parts)
    if labels:
        parts = {name: _indexed(part, labels, source) for name, part in parts.items()}
    return Splits(
        parts,
        source,
        found.format,
        labels,
        synthetic=found.synthetic,
        notes=(*found.notes, *notes),
        own_names=found.own_names,
    )


def _single_characters(parts: Mapping[str, Examples]) -> tuple[str, ...]:
    """The classes, when every training text is a single character; nothing else."""
    texts = set(parts[TRAIN].targets)
    return tuple(sorted(texts)) if len(texts) > 1 and all(len(text) == 1 for text in texts) else ()


def _held_out(config: Any, found: Source, source: str) -> tuple[dict[str, Examples], list[str]]:
    """The source's parts, with validation and test held out of train where they are missing; notes about it."""
    parts, groups = dict(found.parts), {name: list(keys) for name, keys in found.groups.items()}
    if not len(parts.get(TRAIN, ())):
        raise UserError(
            f"{source}: expected examples to train on, found {', '.join(parts) or 'none'}; name the data set"
        )
    notes = []
    for name, fraction in ((TEST, config.test_fraction), (VALIDATION, config.validation_fraction)):
        if name in parts:
            continue
        train, keys = parts[TRAIN], groups[TRAIN]
        # a group of a writer holds all classes: stratifying by its first row would hold out a group a class
        strata = train.targets if found.classes and not found.grouped_by else [0] * len(train)
        kept, held = hold_out(keys, strata, fraction, config.seed)
        if not len(held) or not len(kept):
            raise UserError(
                f"{source}: expected at least 3 {found.grouped_by or 'example'}s to hold out {name}, "
                f"found {len(set(keys))}; add examples"
            )
        parts |= {TRAIN: train.take(kept), name: train.take(held)}
        groups |= {TRAIN: [keys[i] for i in kept], name: [keys[i] for i in held]}
        together = f", examples of one {found.grouped_by} kept together" if found.grouped_by else ""
        notes.append(
            f"{name}: {len(held):,} of {len(train):,} training examples held out{together} (seed {config.seed})"
        )
    notes += _crossing(groups, found.grouped_by)
    order = [TRAIN, VALIDATION, TEST]
    return {name: parts[name] for name in [*order, *(name for name in parts if name not in order)]}, notes


def _crossing(groups: Mapping[str, Sequence[str]], grouped_by: str) -> list[str]:
    """Official splits may share groups: say which."""
    if not grouped_by:
        return []
    train = set(groups[TRAIN])
    shared = {name: len(train & set(keys)) for name, keys in groups.items() if name != TRAIN}
    return [f"{count:,} {grouped_by}s stand in both train and {name}" for name, count in shared.items() if count]


def _indexed(part: Examples, labels: Sequence[str], source: str) -> Examples:
    """Class names to indices into `labels`."""
    index = {name: position for position, name in enumerate(labels)}
    for row, target in enumerate(part.targets):
        if target not in index:
            place = part.origins[row] if part.origins else source
            raise UserError(
                f"{place}: expected a class of {', '.join(labels[:12])}, found {target!r}; remove the example"
            )
    return replace(part, targets=[index[target] for target in part.targets])
