"""Tags and spans: every scheme says the same, malformed tags are read as conlleval reads them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.preprocessing.tag_schemes import (
    BIOES,
    IOB1,
    IOB2,
    Span,
    bioes_tags,
    detect_scheme,
    legal_moves,
    malformed,
    spans,
    split_tag,
    to_bioes,
    to_iob2,
)

TYPES = ("LOC", "PER")
anything = st.lists(st.sampled_from(["O", *(f"{p}-{t}" for p in "BIES" for t in TYPES)]), max_size=12)


def to_iob1(found: list[Span], length: int) -> list[str]:
    tags = ["O"] * length
    for start, end, kind in found:
        touches = start > 0 and tags[start - 1].endswith("-" + kind)
        tags[start:end] = [("B-" if touches else "I-") + kind, *["I-" + kind] * (end - start - 1)]
    return tags


@given(anything)
def test_spans_survive_every_scheme(tags):
    found = spans(tags)
    for write in (to_iob1, to_iob2, to_bioes):
        assert spans(write(found, len(tags))) == found


@given(anything)
def test_what_a_scheme_writes_is_well_formed_in_it(tags):
    found = spans(tags)
    for write, scheme in ((to_iob1, IOB1), (to_iob2, IOB2), (to_bioes, BIOES)):
        assert malformed(write(found, len(tags)), scheme) == []


@given(st.lists(st.sampled_from(bioes_tags(TYPES)), min_size=1, max_size=8))
def test_the_moves_allow_exactly_the_well_formed_sequences(tags):
    names = bioes_tags(TYPES)
    legal, ids = legal_moves(names), [names.index(tag) for tag in tags]
    path = [len(names), *ids, len(names)]
    allowed = all(legal[a, b] for a, b in itertools.pairwise(path))
    assert allowed == (malformed(tags, BIOES) == [])
    assert allowed == (list(to_bioes(spans(tags), len(tags))) == tags)


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("I-PER I-PER O", [(0, 2, "PER")]),
        ("B-PER I-LOC", [(0, 1, "PER"), (1, 2, "LOC")]),
        ("I-PER B-PER I-PER", [(0, 1, "PER"), (1, 3, "PER")]),
        ("E-PER E-PER", [(0, 1, "PER"), (1, 2, "PER")]),
        ("B-PER S-PER I-PER", [(0, 1, "PER"), (1, 2, "PER"), (2, 3, "PER")]),
        ("U-PER O B-LOC L-LOC", [(0, 1, "PER"), (2, 4, "LOC")]),
        ("B I O", [(0, 2, "entity")]),
    ],
)
def test_sequences_read_as_conlleval_reads_them(tags, found):
    assert spans(tags.split()) == [Span(*span) for span in found]


def test_the_scheme_is_found_in_spite_of_a_stray_tag():
    iob2 = [["B-PER", "I-PER", "O"], ["B-LOC", "O"], ["O", "I-LOC"]]
    assert detect_scheme(iob2) == IOB2
    assert malformed(iob2[2], IOB2) == [1]
    assert detect_scheme([["I-PER", "I-PER", "B-PER"], ["I-LOC", "O"], ["O", "B-LOC"]]) == IOB1
    assert detect_scheme([["B-PER", "E-PER"]]) == detect_scheme([["U-PER"]]) == BIOES
    assert detect_scheme([["O", "O"]]) == IOB2


def test_an_unfinished_bioes_span_is_told_where_it_breaks():
    assert malformed(["B-PER", "O", "I-LOC"], BIOES) == [1, 2]
    assert malformed(["O", "B-PER"], BIOES) == [1]


@pytest.mark.parametrize("tag", ["X-PER", "PER", "b-PER", "B-", "", "O-PER"])
def test_what_is_no_tag_is_refused(tag):
    with pytest.raises(ValueError, match="expected O"):
        split_tag(tag)


def test_outputs_are_in_a_fixed_order():
    assert bioes_tags(("A",)) == ("O", "B-A", "I-A", "E-A", "S-A")
    assert np.array_equal(
        legal_moves(("O", "B-A", "I-A", "E-A", "S-A")).astype(int),
        [[1, 1, 0, 0, 1, 1], [0, 0, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0]] + [[1, 1, 0, 0, 1, 1]] * 3,
    )
