"""Tokenizer and vocabulary: the same words in every language that reads their files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import UserError
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("It isn't GOOD!", ["it", "isn't", "good", "!"]),
        ("don\u2019t", ["don't"]),
        ("one<br />two<BR/>three<br>", ["one", "two", "three"]),
        ("cafe\u0301 CAFÉ", ["café", "café"]),
        ("हिन्दी", ["हिन्दी"]),
        ("iPhone很好", ["iphone", "很", "好"]),
        ("wow 👍🏽!", ["wow", "👍", "🏽", "!"]),
        ("a\u200db\u00a0c\x00d", ["a", "b", "c", "d"]),
        ("  \n\t ", []),
        ("", []),
        ("10/10", ["10", "/", "10"]),
    ],
)
def test_texts_split_as_a_reader_would(text: str, tokens: list[str]) -> None:
    assert Tokenizer()(text) == tokens


@given(st.text())
def test_any_text_gives_tokens_without_white_space(text: str) -> None:
    for token in Tokenizer()(text):
        assert token
        assert token == "".join(token.split())


def test_the_rules_survive_json() -> None:
    rules = json.loads(json.dumps(Tokenizer().to_json()))
    assert Tokenizer.from_json(rules) == Tokenizer()


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"replacements": [["(", ""]], "token": "a"},
        {"replacements": 3, "token": "a"},
        {"replacements": ["ab"], "token": "a"},
        {"replacements": [["<br>", "\\s"]], "token": "a"},
        {"replacements": [["(a)", "\\2"]], "token": "a"},
    ],
    ids=str,
)
def test_rules_of_another_kind_are_refused(rules: dict) -> None:
    with pytest.raises(ValueError, match=r"tokenizer|expected the field"):
        Tokenizer.from_json({**Tokenizer().to_json(), **rules} if rules else rules)


def test_a_vocabulary_counts_ranks_and_cuts() -> None:
    vocabulary = Vocabulary.fit([["b", "a", "b"], ["c", "a", "b"]], size=4, min_count=1)
    assert vocabulary.tokens == ("<pad>", "<unk>", "b", "a")
    np.testing.assert_array_equal(vocabulary.encode(["a", "c", "b", "<pad>"]), [3, 1, 2, 0])


def test_rare_words_are_left_out_and_ties_are_in_order() -> None:
    assert Vocabulary.fit([["z", "y", "z", "y", "x"]], size=10, min_count=2).tokens[2:] == ("y", "z")
    assert Vocabulary.fit([], size=10).tokens == ("<pad>", "<unk>")


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cs"]), min_size=1)))
def test_a_vocabulary_survives_its_file(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    path = tmp_path_factory.mktemp("v") / "vocabulary.txt"
    vocabulary = Vocabulary.fit([words], size=1000)
    vocabulary.save(path)
    assert Vocabulary.load(path) == vocabulary


@pytest.mark.parametrize("content", ["", "a\nb\n", "<pad>\n<unk>\na\na\n"])
def test_a_damaged_vocabulary_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "v.txt").write_text(content)
    with pytest.raises(UserError, match=r"v\.txt:\d"):
        Vocabulary.load(tmp_path / "v.txt")
