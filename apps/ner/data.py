"""Reads tagged sentences in honest splits; targets are IOB2 tags, labels the entity types.

`--data sample` generates sentences (synthetic), `--data tfds:NAME` reads tensorflow-datasets, `--data PATH` a folder of
column files or JSON lines named by their split, or one file. Official splits are kept as they are; a split that is
missing is held out from the training sentences, whole documents where the data marks them, with equal sentences on one
side. Training sentences longer than `max_length` are parted between entities; others are read up to it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

from apps.ner import formats, sample
from apps.ner.inspection import inspect
from apps.ner.source import Source
from apps.ner.tagged import Tagged
from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits, hold_out
from common.errors import UserError
from common.preprocessing.sentence import Sentence
from common.preprocessing.tag_schemes import spans

__all__ = ["inspect", "load", "load_evaluation"]


def load(config: Any) -> Splits:
    """Reads `config.data` into train, validation and test.

    Raises:
        UserError: anything missing, unreadable or too little to split; file and line named.
    """
    if config.data == "sample":
        return sample.generate(config.sample_size, config.seed)
    return _splits(config, config.data, formats.read(config, config.data))


def load_evaluation(config: Any, source: str, labels: Sequence[str], split: str | None) -> Examples:
    """Reads other data for a trained run.

    An undivided source (a single file) is read whole when no split is named; otherwise `split`, by default `test`.

    Raises:
        UserError: as `load`; or a type that the run does not know (file and line named).
    """
    if source == "sample":
        return _known(sample.generate(config.sample_size, config.seed)[split or TEST], labels)
    found = formats.read(config, source)
    if split is None and (found.undivided or len(found.parts) == 1):
        return _known(next(iter(found.parts.values())).examples, labels)
    wanted = split or TEST
    if wanted in found.parts and wanted != TRAIN:
        return _known(found.parts[wanted].examples, labels)
    if split is None:
        known = ", ".join(found.parts)
        raise UserError(f"{source}: expected a test split, found {known}; choose the part to evaluate with --split")
    return _known(_splits(config, source, found)[wanted], labels)


def _known(examples: Examples, labels: Sequence[str]) -> Examples:
    for target, origin in zip(examples.targets, examples.origins or [""] * len(examples), strict=True):
        unknown = sorted({span.type for span in spans(target)} - set(labels))
        if unknown:
            raise UserError(
                f"{origin}: expected the run's types {', '.join(labels)}, found {unknown[0]!r} in this sentence; "
                "rename the type, or evaluate data tagged like the training data"
            )
    return examples


def _splits(config: Any, source: str, found: Source) -> Splits:
    if TRAIN not in found.parts:
        raise UserError(
            f"{source}: expected a train split, found {', '.join(found.parts)}; give the folder that holds train, "
            "or evaluate a finished run on this file"
        )
    parts = {name: part.examples for name, part in found.parts.items()}
    documents = _groups(found.parts[TRAIN])
    notes = list(found.notes)
    for name, fraction in ((TEST, config.test_fraction), (VALIDATION, config.validation_fraction)):
        if name not in parts:
            parts, documents, note = _hold_out(config, source, parts, documents, name, fraction)
            notes.append(note)
    types = tuple(sorted({span.type for tags in parts[TRAIN].targets for span in spans(tags)}))
    if not types:
        raise UserError(f"{source}: expected tagged entities to train on, found only O; check --tag-column")
    parts[TRAIN], parted = part_long(parts[TRAIN], config.max_length)
    if parted:
        notes.append(f"train: {parted:,} sentences longer than {config.max_length} words were parted between entities")
    for name in (VALIDATION, TEST):
        notes += _held_out_notes(name, parts[name], types, config.max_length)
    ordered = {name: parts[name] for name in (TRAIN, VALIDATION, TEST)}
    notes += _crossing(ordered)
    return Splits(ordered, source, found.format, types, notes=tuple(notes))


def _groups(part: Tagged) -> list[Any]:
    """What must stay on one side: a document, where the data marks them; else equal sentences."""
    if len(set(part.documents)) > 2:
        return list(part.documents)
    return [sentence.words for sentence in part.examples.inputs]


def _hold_out(
    config: Any, source: str, parts: dict[str, Examples], groups: list[Any], name: str, fraction: float
) -> tuple[dict[str, Examples], list[Any], str]:
    train = parts[TRAIN]
    strata = [bool(spans(tags)) for tags in train.targets]
    if len(set(groups)) < 10:
        raise UserError(
            f"{source}: expected at least 10 different sentences or documents to hold {name} out of, "
            f"found {len(set(groups))}; add data or give a {name} file"
        )
    kept, held = hold_out(groups, strata, fraction, config.seed)
    unit = "whole documents" if isinstance(groups[0], int) else "equal sentences kept together"
    note = f"{name}: {len(held):,} of {len(train):,} training sentences held out, {unit} (seed {config.seed})"
    return {**parts, TRAIN: train.take(kept), name: train.take(held)}, [groups[row] for row in kept], note


def part_long(examples: Examples, longest: int) -> tuple[Examples, int]:
    """Sentences of at most `longest` words, cut where no entity is cut; and how many were longer.

    An entity longer than that is cut all the same.
    """
    inputs, targets, origins, parted = [], [], [], 0
    for row, (sentence, tags) in enumerate(zip(examples.inputs, examples.targets, strict=True)):
        parted += len(sentence.words) > longest
        cuts = [0]
        while len(sentence.words) - cuts[-1] > longest:
            last = cuts[-1] + longest
            free = (place for place in range(last, cuts[-1], -1) if not tags[place].startswith("I-"))
            cuts.append(next(free, last))
        for start, end in itertools.pairwise([*cuts, len(sentence.words)]):
            inputs.append(sentence if len(cuts) == 1 else Sentence.of_words(sentence.words[start:end]))
            targets.append(tuple(tags[start:end]))
            origins.append(examples.origins[row] if examples.origins else "")
    return Examples(inputs, targets, origins if examples.origins else ()), parted


def _held_out_notes(name: str, part: Examples, types: Sequence[str], longest: int) -> list[str]:
    notes = []
    long = [row for row, sentence in enumerate(part.inputs) if len(sentence.words) > longest]
    if long:
        first = f" (the first: {part.origins[long[0]]})" if part.origins else ""
        notes.append(f"{name}: {len(long):,} sentences are longer than {longest} words{first}: the rest counts as O")
    strange = Counter(span.type for tags in part.targets for span in spans(tags) if span.type not in types)
    for kind, count in sorted(strange.items()):
        notes.append(f"{name}: {count:,} entities of type {kind!r}, which training never saw, count as missed")
    return notes


def _crossing(parts: dict[str, Examples]) -> list[str]:
    """Sentences of five words and more that stand in two splits."""
    sets = {name: {s.words for s in part.inputs if len(s.words) >= 5} for name, part in parts.items()}
    pairs = ((TRAIN, VALIDATION), (TRAIN, TEST), (VALIDATION, TEST))
    shared = [(first, second, len(sets[first] & sets[second])) for first, second in pairs]
    return [
        f"{count:,} distinct sentence{'s' * (count > 1)} of 5 words and more in both {first} and {second}"
        for first, second, count in shared
        if count
    ]
