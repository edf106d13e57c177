"""Text to words, by rules that Python, Java and JavaScript regular expressions all understand."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import regex

from common.preprocessing import specification as spec
from common.preprocessing.matching_time import limited

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
        with limited(len(text)) as seconds:
            for expression, replacement in replacements:
                text = expression.sub(replacement, text, timeout=seconds)
            return list(pattern.findall(text, timeout=seconds))

    def to_json(self) -> dict[str, Any]:
        """The rules as JSON values, for `preprocess.json`."""
        return {
            "normalize": "NFC",
            "lower": True,
            "replacements": [list(pair) for pair in self.replacements],
            "token": self.pattern,
        }

    @classmethod
    def from_json(cls, values: Any) -> Tokenizer:
        """The tokenizer that `to_json` described.

        Raises:
            ValueError: the rules are not those of this version.
        """
        spec.text(values, "normalize", "NFC")
        pairs = spec.field(values, "replacements")
        if not spec.flag(values, "lower") or not isinstance(pairs, list):
            raise ValueError("tokenizer: expected lower case and a list of replacements, found others")
        for pair in pairs:
            if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
                raise ValueError(f"tokenizer: expected pairs of pattern and replacement, found {str(pair)[:60]}")
        rules = cls(tuple((expression, replacement) for expression, replacement in pairs), spec.text(values, "token"))
        try:
            pattern = rules._compiled[1]
            for expression, replacement in rules.replacements:
                regex.sub(f"|{expression}", replacement, "")  # an empty match: only then is a replacement read
        except (regex.error, IndexError, OverflowError, RecursionError) as error:
            raise ValueError(f"tokenizer: expected regular expressions, found an error: {error}") from error
        if pattern.groups:
            raise ValueError(f"tokenizer: expected a token's expression without groups, found {rules.pattern[:60]!r}")
        return rules
