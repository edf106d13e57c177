"""A sentence as the model takes it: words that know where they stand in the text they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """Words with offsets.

    Attributes:
        words: the words.
        starts: the offset of each word in the whole text, in code points.
        text: the part of that text from `offset` on that holds the words.
        offset: where `text` begins in the whole text.
    """

    words: tuple[str, ...]
    starts: tuple[int, ...]
    text: str
    offset: int = 0

    @classmethod
    def of_words(cls, words: Sequence[str]) -> Sentence:
        """A sentence of words from a data set, its text the words with blanks between them."""
        starts, place = [], 0
        for word in words:
            starts.append(place)
            place += len(word) + 1
        return cls(tuple(words), tuple(starts), " ".join(words))

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the whole text of words `start` to `end` (excluded)."""
        return self.starts[start], self.starts[end - 1] + len(self.words[end - 1])

    def between(self, start: int, end: int) -> str:
        """The text between two offsets of the whole text."""
        return self.text[start - self.offset : end - self.offset]
