"""Fields of a specification: the type and range that a reader relies on, or a reason in one line."""

import math

import pytest

from common.errors import UserError
from common.preprocessing import specification as spec


@pytest.mark.parametrize("value", [True, 0, 11, 3.0, "3", None, math.nan, 10**400, [3]])
def test_a_whole_number_is_one_within_its_range(value):
    assert spec.whole({"n": 10}, "n", 1, 10) == 10
    with pytest.raises(ValueError, match="n: expected a whole number from 1 to 10, found"):
        spec.whole({"n": value}, "n", 1, 10)


@pytest.mark.parametrize("value", [True, math.nan, math.inf, -1.5, "1", None, 10**400, {}])
def test_a_number_is_finite_and_within_its_range(value):
    assert spec.number({"n": 2}, "n", 0) == 2.0
    with pytest.raises(ValueError, match=r"n: expected a (finite )?number"):
        spec.number({"n": value}, "n", 0)
    with pytest.raises(ValueError, match=r"n: expected a (finite )?number"):
        spec.numbers({"n": [1, value]}, "n", 0)


@pytest.mark.parametrize("value", [["a", "a"], ["a", 1], ["\ud800"], "ab", None, {"a": 1}])
def test_texts_differ_and_are_text(value):
    assert spec.texts({"t": ["a", "\U0001f600"]}, "t") == ("a", "\U0001f600")
    with pytest.raises(ValueError, match="t: expected"):
        spec.texts({"t": value}, "t")


def test_a_text_may_be_held_to_some():
    assert spec.text({"kind": "ink"}, "kind", "ink", "image") == "ink"
    with pytest.raises(ValueError, match='kind: expected one of ink, image, found "text"'):
        spec.text({"kind": "text"}, "kind", "ink", "image")
    with pytest.raises(ValueError, match="kind: expected a text, found 3"):
        spec.text({"kind": 3}, "kind")
    with pytest.raises(ValueError, match="flag: expected true or false, found 1"):
        spec.flag({"flag": 1}, "flag")


@pytest.mark.parametrize("values", [{}, [], None, 3, "kind"])
def test_an_absent_field_is_named(values):
    with pytest.raises(ValueError, match="the field kind"):
        spec.text(values, "kind")


def test_the_file_is_named_in_one_line():
    with pytest.raises(UserError, match=r"a/preprocess\.json: expected texts, found an error: .*; restore the file"):
        spec.read_as("a/preprocess.json", "texts", lambda: spec.text({}, "kind"))
