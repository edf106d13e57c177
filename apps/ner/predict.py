"""From text to sentences, and from tags to names with their place, type and probability."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from apps.ner.evaluate import answers
from apps.ner.model import MARGINALS, ONWARD, TAGS
from apps.ner.preprocess import NerPreprocessor
from apps.ner.sentence import Sentence
from common.app import Answer, Outputs
from common.evaluation.spans import span_probability
from common.preprocessing.tag_schemes import spans
from common.preprocessing.word_splitter import WordSplitter

LONGEST = 100  # words: a longer run without a sentence's end is parted, at a mark between words where there is one
_PARTING = frozenset(",;:)\u2014\u2013-\u3001\uff0c\u060c")
_COLOURS = (36, 33, 35, 32, 34, 31)  # ANSI: cyan, yellow, magenta, green, blue, red


def read_inputs(text: str, single: bool) -> list[Sentence]:
    """The sentences of a text, offsets counted from its beginning; one without words for a text without any.

    Whether it is a single text makes no difference: a line's end is a sentence's end.
    """
    splitter = WordSplitter()
    parts = [part for words in splitter.sentences(text) for part in _parted(text, words)]
    if not parts:
        return [Sentence((), (), text)] if single else []
    return [_sentence(text, part) for part in parts]


def _parted(text: str, words: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Runs of at most `LONGEST` words."""
    parts = []
    while len(words) > LONGEST:
        marks = [place for place in range(LONGEST // 2, LONGEST) if text[words[place][0]] in _PARTING]
        cut = marks[-1] + 1 if marks else LONGEST
        parts.append(words[:cut])
        words = words[cut:]
    return [*parts, words]


def _sentence(text: str, places: list[tuple[int, int]]) -> Sentence:
    offset, end = places[0][0], places[-1][1]
    words = tuple(text[start:stop] for start, stop in places)
    return Sentence(words, tuple(start for start, _ in places), text[offset:end], offset)


def predict(preprocessor: NerPreprocessor, inputs: Sequence[Sentence], outputs: Outputs) -> list[Answer]:
    """The names in each sentence.

    A record has `text`, the sentence; `start`, where it begins in the whole text; and `entities`, each with `text`,
    `type`, `start` and `end` (offsets in the whole text, in code points, the end excluded) and, where the outputs hold
    marginals, `probability`. A sentence of more words than the model reads has `unread_from`, an offset.
    """
    found = []
    for row, (sentence, tags) in enumerate(zip(inputs, answers(preprocessor, inputs, outputs), strict=True)):
        entities = []
        for first, last, kind in spans(tags):
            start, end = sentence.place(first, last)
            entity: dict[str, Any] = {"text": sentence.between(start, end), "type": kind, "start": start, "end": end}
            if MARGINALS in outputs:
                path = outputs[TAGS][row, first:last]
                marginals = outputs[MARGINALS][row, range(first, last), path]
                entity["probability"] = round(span_probability(marginals, outputs[ONWARD][row, first:last]), 6)
            entities.append(entity)
        record: dict[str, Any] = {"text": sentence.text, "start": sentence.offset, "entities": entities}
        if len(sentence.words) > preprocessor.max_length:
            record["unread_from"] = sentence.starts[preprocessor.max_length]
        found.append(Answer(_marked(preprocessor, sentence, entities), record))
    return found


def _marked(preprocessor: NerPreprocessor, sentence: Sentence, entities: Sequence[dict[str, Any]]) -> str:
    """The sentence with `[name TYPE 0.98]` around each name, coloured by type on a terminal."""
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    parts, place = [], sentence.offset
    for entity in entities:
        shown = f" {entity['probability']:.2f}" if "probability" in entity else ""
        text = f"[{entity['text']} {entity['type']}{shown}]"
        if colours:
            text = f"\x1b[1;{_COLOURS[preprocessor.types.index(entity['type']) % len(_COLOURS)]}m{text}\x1b[0m"
        parts += [sentence.between(place, entity["start"]), text]
        place = entity["end"]
    return " ".join("".join([*parts, sentence.between(place, sentence.offset + len(sentence.text))]).split())
