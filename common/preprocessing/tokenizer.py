"""Text to words, by rules that Python, Java and JavaScript regular expressions all understand."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import regex

from common.errors import UserError

# Properties, not \\w: combining marks belong to words in many scripts, and the three languages agree on properties.
_WORD = r"[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}\p{N}]+)*"
_SYMBOL = r"[^\p{L}\p{M}\p{N}\p{Z}\p{Cc}\p{Cf}]"
# Scripts written without spaces: every character is a word.
_UNSPACED = r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]\p{M}*"

REPLACEMENTS = ((r"<br\s*/?>", " "), ("[\u2019\u2018]", "'"), (f"({_UNSPACED})", " \\1 "))


@dataclass(frozen=True)
class Tokenizer:
    """Splits a text into words and symbols.

    The text is brought to Unicode NFC and lower-cased, HTML breaks and typographic apostrophes are replaced, then
    every match of `pattern` is a token.

    Attributes:
        replacements: (pattern, replacement) pairs, applied in order after lower-casing; `\\1` is the first group.
        pattern: regular expression of one token.

    Example:
        >>> Tokenizer()("It isn't<br />GOOD!")
        ['it', "isn't", 'good', '!']
    """

    replacements: tuple[tuple[str, str], ...] = REPLACEMENTS
    pattern: str = f"{_WORD}|{_SYMBOL}"

    @cached_property
    def _compiled(self) -> tuple[list[tuple[Any, str]], Any]:
        return [(regex.compile(a), b) for a, b in self.replacements], regex.compile(self.pattern)

    def __call__(self, text: str) -> list[str]:
        """The tokens of a text, in order; empty for a text without words or symbols."""
        replacements, pattern = self._compiled
        text = unicodedata.normalize("NFC", text).lower()
        for expression, replacement in replacements:
            text = expression.sub(replacement, text)
        return list(pattern.findall(text))

    def to_json(self) -> dict[str, Any]:
        """The rules as JSON values, for `preprocess.json`."""
        return {
            "normalize": "NFC",
            "lower": True,
            "replacements": [list(pair) for pair in self.replacements],
            "token": self.pattern,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Tokenizer:
        """The tokenizer that `to_json` described.

        Raises:
            UserError: the rules are not those of this version.
        """
        try:
            rules = cls(tuple((a, b) for a, b in values["replacements"]), values["token"])
            rules._compiled  # noqa: B018 - compiling is the check
        except (KeyError, TypeError, ValueError, regex.error) as error:
            raise UserError(
                f"tokenizer: expected rules of this version, found an error: {error}; restore the file"
            ) from error
        return rules
