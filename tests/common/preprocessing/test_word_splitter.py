"""Words and sentences are found where they stand, in any script."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.preprocessing.word_splitter import WordSplitter

split = WordSplitter()


def words(text):
    return [text[start:end] for start, end in split.words(text)]


@given(st.text(max_size=80))
def test_words_are_in_order_apart_and_hold_all_that_can_be_seen(text):
    places = split.words(text)
    assert all(start < end for start, end in places)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(places))
    left = set(text) - set("".join(words(text)))
    assert all(not (c.isalnum() or c in "!?.,;:") for c in left)


@given(st.text(alphabet="aB. \n!?\u201d\u3002\u4eac1", max_size=60))
def test_sentences_hold_the_same_words_as_the_text(text):
    flat = [place for sentence in split.sentences(text) for place in sentence]
    covered = "".join(text[a:b] for a, b in flat)
    assert covered == "".join(words(text))
    assert all(sentence for sentence in split.sentences(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("John's F-16s cost $3,000.50 on 1996-08-22.", "John|'s|F-16s|cost|$|3,000.50|on|1996-08-22|."),
        ("O\u2019Brien of the U.S. isn\u2019t J. Lee", "O\u2019Brien|of|the|U.S.|isn|\u2019t|J.|Lee"),
        ("Mail a@b.com... (AT&T)!", "Mail|a@b.com|...|(|AT&T|)|!"),
        ("cafe\u0301 \u5317\u4eac\u5927\u5b66 \U0001f44d", "cafe\u0301|\u5317|\u4eac|\u5927|\u5b66|\U0001f44d"),
        (
            "\u0645\u062d\u0645\u062f \u0641\u064a \u0627\u0644\u0642\u0627\u0647\u0631\u0629.",
            "\u0645\u062d\u0645\u062f|\u0641\u064a|\u0627\u0644\u0642\u0627\u0647\u0631\u0629|.",
        ),
        (" \t\n\u00a0\u200b", ""),
    ],
)
def test_words_of_some_texts(text, expected):
    assert "|".join(words(text)) == expected


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Mr. J. Smith came. He left.", 2),
        ("Is it?\u201d \u201cNo!\u201d They went.", 3),
        ("one line\nanother line\n\n", 2),
        ("\u4ed6\u6765\u4e86\u3002\u5979\u8d70\u4e86\u3002", 2),
        ("3.5 percent. 4.5 more", 2),
        ("", 0),
    ],
)
def test_sentences_of_some_texts(text, count):
    assert len(split.sentences(text)) == count


def test_the_rules_travel_as_json():
    assert WordSplitter.from_json(split.to_json()) == split
    before = {name: value for name, value in split.to_json().items() if name not in ("longest", "parting")}
    assert WordSplitter.from_json(before) == split
    with pytest.raises(ValueError, match="splitter: expected regular expressions"):
        WordSplitter.from_json({**before, "word": "("})
