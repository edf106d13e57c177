"""A mistake in the data is one line that names the file and the line."""

import json

import pytest

from apps.ner.data import load, load_evaluation
from common.errors import UserError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Ann NNP B-PER\nran O\n\n", r":2: expected 3 columns parted by single spaces, found 2; mend it"),
        ("Ann\tB-PER\nran\n", r":2: expected 2 columns parted by tabs, found 1"),
        ("Ann B-PER\nran X-PER\n", r":2: expected O, or B-, I-, E- or S- and a type, found 'X-PER'"),
        ("Ann B-PER\n O\n", r":2: expected a word in column 1, found none"),
        ("Ann\nran\n", r":1: expected a word and a tag a line, found 1 column"),
        ("", r"expected text, found an empty file"),
        ("\n\n", r"expected text, found an empty file"),
        ("-DOCSTART- O\n\n", r"expected tagged sentences, found none"),
        ("Ann B-PER\nr\0n O\n", r":2: expected text, found a NUL byte"),
    ],
)
def test_a_bad_column_file(tmp_path, config, text, message):
    path = tmp_path / "a.conll"
    path.write_text(text)
    with pytest.raises(UserError, match=message) as raised:
        load_evaluation(config(), str(path), ["PER"], None)
    assert str(path) in str(raised.value)


def test_another_encoding_is_named_with_its_line(tmp_path, config):
    (tmp_path / "a.conll").write_bytes("Ann B-PER\nM\u00fcller I-PER\n".encode("latin1"))
    with pytest.raises(UserError, match=r"a.conll:2: expected UTF-8 text, found byte 0xfc"):
        load_evaluation(config(), str(tmp_path / "a.conll"), ["PER"], None)


def test_a_type_that_the_run_does_not_know(tmp_path, config):
    (tmp_path / "a.conll").write_text("x O\n\nAnn B-DRUG\n")
    with pytest.raises(UserError, match=r"a.conll:3: expected the run's types PER, found 'DRUG'"):
        load_evaluation(config(), str(tmp_path / "a.conll"), ["PER"], None)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"tokens": [], "tags": []}, r":1: expected a list of words as texts, found an empty list"),
        ({"tokens": ["a", "b"], "tags": ["O"]}, r":1: expected a tag for each of 2 words, found 1"),
        ({"tokens": ["a"], "tags": [3]}, r":1: expected a list of tags as texts, found \[3\]"),
        ({"tokens": ["a", " "], "tags": ["O", "O"]}, r":1: expected words, found an empty one"),
        ({"text": "a"}, r":1: expected objects with tokens or words and tags"),
    ],
)
def test_bad_json_lines(tmp_path, config, row, message):
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(UserError, match=message):
        load_evaluation(config(), str(tmp_path / "a.jsonl"), ["PER"], None)


def test_blank_lines_and_windows_line_ends_are_nothing_to_mend(tmp_path, config):
    (tmp_path / "a.conll").write_bytes(b"\xef\xbb\xbf\r\n\r\nAnn B-PER\r\n\r\n\r\n \r\nx O\r\n")
    examples = load_evaluation(config(), str(tmp_path / "a.conll"), ["PER"], None)
    assert [sentence.words for sentence in examples.inputs] == [("Ann",), ("x",)]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "expected files named by their split"),
        ({"notes.one": "x", "notes.two": "y"}, "expected files named by their split"),
        ({"test.conll": "a O\n"}, "expected a train split, found test"),
        ({"train.conll": "a O\n" * 3, "dev.conll": "a O\n", "test.conll": "a O\n"}, "expected tagged entities"),
        ({"train.conll": "a B-PER\n"}, "expected at least 10 different sentences"),
    ],
)
def test_a_folder_without_what_training_needs(tmp_path, config, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=message):
        load(config(data=tmp_path))


@pytest.mark.parametrize("source", ["/no/such/place", ""])
def test_a_place_that_is_none(config, source):
    with pytest.raises(UserError, match="--data: expected `sample`, `tfds:NAME` or a path"):
        load(config(data=source))


def test_a_column_that_is_none(tmp_path, config):
    (tmp_path / "a.conll").write_text("Ann B-PER\n")
    with pytest.raises(UserError, match="correct --word-column or --tag-column"):
        load_evaluation(config(tag_column=5), str(tmp_path / "a.conll"), ["PER"], None)
