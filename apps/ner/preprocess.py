"""Sentences to ids: words, their forms, their characters; tags to the model's BIOES indices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from apps.ner.config import NerConfig
from common.data.ragged import Arrays, Ragged, in_parts
from common.data.splits import Examples
from common.files import read_json, read_text, write_json, write_text
from common.preprocessing import specification as spec
from common.preprocessing.tag_schemes import spans, to_bioes
from common.preprocessing.vocabulary import Vocabulary
from common.preprocessing.word_encoder import CHARACTERS, WORD_FORMS, WORDS, WordEncoder
from common.preprocessing.word_forms import folded, forms
from common.preprocessing.word_splitter import WordSplitter

SPECIFICATION = "preprocess.json"
SEEN = "seen_entities.txt"  # for evaluation only, never shipped
_RARE_FORM, _RARE_CHARACTER = 3, 3  # occurrences below which a form or a character is unknown
_MOST_FORMS, _MOST_CHARACTERS = 20_000, 2000


@dataclass(frozen=True)
class NerPreprocessor(WordEncoder):
    """Encodes sentences for the model, and tags for training.

    Attributes:
        seen: the names tagged in training, words joined by blanks.
        fitted: for training alone: `singletons_from`, the id from which on words occur at most once in training, and
            `embedding`, the vectors to start from, where there are any.
    """

    seen: frozenset[str] = frozenset()
    fitted: Mapping[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def _tag_ids(self) -> dict[str, int]:
        return {tag: index for index, tag in enumerate(self.tags)}

    def encode_training(self, examples: Examples) -> Iterator[Arrays]:
        """Those of `encode`."""
        return in_parts(self.encode, examples.inputs)

    def encode_targets(self, targets: Sequence[Sequence[str]]) -> Arrays:
        """`tags`: ragged int32, an index into `self.tags` for each word that is read."""
        rows = [[self._tag_ids[tag] for tag in to_bioes(spans(tags), len(tags))[: self.max_length]] for tags in targets]
        return {"tags": Ragged.from_rows(rows, np.int32)}

    def fitted_arrays(self) -> dict[str, np.ndarray]:
        """Word vectors to start from, when there are any, and where singletons begin."""
        return dict(self.fitted)

    def save(self, folder: Path) -> None:
        """Writes preprocess.json, the three vocabularies, and the names of the training data."""
        write_json(folder / SPECIFICATION, self.specification())
        self.words.save(folder / WORDS)
        self.forms.save(folder / WORD_FORMS)
        self.characters.save(folder / CHARACTERS)
        write_text(folder / SEEN, "".join(f"{name}\n" for name in sorted(self.seen)))


def load_preprocessor(folder: Path, fitted: Mapping[str, np.ndarray]) -> NerPreprocessor:
    """Reads what `save` wrote.

    The names seen in training are read where they are: a bundle for devices comes without.

    Raises:
        UserError: a file is missing or not of this version.
    """
    path = folder / SPECIFICATION
    values = read_json(path)
    encoder = spec.read_as(str(path), "a word preprocessing", lambda: WordEncoder.from_specification(values, folder))
    seen = frozenset(read_text(folder / SEEN).split("\n") if (folder / SEEN).is_file() else ()) - {""}
    return NerPreprocessor(**vars(encoder), seen=seen, fitted=fitted)


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
