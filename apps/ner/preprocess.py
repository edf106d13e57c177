"""Sentences to ids: words, their forms, their characters; tags to the model's BIOES indices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from apps.ner.config import NerConfig
from apps.ner.sentence import Sentence
from common.data.ragged import Arrays, Ragged
from common.data.splits import Examples
from common.errors import UserError
from common.files import read_json, read_text, write_json, write_text
from common.preprocessing.tag_schemes import bioes_tags, spans, to_bioes
from common.preprocessing.vocabulary import UNKNOWN, Vocabulary
from common.preprocessing.word_forms import FORMS, folded, forms
from common.preprocessing.word_splitter import WordSplitter

SPECIFICATION, WORDS, WORD_FORMS, CHARACTERS = "preprocess.json", "words.txt", "forms.txt", "characters.txt"
SEEN = "seen_entities.txt"  # for evaluation only, never shipped
_RARE_FORM, _RARE_CHARACTER = 3, 3  # occurrences below which a form or a character is unknown
_MOST_FORMS, _MOST_CHARACTERS = 20_000, 2000


@dataclass(frozen=True)
class NerPreprocessor:
    """Encodes sentences; words beyond `max_length` are not read.

    Attributes:
        splitter: raw text -> words.
        words: folded words -> ids.
        forms: forms -> ids.
        characters: characters -> ids.
        types: entity types, sorted.
        max_length: words of a sentence that are read.
        max_characters: characters of a word that are read.
        seen: the names tagged in training, words joined by blanks.
        fitted: for training alone: `singletons_from`, the id from which on words occur at most once in training, and
            `embedding`, the vectors to start from, where there are any.
    """

    splitter: WordSplitter
    words: Vocabulary
    forms: Vocabulary
    characters: Vocabulary
    types: tuple[str, ...]
    max_length: int
    max_characters: int
    seen: frozenset[str] = frozenset()
    fitted: Mapping[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tag of each output of the model."""
        return bioes_tags(self.types)

    @cached_property
    def _tag_ids(self) -> dict[str, int]:
        return {tag: index for index, tag in enumerate(self.tags)}

    @cached_property
    def _encoded(self) -> dict[str, tuple[int, np.ndarray, np.ndarray]]:
        return {}  # a word is encoded once

    def _word(self, word: str) -> tuple[int, np.ndarray, np.ndarray]:
        """(id, forms (len(FORMS),) int32, characters (max_characters,) int32) of a word."""
        if word not in self._encoded:
            kept = word
            if len(word) > self.max_characters:
                head = self.max_characters // 2
                kept = word[:head] + word[head - self.max_characters :]
            characters = np.zeros(self.max_characters, np.int32)
            characters[: len(kept)] = self.characters.encode(kept)
            self._encoded[word] = int(self.words.encode([folded(word)])[0]), self.forms.encode(forms(word)), characters
        return self._encoded[word]

    def encode(self, inputs: Sequence[Sentence]) -> Arrays:
        """`tokens`: ragged int32 (words,); `forms`: (words, len(FORMS)); `characters`: (words, max_characters);
        `lengths`: (rows,) int32. A sentence without words is one unknown word.
        """
        rows = [[self._word(word) for word in sentence.words[: self.max_length]] for sentence in inputs]
        nothing = (UNKNOWN, np.full(len(FORMS), UNKNOWN, np.int32), np.zeros(self.max_characters, np.int32))
        flat = [word for row in rows for word in (row or [nothing])]
        offsets = np.concatenate([[0], np.cumsum([max(1, len(row)) for row in rows])]).astype(np.int64)
        ids, shapes, characters = zip(*flat, strict=True) if flat else ((), [nothing[1]][:0], [nothing[2]][:0])
        tokens = Ragged(np.array(ids, np.int32), offsets)
        return {
            "tokens": tokens,
            "forms": Ragged(np.array(shapes, np.int32).reshape(-1, len(FORMS)), offsets),
            "characters": Ragged(np.array(characters, np.int32).reshape(-1, self.max_characters), offsets),
            "lengths": tokens.lengths,
        }

    def encode_training(self, examples: Examples) -> Arrays:
        """Those of `encode`."""
        return self.encode(examples.inputs)

    def encode_targets(self, targets: Sequence[Sequence[str]]) -> Arrays:
        """`tags`: ragged int32, an index into `self.tags` for each word that is read."""
        rows = [[self._tag_ids[tag] for tag in to_bioes(spans(tags), len(tags))[: self.max_length]] for tags in targets]
        return {"tags": Ragged.from_rows(rows, np.int32)}

    def decode(self, row: np.ndarray, length: int) -> tuple[str, ...]:
        """The BIOES tags of `length` words from a row of the model's indices; O for words that were not read."""
        read = [self.tags[index] for index in row[:length]][: self.max_length]
        return (*read, *["O"] * (length - len(read)))

    def fitted_arrays(self) -> dict[str, np.ndarray]:
        """Word vectors to start from, when there are any, and where singletons begin."""
        return dict(self.fitted)

    def specification(self) -> dict[str, Any]:
        """What a reader in another language needs to encode as this class does."""
        return {
            "kind": "words",
            "splitter": self.splitter.to_json(),
            "words": {"file": WORDS, "fold": "NFC, lower case, every decimal digit (Nd) to 0"},
            "forms": {"file": WORD_FORMS, "order": list(FORMS)},
            "characters": {"file": CHARACTERS, "per_word": self.max_characters, "longer": "half from each end"},
            "pad_id": 0,
            "unknown_id": UNKNOWN,
            "max_length": self.max_length,
            "empty_text": [UNKNOWN],
            "types": list(self.types),
            "tags": list(self.tags),
        }

    def save(self, folder: Path) -> None:
        """Writes preprocess.json, the three vocabularies, and the names of the training data."""
        write_json(folder / SPECIFICATION, self.specification())
        self.words.save(folder / WORDS)
        self.forms.save(folder / WORD_FORMS)
        self.characters.save(folder / CHARACTERS)
        write_text(folder / SEEN, "".join(f"{name}\n" for name in sorted(self.seen)))


def load_preprocessor(folder: Path, fitted: Mapping[str, np.ndarray]) -> NerPreprocessor:
    """Reads what `save` wrote.

    Raises:
        UserError: a file is missing or not of this version.
    """
    path = folder / SPECIFICATION
    values = read_json(path)
    try:
        splitter, types = WordSplitter.from_json(values["splitter"]), tuple(values["types"])
        max_length, max_characters = int(values["max_length"]), int(values["characters"]["per_word"])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: expected a word preprocessing, found an error: {error!r}; restore it") from error
    words, word_forms, characters = (Vocabulary.load(folder / name) for name in (WORDS, WORD_FORMS, CHARACTERS))
    seen = frozenset(read_text(folder / SEEN).split("\n")) - {""}
    return NerPreprocessor(splitter, words, word_forms, characters, types, max_length, max_characters, seen, fitted)


def fit_preprocessor(
    config: NerConfig, train: Examples, unlabelled: Sequence[Any], labels: Sequence[str]
) -> NerPreprocessor:
    """Fits the vocabularies on training sentences only; reads word vectors where asked.

    Args:
        config: sizes and choices.
        train: the training split, IOB2 tags as targets.
        unlabelled: not used.
        labels: entity types.
    """
    documents = [[folded(word) for word in sentence.words] for sentence in train.inputs]
    counts = Counter(word for words in documents for word in words)
    words = Vocabulary.fit(documents, config.vocabulary_size)
    fitted: dict[str, np.ndarray] = {}
    if config.vectors:
        from common.pretraining.word_vectors import read_vectors

        known = read_vectors(Path(config.vectors), set(words.tokens), config.vector_words, folded, config.embedding)
        words = Vocabulary((*words.tokens, *(word for word in known if word not in words.ids)))
        fitted["embedding"] = known.table(words.tokens, config.seed)
    fitted["singletons_from"] = np.array(
        next((i for i, w in enumerate(words.tokens) if i > 1 and counts[w] <= 1), len(words))
    )
    names = {
        " ".join(sentence.words[start:end])
        for sentence, tags in zip(train.inputs, train.targets, strict=True)
        for start, end, _ in spans(tags)
    }
    all_words = [word for sentence in train.inputs for word in sentence.words]
    return NerPreprocessor(
        WordSplitter(),
        words,
        Vocabulary.fit((forms(word) for word in all_words), _MOST_FORMS, _RARE_FORM),
        Vocabulary.fit(all_words, _MOST_CHARACTERS, _RARE_CHARACTER),
        tuple(sorted(labels)),
        config.max_length,
        config.max_characters,
        frozenset(names),
        fitted,
    )
