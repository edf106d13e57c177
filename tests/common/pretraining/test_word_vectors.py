"""Word vectors from text files: the needed rows, a start for the others, a clear refusal of what does not fit."""

import numpy as np
import pytest

from common.errors import UserError
from common.pretraining.word_vectors import read_vectors

GLOVE = "the 1 2 3\nThe 9 9 9\nRome 4 5 6\nrare 7 8 9\n. . . 0 0 1\n"


def read(path, text, wanted=("rome",), first=0, size=3):
    path.write_text(text, encoding="utf-8")
    return read_vectors(path, set(wanted), first, str.lower, size)


def test_only_the_needed_rows_are_kept(tmp_path):
    assert list(read(tmp_path / "v.txt", GLOVE)) == ["rome"]
    found = read(tmp_path / "v.txt", GLOVE, wanted=(". . .",), first=2)
    assert list(found) == ["the", "rome", ". . ."]  # of The and the the first counts
    assert found.rows["the"].tolist() == [1, 2, 3]


def test_a_header_is_no_word(tmp_path):
    assert list(read(tmp_path / "v.vec", "2 3\nRome 1 2 3 \nother 4 5 6\n", first=9)) == ["rome", "other"]


def test_words_without_a_vector_start_as_large_as_those_that_have_one(tmp_path):
    lines = "".join(f"w{i} {i % 7} {-(i % 5)} 3\n" for i in range(200))
    found = read(tmp_path / "v.txt", lines, first=200)
    words = [f"u{i}" for i in range(300)] + ["w3"]
    table = found.table(words, seed=0)
    assert table[-1].tolist() == [3, -3, 3]
    assert table.dtype == np.float32
    assert np.std(table[:-1]) == pytest.approx(np.std(np.stack(list(found.rows.values()))), rel=0.1)
    assert np.array_equal(table, found.table(words, seed=0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 1 2\n", r"v.txt:1: expected vectors of 3 numbers \(--embedding 3\), found 2; give --embedding 2"),
        ("9 2\na 1 2\n", r"v.txt:1: expected vectors of 3 numbers"),
        ("rome 1 2 3\nb 1 2 3\nc 1\n", r"v.txt:3: expected vectors of 3 numbers .* found 1"),
        ("rome 1 2 x\n", r"v.txt:1: expected numbers, found .*'x'"),
        ("rome 1 2 nan\n", r"v.txt:1: expected finite numbers"),
        ("", r"expected a word and its vector a line, found none"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        read(tmp_path / "v.txt", text)


def test_a_missing_file_and_another_encoding(tmp_path):
    with pytest.raises(UserError, match="check --vectors"):
        read_vectors(tmp_path / "none", set(), 1, str.lower, 3)
    (tmp_path / "v.txt").write_bytes(b"a 1 2 3\nM\xfc 1 2 3\n")
    with pytest.raises(UserError, match=r"v.txt:2: expected UTF-8"):
        read_vectors(tmp_path / "v.txt", set(), 9, str.lower, 3)
