"""Sentences as a model takes them: words that know where they stand in the text they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.preprocessing.word_splitter import WordSplitter

_SPLITTER = WordSplitter()


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


def sentences_of(text: str, single: bool, splitter: WordSplitter = _SPLITTER) -> list[Sentence]:
    """The sentences of a text, offsets counted from its beginning; one without words for a single text without any.

    Whether it is a single text makes no other difference: a line's end is a sentence's end.

    Args:
        text: any text.
        single: whether it is one input.
        splitter: finds sentences and words.
    """
    parts = splitter.parts(text)
    if not parts:
        return [Sentence((), (), text)] if single else []
    return [_sentence(text, part) for part in parts]


def _sentence(text: str, places: list[tuple[int, int]]) -> Sentence:
    offset, end = places[0][0], places[-1][1]
    words = tuple(text[start:stop] for start, stop in places)
    return Sentence(words, tuple(start for start, _ in places), text[offset:end], offset)
