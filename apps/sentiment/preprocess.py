"""Reviews to token ids: tokenizer and vocabulary for the device, word vectors and n-gram weights for the start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from apps.sentiment.config import SentimentConfig
from common.data.ragged import Arrays, Ragged
from common.data.splits import Examples
from common.errors import UserError
from common.files import read_json, write_json
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import UNKNOWN, Vocabulary

SPECIFICATION, VOCABULARY = "preprocess.json", "vocabulary.txt"


@dataclass(frozen=True)
class TextPreprocessor:
    """Encodes texts as token ids; a longer text keeps its head and its tail, where reviews say what they think.

    Attributes:
        tokenizer: text -> words.
        vocabulary: words -> ids.
        labels: class names.
        max_length: the most tokens a text may have.
        head: how many of them come from the start of a longer text.
        fitted: what only training starts from: `embedding`, `ngram_weights`, `ngram_fingerprints`.
        channel: the cross-fitted n-gram channel of the training texts, for `encode_training`.
    """

    tokenizer: Tokenizer
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    max_length: int
    head: int
    fitted: Mapping[str, np.ndarray] = field(default_factory=dict)
    channel: Ragged | None = None

    def ids(self, text: str) -> np.ndarray:
        """(1..max_length,) int32 ids of a text; a text without words is one unknown word."""
        tokens = self.tokenizer(text)
        if len(tokens) > self.max_length:
            tail = self.max_length - self.head
            tokens = tokens[: self.head] + tokens[len(tokens) - tail :]
        ids = self.vocabulary.encode(tokens)
        return ids if len(ids) else np.array([UNKNOWN], np.int32)

    def encode(self, inputs: Sequence[str]) -> Arrays:
        """`tokens`: ragged int32 (length,); `lengths`: (rows,) int32."""
        tokens = Ragged.from_rows((self.ids(text) for text in inputs), np.int32)
        return {"tokens": tokens, "lengths": tokens.lengths}

    def encode_training(self, examples: Examples) -> Arrays:
        """Those of `encode`, and `ngrams`: ragged float16 (length, weights), cross-fitted."""
        arrays = self.encode(examples.inputs)
        return arrays if self.channel is None else {**arrays, "ngrams": self.channel}

    def encode_targets(self, targets: Sequence[int]) -> np.ndarray:
        """(rows,) int32 class indices."""
        return np.asarray(targets, np.int32)

    def fitted_arrays(self) -> dict[str, np.ndarray]:
        """Pretrained word vectors and the n-gram table, when there are any."""
        return dict(self.fitted)

    def specification(self) -> dict[str, Any]:
        """What a reader in another language needs to encode as this class does."""
        return {
            "kind": "text",
            "tokenizer": self.tokenizer.to_json(),
            "vocabulary": VOCABULARY,
            "labels": list(self.labels),
            "pad_id": 0,
            "unknown_id": UNKNOWN,
            "max_length": self.max_length,
            "head": self.head,
            "empty_text": [UNKNOWN],
        }

    def save(self, folder: Path) -> None:
        """Writes preprocess.json and vocabulary.txt."""
        write_json(folder / SPECIFICATION, self.specification())
        self.vocabulary.save(folder / VOCABULARY)


def load_preprocessor(folder: Path, fitted: Mapping[str, np.ndarray]) -> TextPreprocessor:
    """Reads what `save` wrote.

    Raises:
        UserError: a file is missing or not of this version.
    """
    path = folder / SPECIFICATION
    values = read_json(path)
    try:
        tokenizer = Tokenizer.from_json(values["tokenizer"])
        labels, max_length, head = tuple(values["labels"]), int(values["max_length"]), int(values["head"])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: expected a text preprocessing specification, found an error: {error!r}; restore it"
        ) from error
    return TextPreprocessor(tokenizer, Vocabulary.load(folder / VOCABULARY), labels, max_length, head, fitted)


def fit_preprocessor(
    config: SentimentConfig, train: Examples, unlabelled: Sequence[str], labels: Sequence[str]
) -> TextPreprocessor:
    """Fits vocabulary, n-gram weights and, where asked, word vectors: on training texts only.

    Args:
        config: sizes and choices.
        train: the training split; its targets are used by the n-gram weights alone.
        unlabelled: texts without a class, used by the word vectors alone.
        labels: class names.
    """
    tokenizer = Tokenizer()
    vocabulary = Vocabulary.fit(map(tokenizer, train.inputs), config.vocabulary_size, config.min_count)
    head = round(config.head * config.max_length)
    plain = TextPreprocessor(tokenizer, vocabulary, tuple(labels), config.max_length, head)
    fitted: dict[str, np.ndarray] = {}
    if config.pretrain != "none":
        from common.pretraining.embeddings import svd_vectors, word2vec_vectors

        texts = [*train.inputs, *unlabelled]
        whole = Ragged.from_rows((vocabulary.encode(tokenizer(text)) for text in texts), np.int32)
        size = (whole, len(vocabulary), config.embedding, config.seed)
        fitted["embedding"] = (
            svd_vectors(*size) if config.pretrain == "svd" else word2vec_vectors(*size, config.pretrain_epochs)
        )
    if not config.ngrams:
        return TextPreprocessor(tokenizer, vocabulary, tuple(labels), config.max_length, head, fitted)
    from common.pretraining.ngram_weights import fit_ngram_weights

    tokens = Ragged.from_rows(map(plain.ids, train.inputs), np.int32)
    targets = plain.encode_targets(train.targets)
    table, channel = fit_ngram_weights(
        tokens, targets, len(labels), config.ngram_buckets, config.ngram_folds, config.seed
    )
    fitted |= {"ngram_weights": table.weights, "ngram_fingerprints": table.fingerprints}
    return TextPreprocessor(tokenizer, vocabulary, tuple(labels), config.max_length, head, fitted, channel)
