"""Forms of words say what a word looks like, in any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.preprocessing.word_forms import FORMS, case, folded, forms, shape


@given(st.text(min_size=1, max_size=12))
def test_every_word_has_every_form_and_folding_twice_changes_nothing(word):
    found = forms(word)
    assert [form.split("=", 1)[0] for form in found] == list(FORMS)
    assert folded(folded(word)) == folded(word)
    assert len(shape(word)) <= 10


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("EU", "upper"), ("I", "title"), ("German", "title"), ("call", "lower"), ("McDonald", "mixed"),
        ("1996", "number"), ("1996-08", "digits"), ("--", "none"), ("\u4eac", "lower"), ("\u00c9cole", "title"),
    ],
)  # fmt: skip
def test_case(word, expected):
    assert case(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("F-16", "X-0"),
        (
            "U.N.",
            "X.X.",
        ),
        ("McDonald's", "XxXx'x"),
        ("\u0663\u0664", "0"),
    ],
)
def test_shape(word, expected):
    assert shape(word) == expected


def test_folding_makes_all_years_one_word():
    assert folded("Caf\u0065\u0301-1996") == "caf\u00e9-0000"
