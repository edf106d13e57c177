"""Reviews to token ids: tokenizer and vocabulary for the device, word vectors and n-gram weights for the start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from apps.sentiment.config import SentimentConfig
from common.data.ragged import Arrays, Ragged, in_parts
from common.data.splits import Examples
from common.files import read_json, write_json
from common.preprocessing import specification as spec
from common.preprocessing.text import VOCABULARY, TextEncoder
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import Vocabulary

SPECIFICATION = "preprocess.json"


@dataclass(frozen=True)
class TextPreprocessor:
    """Encodes texts as token ids, and knows the classes.

    Attributes:
        encoder: texts -> token ids.
        labels: class names.
        fitted: what only training starts from: `embedding`, `ngram_weights`, `ngram_fingerprints`.
        channel: the cross-fitted n-gram channel of the training texts, for `encode_training`.
    """

    encoder: TextEncoder
    labels: tuple[str, ...]
    fitted: Mapping[str, np.ndarray] = field(default_factory=dict)
    channel: Ragged | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        """Words -> ids."""
        return self.encoder.vocabulary

    def encode(self, inputs: Sequence[str]) -> Arrays:
        """`tokens`: ragged int32 (length,); `lengths`: (rows,) int32."""
        return self.encoder.encode(inputs)

    def encode_training(self, examples: Examples) -> Iterator[Arrays]:
        """Those of `encode`, and `ngrams`: ragged float16 (length, weights), cross-fitted."""
        start = 0
        for part in in_parts(self.encode, examples.inputs):
            stop = start + len(part["lengths"])
            yield part if self.channel is None else {**part, "ngrams": self.channel.span(start, stop)}
            start = stop

    def encode_targets(self, targets: Sequence[int]) -> np.ndarray:
        """(rows,) int32 class indices."""
        return np.asarray(targets, np.int32)

    def fitted_arrays(self) -> dict[str, np.ndarray]:
        """Pretrained word vectors and the n-gram table, when there are any."""
        return dict(self.fitted)

    def specification(self) -> dict[str, Any]:
        """What a reader in another language needs to encode as this class does."""
        return {**self.encoder.specification(), "labels": list(self.labels)}

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

    def made() -> TextPreprocessor:
        return TextPreprocessor(TextEncoder.from_specification(values, folder), spec.texts(values, "labels"), fitted)

    return spec.read_as(str(path), "a text preprocessing specification", made)


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
    encoder = TextEncoder(tokenizer, vocabulary, config.max_length, round(config.head * config.max_length))
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
        return TextPreprocessor(encoder, tuple(labels), fitted)
    from common.pretraining.ngram_weights import fit_ngram_weights

    tokens = Ragged.from_rows(map(encoder.ids, train.inputs), np.int32)
    targets = np.asarray(train.targets, np.int32)
    table, channel = fit_ngram_weights(
        tokens, targets, len(labels), config.ngram_buckets, config.ngram_folds, config.seed
    )
    fitted |= {"ngram_weights": table.weights, "ngram_fingerprints": table.fingerprints}
    return TextPreprocessor(encoder, tuple(labels), fitted, channel)
