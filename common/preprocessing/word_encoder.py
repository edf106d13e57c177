"""Sentences to ids of words, of their forms and of their characters: what training and every device do alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from common.app import InputSpec
from common.data.ragged import Arrays, Ragged
from common.files import read_text
from common.preprocessing import specification as spec
from common.preprocessing.sentence import Sentence, sentences_of
from common.preprocessing.tag_schemes import bioes_tags
from common.preprocessing.vocabulary import UNKNOWN, Vocabulary
from common.preprocessing.word_forms import FORMS, folded, forms
from common.preprocessing.word_splitter import WordSplitter

KIND = "words"
WORDS, WORD_FORMS, CHARACTERS = "words.txt", "forms.txt", "characters.txt"


@dataclass(frozen=True)
class WordEncoder:
    """Encodes sentences; words beyond `max_length` are not read.

    Attributes:
        splitter: raw text -> words.
        words: folded words -> ids.
        forms: forms -> ids.
        characters: characters -> ids.
        types: entity types, sorted.
        max_length: words of a sentence that are read.
        max_characters: characters of a word that are read.
    """

    splitter: WordSplitter
    words: Vocabulary
    forms: Vocabulary
    characters: Vocabulary
    types: tuple[str, ...]
    max_length: int
    max_characters: int

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tag of each output of the model."""
        return bioes_tags(self.types)

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

    def inputs(self) -> dict[str, InputSpec]:
        """The model's inputs."""
        return {
            "tokens": InputSpec((self.max_length,), "int32"),
            "forms": InputSpec((self.max_length, len(FORMS)), "int32"),
            "characters": InputSpec((self.max_length, self.max_characters), "int32"),
            "lengths": InputSpec((), "int32"),
        }

    def read_inputs(self, text: str, single: bool) -> list[Sentence]:
        """The sentences of a text; see `sentences_of`."""
        return sentences_of(text, single, self.splitter)

    def read_path(self, path: Path) -> list[Sentence]:
        """The sentences of a text file."""
        return self.read_inputs(read_text(path), False)

    def from_json(self, raw: Any) -> Sentence:
        """A sentence as test vectors hold it.

        Raises:
            ValueError: something else.
        """
        words = tuple(spec.text({"words": word}, "words") for word in spec.items(raw, "words"))
        starts = tuple(map(int, spec.numbers(raw, "starts", 0)))
        if len(words) != len(starts):
            raise ValueError(f"expected as many starts as words, found {len(starts)} and {len(words)}")
        return Sentence(words, starts, spec.text(raw, "text"), spec.whole(raw, "offset", 0, 1 << 40))

    def specification(self) -> dict[str, Any]:
        """What a reader in another language needs to encode as this class does."""
        return {
            "kind": KIND,
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

    @classmethod
    def from_specification(cls, values: Any, folder: Path) -> WordEncoder:
        """The encoder of a specification; the vocabularies lie in `folder`.

        Raises:
            ValueError: the specification is not one of words.
            UserError: a vocabulary cannot be read.
        """
        spec.text(values, "kind", KIND)
        order, types = spec.field(spec.field(values, "forms"), "order"), spec.texts(values, "types")
        if order != list(FORMS) or spec.field(values, "tags") != list(bioes_tags(types)):
            raise ValueError("expected the forms and tags of this version, found others")
        files = {"words": WORDS, "forms": WORD_FORMS, "characters": CHARACTERS}
        paths = [folder / spec.text(spec.field(values, name), "file", file) for name, file in files.items()]
        words, word_forms, characters = (Vocabulary.load(path) for path in paths)
        return cls(
            WordSplitter.from_json(spec.field(values, "splitter")),
            words,
            word_forms,
            characters,
            types,
            spec.whole(values, "max_length", 1, spec.LONGEST),
            spec.whole(spec.field(values, "characters"), "per_word", 1, spec.LONGEST),
        )
