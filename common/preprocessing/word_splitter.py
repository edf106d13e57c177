"""Raw text to sentences and words that remember where they stand, by rules that other languages can follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import regex

from common.preprocessing import specification as spec
from common.preprocessing.matching_time import limited

_UNSPACED = r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]\p{M}*"
_LETTERS = r"[\p{L}\p{M}\p{N}]"
# In this order: a character of a script without spaces; an English ending (John's -> John, 's); initials (U.S., J.); a
# word with inner hyphens, points, ... (German-born, 1996-08-22, O'Brien, 3.5); three points; any other character.
_ENDING = r"['\u2019](?:s|S|re|ve|ll|d|m|t)(?!\p{L})"
_WORD = rf"{_LETTERS}(?:{_LETTERS}|(?!{_ENDING})[-.,:/&@_'\u2019](?={_LETTERS}))*"
_INITIALS = r"(?:\p{Lu}\.){2,}|\p{Lu}\.(?=\p{Zs}*\p{Lu})"
PATTERN = rf"{_UNSPACED}|{_ENDING}|{_INITIALS}|{_WORD}|\.{{2,}}|[^\p{{Z}}\p{{Cc}}\p{{Cf}}]"
# A sentence ends at a line's end, and after . ! ? with closing marks where a blank and a capital, digit or quote follow
# (not after a short name or title such as J. or Mrs.), and at the full stops of Chinese and Japanese.
BREAK = (
    r"\n+|(?<=[.!?\u2026][\"'\u201d\u2019)\]]?)(?<!(?:^|\s)\p{Lu}\p{L}{0,2}\.)[\p{Zs}\t]+(?=[\"'\u201c\u2018(\[\u00bf\u00a1]*[\p{Lu}\p{N}])"
    r"|(?<=[\u3002\uff01\uff1f])"
)


@dataclass(frozen=True)
class WordSplitter:
    """Splits a text into sentences and words, given by their offsets; the text itself is never changed.

    Attributes:
        pattern: regular expression of one word.
        sentence_break: regular expression of what parts two sentences.
        longest: words of a run without a sentence's end; a longer one is parted.
        parting: marks after which it is parted, where one stands in its second half.
    """

    pattern: str = PATTERN
    sentence_break: str = BREAK
    longest: int = 100
    parting: str = ",;:)\u2014\u2013-\u3001\uff0c\u060c"

    @cached_property
    def _compiled(self) -> tuple[Any, Any]:
        return regex.compile(self.pattern), regex.compile(self.sentence_break)

    def words(self, text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
        """(start, end) of each word between two offsets, in code points.

        >>> [text[a:b] for text in ["John's F-16."] for a, b in WordSplitter().words(text)]
        ['John', "'s", 'F-16', '.']
        """
        end = len(text) if end is None else end
        with limited(end - start) as seconds:
            found = self._compiled[0].finditer(text, start, end, timeout=seconds)
            return [match.span() for match in found if match.end() > match.start()]

    def sentences(self, text: str) -> list[list[tuple[int, int]]]:
        """The words of each sentence that has any.

        >>> [len(words) for words in WordSplitter().sentences("Mr. J. Smith came. He left.")]
        [6, 3]
        """
        found, start = [], 0
        with limited(len(text)) as seconds:
            breaks = list(self._compiled[1].finditer(text, timeout=seconds))
        for match in [*breaks, None]:
            words = self.words(text, start, match.start() if match else len(text))
            if words:
                found.append(words)
            start = match.end() if match else len(text)
        return found

    def parts(self, text: str) -> list[list[tuple[int, int]]]:
        """The words of each sentence, those of a longer one than `longest` in parts."""
        return [part for words in self.sentences(text) for part in self._parted(text, words)]

    def _parted(self, text: str, words: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
        parts = []
        while len(words) > self.longest:
            marks = [place for place in range(self.longest // 2, self.longest) if text[words[place][0]] in self.parting]
            cut = marks[-1] + 1 if marks else self.longest
            parts.append(words[:cut])
            words = words[cut:]
        return [*parts, words]

    def to_json(self) -> dict[str, Any]:
        """The rules as JSON values."""
        return {
            "word": self.pattern,
            "sentence_break": self.sentence_break,
            "offsets": "code points",
            "longest": self.longest,
            "parting": self.parting,
            "parted": "after the last word in [longest // 2, longest) that begins with a parting mark, else at longest",
        }

    @classmethod
    def from_json(cls, values: Any) -> WordSplitter:
        """The splitter that `to_json` described.

        Raises:
            ValueError: the rules are not those of this version.
        """
        word, sentence_break = spec.text(values, "word"), spec.text(values, "sentence_break")
        values = {"longest": cls.longest, "parting": cls.parting, **values}  # runs of before do not name these
        rules = cls(word, sentence_break, spec.whole(values, "longest", 2, spec.LONGEST), spec.text(values, "parting"))
        try:
            rules._compiled  # noqa: B018 - compiling is the check
        except (regex.error, IndexError, OverflowError, RecursionError) as error:
            raise ValueError(f"splitter: expected regular expressions, found an error: {error}") from error
        return rules
