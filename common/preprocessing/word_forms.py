"""What a word looks like: its folded form, case, shape, beginning and end; each a string with an id of its own."""

from __future__ import annotations

import unicodedata

import regex

_DIGIT = regex.compile(r"\p{Nd}")
_UPPER = regex.compile(r"[\p{Lu}\p{Lt}]")
_LETTER = regex.compile(r"[\p{L}\p{M}]")
_RUN = regex.compile(r"(.)\1+", regex.DOTALL)
_AFFIXES = (("prefix", 2), ("prefix", 3), ("suffix", 2), ("suffix", 3))
FORMS = ("case", "shape", *(f"{end}{size}" for end, size in _AFFIXES))


def folded(word: str) -> str:
    """The word in NFC and lower case, every digit a 0, so that all years are one word (Collobert et al. 2011).

    >>> folded("Section-12B")
    'section-00b'
    """
    return _DIGIT.sub("0", unicodedata.normalize("NFC", word).lower())


def shape(word: str) -> str:
    """X for runs of upper case, x for other letters, 0 for digits, other characters as they are, each run once.

    >>> shape("McDonald's"), shape("F-16"), shape("U.N.")
    ("XxXx'x", 'X-0', 'X.X.')
    """
    kinds = _UPPER.sub("X", unicodedata.normalize("NFC", word))
    kinds = "".join("X" if c == "X" else "x" if _LETTER.match(c) else "0" if _DIGIT.match(c) else c for c in kinds)
    return _RUN.sub(r"\1", kinds)[:10]


def case(word: str) -> str:
    """One of upper, title, lower, mixed, number, digits (among others) and none (no letter, no digit)."""
    letters = _LETTER.findall(word)
    if not letters:
        digits = len(_DIGIT.findall(word))
        return "number" if digits == len(word) else "digits" if digits else "none"
    upper = len(_UPPER.findall(word))
    if not upper:
        return "lower"
    if upper == len(letters) and len(letters) > 1:
        return "upper"
    return "title" if upper == 1 and _UPPER.match(word) else "mixed"


def forms(word: str) -> list[str]:
    """The word's forms, one for each of `FORMS`, in that order: `case=title`, `shape=Xx`, `prefix2=un`, ..."""
    plain = folded(word)
    ends = [plain[:size] if end == "prefix" else plain[-size:] for end, size in _AFFIXES]
    return [f"{name}={value}" for name, value in zip(FORMS, [case(word), shape(word), *ends], strict=True)]
