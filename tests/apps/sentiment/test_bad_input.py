"""Each kind of bad input is one line that says what was expected, what was found, where, and what to do."""

import pytest

from apps.sentiment import data
from common.errors import UserError

ROWS = [f"words number {i}\t{i % 2}\n" for i in range(20)]
LONG = "text\tlabel\n" + "".join(ROWS)
LINES = "".join(f"{i % 2} words number {i}\n" for i in range(9))
TREE = {
    f"{part}/{name}/{i}_7.txt": f"{part} {name} {i}"
    for part in ("train", "test")
    for name in ("neg", "pos")
    for i in "123"
}
BAD = {
    "missing path": ({}, "none.csv", r"expected `sample`, `tfds:NAME` or a path, found '.*none\.csv', which does not"),
    "empty file": ({"a.csv": ""}, "a.csv", r"a\.csv: expected text, found an empty file"),
    "empty folder": ({}, "", "found an empty folder; check the folder"),
    "header only": ({"a.csv": "text,label\n"}, "a.csv", r"a\.csv:1: expected rows below the header"),
    "one class": (
        {"a.csv": "text,label\na,1\nb,1\n"},
        "a.csv",
        "expected two or more classes to train on, found only '1'",
    ),
    "no text column": ({"a.csv": "a,label\nx,1\n"}, "a.csv", r"a\.csv:1: expected a header row with a text column"),
    "no label column": ({"a.csv": "text,b\nx,1\n"}, "a.csv", r"a\.csv:1: expected a label column .* --label-column"),
    "ragged row": ({"a.tsv": LONG + "a\tb\t1\n"}, "a.tsv", r"a\.tsv:22: expected 2 columns \(text, label\), found 3"),
    "not UTF-8": ({"a.tsv": LONG.encode() + b"\xff\t1\n"}, "a.tsv", r"a\.tsv:22: expected UTF-8 text, found byte 0xff"),
    "empty text": ({"a.tsv": LONG + "  \t1\n"}, "a.tsv", r"a\.tsv:22: expected a text, found none"),
    "no label": ({"a.tsv": LONG + "a\t \n"}, "a.tsv", r"a\.tsv:22: expected a label, found none"),
    "text of another type": ({"a.jsonl": '{"text": 5, "label": 1}\n'}, "a.jsonl", r"a\.jsonl:1: expected a text"),
    "absent label": ({"a.jsonl": '{"text": "a", "label": 1}\n{"text": "a"}\n'}, "a.jsonl", r":2: expected a label"),
    "bad JSON": ({"a.jsonl": '{"text": "a", "label": 1}\n{"text"\n'}, "a.jsonl", r"a\.jsonl:2: expected a JSON object"),
    "NUL byte": ({"a.tsv": LONG + "a\0\t1\n"}, "a.tsv", r"a\.tsv:22: expected text, found a NUL byte"),
    "line without label": ({"a.train": LINES + "no label\n"}, "a.train", r"a\.train:10: expected `label sentence`"),
    "line without text": ({"a.train": LINES + "1\n"}, "a.train", r"a\.train:10: expected a text, found none"),
    "too few": (
        {"a.tsv": "text\tlabel\n" + "".join(ROWS[:4])},
        "a.tsv",
        "expected at least 3 different texts of each class .* found 2 of class '0'",
    ),
    "folder of other things": ({"a.pdf": "x", "b/c.md": "x"}, "", r"expected train/<class>/\*\.txt .* found a\.pdf, b"),
    "one class folder": ({"train/pos/1.txt": "a"}, "", "train: expected two or more class folders .* found only pos"),
    "no class folders": ({"train/1.txt": "a"}, "", "train: expected two or more class folders .* found none"),
    "class without texts": (
        TREE | {"train/zero/x.md": "a"},
        "",
        "zero: expected .txt files of class 'zero', found none",
    ),
    "empty review": (
        TREE | {"train/pos/5_1.txt": " \n"},
        "",
        r"pos/5_1\.txt:1: expected a text, found an empty file",
    ),
    "NUL in a review": (
        TREE | {"train/pos/5_1.txt": "a\n\0"},
        "",
        r"pos/5_1\.txt:2: expected a text, found a NUL byte",
    ),
    "review not UTF-8": (TREE | {"train/pos/5_1.txt": b"a\xe9"}, "", r"pos/5_1\.txt:1: expected UTF-8 text"),
    "test only": ({"test/neg/1.txt": "a", "test/pos/1.txt": "b"}, "", "expected a train split, found test"),
    "label of test only": ({"train.tsv": LONG, "test.tsv": "text\tlabel\na\t7\n"}, "", r"test\.tsv:2: .*'7'"),
    "two files for one split": (
        {"dev.tsv": LONG, "valid.tsv": LONG},
        "",
        r"one file for validation, found dev\.tsv and",
    ),
    "several tables": ({"a.csv": "x", "b.csv": "x"}, "", r"found 2 tables \(a\.csv, b\.csv\); name one"),
    "large held-out share": (
        {"a.tsv": "text\tlabel\n" + "".join(ROWS[:6])},
        "a.tsv",
        "none of 2 of the classes .* lower --test-fraction",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_that_says_where(tmp_path, case, put, load):
    files, name, message = BAD[case]
    fraction = 0.9 if case == "large held-out share" else 0.1
    with pytest.raises(UserError, match=message) as error:
        load(put(tmp_path, files) / name, test_fraction=fraction)
    assert "\n" not in str(error.value)
    assert ";" in str(error.value)


def test_an_unreadable_file_is_one_line(tmp_path, load):
    (tmp_path / "a.csv").symlink_to(tmp_path / "a.csv")
    with pytest.raises(UserError):
        load(tmp_path / "a.csv")


def test_no_name_at_all_is_one_line(Config):
    with pytest.raises(UserError, match="--data: expected `sample`, `tfds:NAME` or a path, found nothing"):
        data.load(Config(data=" "))


def test_one_column_cannot_be_text_and_label(tmp_path, put, table, load):
    path = put(tmp_path, {"a.csv": table(20, ",")}) / "a.csv"
    with pytest.raises(UserError, match="found 'text' for text and label"):
        load(path, label_column="text")
