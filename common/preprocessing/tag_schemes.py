"""Tags of words and the spans they mark: IOB1, IOB2 and BIOES, read as conlleval reads them.

A tag is `O` or a prefix, a hyphen and a type (`B-PER`). A type alone (`B`) counts as the type `entity`. BILOU and BMEWO
are BIOES under other letters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

OUTSIDE = "O"
IOB1, IOB2, BIOES = "IOB1", "IOB2", "BIOES"
ONLY_TYPE = "entity"
# other letters for: inside, end, single
_PREFIXES = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}
_TAG = re.compile(r"([BIMELSUW])(?:-(.+))?")


class Span(NamedTuple):
    """Words `start` to `end` (excluded) of a sentence, of one type."""

    start: int
    end: int
    type: str


def split_tag(tag: str) -> tuple[str, str]:
    """(prefix, type) of a tag, the prefix one of O, B, I, E, S.

    Raises:
        ValueError: it is no tag.

    >>> split_tag("U-PER")
    ('S', 'PER')
    """
    if tag == OUTSIDE:
        return OUTSIDE, ""
    match = _TAG.fullmatch(tag)
    if match is None:
        raise ValueError(f"expected O, or B-, I-, E- or S- and a type, found {tag!r}")
    return _PREFIXES[match[1]], match[2] or ONLY_TYPE


def spans(tags: Sequence[str]) -> list[Span]:
    """The spans that conlleval reads from a sequence of tags, also from a malformed one.

    A span begins at B and S, and at I and E after nothing, after the end of another, or after another type (the rules
    of `startOfChunk` and `endOfChunk` in conlleval.pl: Tjong Kim Sang and Buchholz 2000; S as in its later ports).

    >>> spans(["I-PER", "I-PER", "B-PER", "O", "I-LOC"])
    [Span(start=0, end=2, type='PER'), Span(start=2, end=3, type='PER'), Span(start=4, end=5, type='LOC')]
    """
    found: list[Span] = []
    start, open_type = 0, ""
    for place, tag in enumerate(tags):
        prefix, kind = split_tag(tag)
        begins = prefix in ("B", "S") or (prefix != OUTSIDE and kind != open_type)
        if open_type and (begins or prefix == OUTSIDE):
            found.append(Span(start, place, open_type))
            open_type = ""
        if begins:
            start, open_type = place, kind
        if prefix in ("E", "S"):
            found.append(Span(start, place + 1, kind))
            open_type = ""
    return [*found, Span(start, len(tags), open_type)] if open_type else found


def to_iob2(found: Iterable[Span], length: int) -> tuple[str, ...]:
    """The IOB2 tags of a sentence of `length` words with these spans."""
    tags = [OUTSIDE] * length
    for start, end, kind in found:
        tags[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
    return tuple(tags)


def to_bioes(found: Iterable[Span], length: int) -> tuple[str, ...]:
    """The BIOES tags of a sentence of `length` words with these spans (Ratinov and Roth 2009, there BILOU)."""
    tags = [OUTSIDE] * length
    for start, end, kind in found:
        inner = [f"I-{kind}"] * (end - start - 2)
        tags[start:end] = [f"S-{kind}"] if end - start == 1 else [f"B-{kind}", *inner, f"E-{kind}"]
    return tuple(tags)


def detect_scheme(sentences: Iterable[Sequence[str]]) -> str:
    """IOB1, IOB2 or BIOES: the scheme that sentences are tagged in.

    BIOES where there is an E or S. IOB1 where more spans begin with I than with B, not counting a B after a word of its
    own type, which both schemes write.
    """
    begins = Counter[str]()
    for tags in sentences:
        before = ""
        for tag in tags:
            prefix, kind = split_tag(tag)
            if prefix in ("E", "S"):
                return BIOES
            begins["I"] += prefix == "I" and kind != before
            begins["B"] += prefix == "B" and kind != before
            before = kind
    return IOB1 if begins["I"] > begins["B"] else IOB2


def malformed(tags: Sequence[str], scheme: str) -> list[int]:
    """The places of tags that the scheme does not allow after the one before (or, at the end, before nothing)."""
    bad = []
    before, before_type = OUTSIDE, ""
    for place, tag in enumerate([*tags, OUTSIDE]):
        prefix, kind = split_tag(tag)
        if not _allowed(scheme, (before, before_type), (prefix, kind)):
            bad.append(min(place, len(tags) - 1))
        before, before_type = prefix, kind
    return sorted(set(bad))


def _allowed(scheme: str, before: tuple[str, str], now: tuple[str, str]) -> bool:
    if scheme == IOB1:  # B only parts two spans of one type
        return now[0] in (OUTSIDE, "I") or (now[0] == "B" and now[1] == before[1])
    continues = now[0] in (("I", "E") if scheme == BIOES else ("I",))
    is_open = before[0] in ("B", "I")
    if continues:
        return is_open and before[1] == now[1]
    return scheme == IOB2 or not is_open


def bioes_tags(types: Sequence[str]) -> tuple[str, ...]:
    """Every BIOES tag of some types, O first: the order of a model's outputs."""
    return (OUTSIDE, *(f"{prefix}-{kind}" for kind in types for prefix in "BIES"))


def legal_moves(tags: Sequence[str]) -> np.ndarray:
    """Which BIOES tag may follow which, and which may begin and end a sentence.

    Returns:
        (tags + 1, tags + 1) bool. `[i, j]`: tag j may follow tag i; the last row is the sentence's beginning, the last
        column its end.
    """
    names = [*tags, OUTSIDE]  # outside a sentence is outside a span
    parts = [split_tag(tag) for tag in names]
    return np.array([[_allowed(BIOES, before, now) for now in parts] for before in parts], bool)
