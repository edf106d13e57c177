r"""Our tokenizer in the words of MediaPipe's RegexTokenizer: a regular expression and a vocabulary file.

MediaPipe wraps the given expression in one pair of parentheses, looks for its next match (RE2), and takes as a token
what lies between the end of the last match and the start of the first group. The usual use is an expression of what
separates words, but then no punctuation mark is ever a token. Ours begins with `?:`, so that the added parenthesis
opens a plain group with the token in it, and the first group is the gap behind: every word and every symbol is a token.

What stays different from `common.preprocessing.tokenizer`, and what to do about it before calling the classifier:
- MediaPipe changes no letters. The vocabulary lists `film`, `Film` and `FILM` under one id, and typographic
  apostrophes beside plain ones; other spellings (`fIlM`) are unknown words. Lower-case the text and all is equal.
- Scripts without spaces (Chinese, Japanese, Thai, Lao, Khmer) are not cut into characters: put spaces between them.
- No Unicode normalisation: bring the text to NFC where it may be otherwise.
- White space before the first token becomes part of it: trim the text.
- A text beyond the maximum length keeps its start; our preprocessor keeps the end, too.
- `<START>` is put in front only where the vocabulary has that word. Ours does not: the models were trained without.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import regex

from common.preprocessing.vocabulary import PAD, UNKNOWN, Vocabulary

_CHARACTER = r"[\p{L}\p{M}\p{N}]"
# the characters themselves: RE2 knows no escapes of four digits
_APOSTROPHES = "\u2019\u2018"
_WORD = rf"{_CHARACTER}+(?:['{_APOSTROPHES}]{_CHARACTER}+)*"
_SYMBOL = r"[^\p{L}\p{M}\p{N}\p{Z}\p{Cc}\p{Cf}]"
_GAP = r"(?:[\p{Z}\p{Cc}\p{Cf}]|<[bB][rR]\s*/?>)*"
PATTERN = rf"?:{_WORD}|{_SYMBOL})({_GAP}"

# MediaPipe's names of the reserved words; there is no `<START>`, on purpose.
_RESERVED = {PAD: "<PAD>", UNKNOWN: "<UNKNOWN>"}


class MediapipeTokens:
    """Texts to the token ids that MediaPipe gives them: for the vocabulary file and for measuring the difference.

    Args:
        vocabulary: of the trained model.
        max_length: of the model's input.
    """

    def __init__(self, vocabulary: Vocabulary, max_length: int) -> None:
        self.vocabulary, self.max_length = vocabulary, max_length

    @cached_property
    def ids(self) -> dict[str, int]:
        """Every spelling that has an id; the vocabulary's own spellings win."""
        found = {_RESERVED.get(index, token): index for index, token in enumerate(self.vocabulary.tokens)}
        for index, token in enumerate(self.vocabulary.tokens):
            if index not in _RESERVED:
                for spelling in _spellings(token):
                    found.setdefault(spelling, index)
        return found

    @cached_property
    def file(self) -> bytes:
        """The vocabulary file: `token id` a line, UTF-8."""
        return "".join(f"{token} {index}\n" for token, index in self.ids.items()).encode()

    @cached_property
    def _compiled(self) -> Any:
        return regex.compile(f"({PATTERN})")

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text, as MediaPipe's loop finds them."""
        found, end = [], 0
        for match in self._compiled.finditer(text):
            found.append(text[end : match.start(1)])
            end = match.end()
        return [token for token in [*found, text[end:]] if token]

    def encode(self, text: str) -> np.ndarray:
        """(1..max_length,) int32 ids of a text without padding; an empty text is one unknown word, as in the graph."""
        ids = [self.ids.get(token, UNKNOWN) for token in self.tokens(text)[: self.max_length]]
        return np.asarray(ids or [UNKNOWN], np.int32)


def _spellings(token: str) -> Sequence[str]:
    cased = [token, token[:1].upper() + token[1:], token.upper()]
    kept = [spelling for spelling in dict.fromkeys(cased) if spelling.lower() == token]
    return kept + [word.replace("'", mark) for word in kept if "'" in word for mark in _APOSTROPHES]
