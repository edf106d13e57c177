"""Texts to token ids: what training and every device do alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.app import InputSpec
from common.data.ragged import Arrays, Ragged
from common.files import read_text
from common.preprocessing import specification as spec
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import UNKNOWN, Vocabulary

VOCABULARY = "vocabulary.txt"


@dataclass(frozen=True)
class TextEncoder:
    """Encodes texts as token ids; a longer text keeps its head and its tail, where reviews say what they think.

    Attributes:
        tokenizer: text -> words.
        vocabulary: words -> ids.
        max_length: the most tokens a text may have.
        head: how many of them come from the start of a longer text.
    """

    tokenizer: Tokenizer
    vocabulary: Vocabulary
    max_length: int
    head: int

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

    def inputs(self) -> dict[str, InputSpec]:
        """The model's inputs."""
        return {"tokens": InputSpec((self.max_length,), "int32"), "lengths": InputSpec((), "int32")}

    def from_json(self, raw: Any) -> str:
        """A text as test vectors hold it.

        Raises:
            ValueError: something else.
        """
        return spec.text({"text": raw}, "text")

    def specification(self) -> dict[str, Any]:
        """What a reader in another language needs to encode as this class does."""
        return {
            "kind": "text",
            "tokenizer": self.tokenizer.to_json(),
            "vocabulary": VOCABULARY,
            "pad_id": 0,
            "unknown_id": UNKNOWN,
            "max_length": self.max_length,
            "head": self.head,
            "empty_text": [UNKNOWN],
        }

    @classmethod
    def from_specification(cls, values: Mapping[str, Any], folder: Path) -> TextEncoder:
        """The encoder of a specification; the vocabulary lies in `folder`.

        Raises:
            ValueError: the specification is not one of texts.
            UserError: the vocabulary cannot be read.
        """
        spec.text(values, "kind", "text")
        tokenizer = Tokenizer.from_json(spec.field(values, "tokenizer"))
        longest = spec.whole(values, "max_length", 1, spec.LONGEST)
        vocabulary = Vocabulary.load(folder / spec.text(values, "vocabulary", VOCABULARY))
        return cls(tokenizer, vocabulary, longest, spec.whole(values, "head", 0, longest))


def read_inputs(text: str, single: bool) -> list[str]:
    """One text, or one a line with empty lines left out."""
    return [text] if single else [line for line in text.splitlines() if line.strip()]


def read_path(path: Path) -> list[str]:
    """The lines of a file."""
    return read_inputs(read_text(path), False)
