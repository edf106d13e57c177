"""Synthetic tagged sentences from a small grammar in which the neighbouring words decide the type.

Names are made of syllables, so most names of the test split are new to the model. People, places and companies share
their words: only the context tells which it is, so looking the word up fails where the order of words does not.

>>> generate(100, seed=0).labels
('LOC', 'ORG', 'PER')
"""

from __future__ import annotations

import random
import re

from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits
from common.preprocessing.sentence import Sentence

NOTE = "synthetic: sentences generated from a small grammar; its numbers say nothing about real text"
TYPES = ("LOC", "ORG", "PER")
_STARTS = ("Ka", "Lo", "Mer", "Tan", "Vi", "Sor", "Bel", "Dra", "Fen", "Gul", "Har", "Ner", "Os", "Pel", "Ru", "Zi")
_MIDDLES = ("la", "ri", "do", "ne", "mu", "sta", "vo", "ki", "")
_ENDS = ("n", "ra", "st", "lo", "mir", "da", "k", "ven", "s", "ma")
_FIRST_NAMES = ("Ann", "Bo", "Carl", "Dora", "Emil", "Fay", "Gus", "Ida")
_FORMS = ("Bank", "Group", "United", "Motors", "& Sons", "Press")
# {P}, {L}, {O} are names of a person, place, company; {w} is a word that is never one
_TEMPLATES = (
    "{P} flew to {L} on {w} .",
    "{P} joined {O} last {w} .",
    "shares of {O} fell in {L} after the {w} .",
    "the mayor of {L} , {P} , opened the {w} .",
    "{O} said it will build a {w} near {L} .",
    "officials in {L} met {P} of {O} for the {w} .",
    "{P} sold the {w} to {O} .",
    "the {w} in {L} was closed .",
    "a spokesman for {O} praised {P} .",
    "born in {L} , {P} studied the {w} .",
    "the {w} was late again .",
    "Nobody bought the {w} that year .",
    "{P} and {P} left {L} .",
    "{O} and {O} merged , {P} reported .",
)
_WORDS = ("Monday", "March", "market", "bridge", "harvest", "trial", "Report", "library", "train", "season", "harbour")
_SLOT = re.compile(r"\{(.)\}")
_SHARES = {TEST: 0.2, VALIDATION: 0.1}


def sentence(generator: random.Random) -> tuple[list[str], list[str]]:
    """Words and IOB2 tags of one sentence."""
    words: list[str] = []
    tags: list[str] = []
    for token in generator.choice(_TEMPLATES).split():
        slot = _SLOT.fullmatch(token)
        if slot is None or slot[1] == "w":
            words.append(generator.choice(_WORDS) if slot else token)
            tags.append("O")
            continue
        kind = {"P": "PER", "L": "LOC", "O": "ORG"}[slot[1]]
        name = _name(generator, kind)
        words += name
        tags += [f"B-{kind}", *[f"I-{kind}"] * (len(name) - 1)]
    return words, tags


def _name(generator: random.Random, kind: str) -> list[str]:
    root = generator.choice(_STARTS) + generator.choice(_MIDDLES) + generator.choice(_ENDS)
    if kind == "PER" and generator.random() < 0.5:
        return [generator.choice(_FIRST_NAMES), root]
    if kind == "ORG" and generator.random() < 0.4:
        return [root, *generator.choice(_FORMS).split()]
    if kind == "LOC" and generator.random() < 0.2:
        return ["New", root]
    return [root]


def generate(size: int, seed: int) -> Splits:
    """`size` different sentences in three splits.

    Args:
        size: sentences in all.
        seed: the same seed gives the same sentences.
    """
    generator = random.Random(seed)
    seen: set[tuple[str, ...]] = set()
    inputs: list[Sentence] = []
    targets: list[tuple[str, ...]] = []
    while len(inputs) < size:
        words, tags = sentence(generator)
        if tuple(words) not in seen:
            seen.add(tuple(words))
            inputs.append(Sentence.of_words(words))
            targets.append(tuple(tags))
    every = Examples(inputs, targets)
    test, validation = (round(_SHARES[name] * size) for name in (TEST, VALIDATION))
    parts = {
        TRAIN: every.take(range(test + validation, size)),
        VALIDATION: every.take(range(test, test + validation)),
        TEST: every.take(range(test)),
    }
    return Splits(parts, "sample", "generated sentences", TYPES, synthetic=True, notes=(NOTE,))
