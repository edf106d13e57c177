"""Tables keep their text byte for byte and their line numbers right; what does not fit is named by file and line."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.data.tables import CSV, JSONL, LINES, TSV, kind_of, parse_table, read_table
from common.errors import UserError

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1)


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_csv_reads_quotes_delimiters_and_line_ends_inside_a_field(tmp_path):
    path = write(tmp_path, "a.csv", 'text,label\r\n"one,\r\ntwo ""quoted""",1\r\nplain,0\r\n')
    table = read_table(path)
    assert (table.kind, table.columns) == (CSV, ("text", "label"))
    assert table.column("text") == ['one,\r\ntwo "quoted"', "plain"]
    assert list(table.origins) == [f"{path}:2", f"{path}:4"]


def test_tsv_leaves_quotation_marks_alone(tmp_path):
    path = write(tmp_path, "a.tsv", 'sentence\tlabel\n"half a quote\t1\nit\'s "fine" \t0\n')
    assert read_table(path).rows == [('"half a quote', "1"), ('it\'s "fine" ', "0")]


def test_tsv_ends_lines_at_line_feeds_only(tmp_path):
    path = write(tmp_path, "a.tsv", "text\tlabel\r\na\u2028b\x0cc\t1\r\n")
    assert read_table(path).rows == [("a\u2028b\x0cc", "1")]


@pytest.mark.parametrize("mark", [",", ";", "|", "\t"])
def test_the_delimiter_of_a_csv_is_found_in_its_header(tmp_path, mark):
    path = write(tmp_path, "a.csv", f'id{mark}text{mark}label\n1{mark}"a, b; c"{mark}0\n')
    assert read_table(path).column("text") == ["a, b; c"]


def test_json_lines_keep_values_and_leave_none_for_absent_keys(tmp_path):
    path = write(tmp_path, "a.jsonl", '{"text": "a", "label": 1}\n\n{"text": "b", "stars": 2.0}\n')
    table = read_table(path)
    assert (table.kind, table.columns) == (JSONL, ("text", "label", "stars"))
    assert table.rows == [("a", 1, None), ("b", None, 2.0)]
    assert list(table.lines) == [1, 3]


def test_rows_of_nothing_but_delimiters_are_skipped(tmp_path):
    assert len(read_table(write(tmp_path, "a.csv", "text,label\na,1\n,\n\n"))) == 1
    assert len(read_table(write(tmp_path, "a.tsv", "text\tlabel\na\t1\n\t\n\n"))) == 1


def test_a_byte_order_mark_is_dropped(tmp_path):
    for name, content in (("a.csv", "text,label\na,1\n"), ("a.jsonl", '{"text": "a", "label": "1"}\n')):
        assert read_table(write(tmp_path, name, b"\xef\xbb\xbf" + content.encode())).columns == ("text", "label")


def test_a_field_larger_than_the_default_limit_is_read_and_the_limit_put_back(tmp_path):
    before = csv.field_size_limit()
    path = write(tmp_path, "a.csv", "text,label\n" + "x" * (before * 2) + ",1\n")
    assert len(read_table(path).column("text")[0]) == before * 2
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", "text\tlabel\na\t1\nb\t1\t2\n", r"a\.tsv:3: expected 2 columns \(text, label\), found 3"),
        ("a.csv", "text,label\na,1\nb\nc\n", r"a\.csv:3: .*found 1; mend it \(2 such rows: lines 3, 4\)"),
        ("a.csv", 'text,label\na,1\n"b,1\n', r"a\.csv:3: expected CSV, found an error"),
        ("a.csv", 'text,label\n"b"c,1\n', r"a\.csv:2: expected CSV, found an error"),
        ("a.csv", "text,text\na,1\n", r"a\.csv:1: expected different column names, found 'text' twice"),
        ("a.jsonl", '{"text": "a"}\n{"text": \n', r"a\.jsonl:2: expected a JSON object, found an error"),
        ("a.jsonl", '["a", 1]\n', r"a\.jsonl:1: expected a JSON object, found a list"),
        ("a.jsonl", '{"text": "\\ud800"}\n', r"a\.jsonl:1: .*surrogate"),
        ("a.jsonl", "[" * 100_000 + "\n", r"a\.jsonl:1: expected a flat JSON object"),
        ("a.jsonl", '{"text": ' + "9" * 5000 + "}\n", r"a\.jsonl:1: expected a flat JSON object"),
        ("a.csv", "text,label\na\0b,1\n", r"a\.csv:2: expected text, found a NUL byte"),
        ("a.tsv", b"text\tlabel\na\t1\n\xe9\t1\n", r"a\.tsv:3: expected UTF-8 text, found byte 0xe9"),
        ("a.tsv", b"", r"a\.tsv: expected text, found an empty file"),
        ("a.csv", '""\n', r"a\.csv:1: expected a header row"),
        ("a.tsv", b" \r\n\n", r"a\.tsv: expected text, found an empty file"),
    ],
)
def test_bad_files_are_one_line_naming_file_and_line(tmp_path, name, content, message):
    with pytest.raises(UserError, match=message) as error:
        read_table(write(tmp_path, name, content))
    assert "\n" not in str(error.value)


def test_a_missing_file_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match=r"cannot read .*none\.csv"):
        read_table(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.tsv", "text\tlabel\n", TSV),
        ("a.tsv", "text,label\n", CSV),
        ("a.TXT", "text\tlabel\n", TSV),
        ("a.txt", "text,label\n", CSV),
        ("a.txt", '{"text": 1}\n', JSONL),
        ("a.txt", "1 a line, with a comma\n", LINES),
        ("a.b.train", "1 a line\n", LINES),
        ("a.ndjson", "{}\n", JSONL),
    ],
)
def test_the_kind_is_told_by_extension_then_by_first_line(tmp_path, name, text, kind):
    assert kind_of(tmp_path / name, text) == kind


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=10))
def test_what_is_written_as_csv_or_json_is_read_back(rows):
    csv_file = io.StringIO(newline="")
    csv.writer(csv_file).writerows([("text", "label"), *rows])
    assert parse_table("a.csv", CSV, csv_file.getvalue()).rows == rows
    text = "\n".join(json.dumps({"text": a, "label": b}, ensure_ascii=False) for a, b in rows)
    assert parse_table("a.jsonl", JSONL, text).rows == rows


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60), st.sampled_from([TSV, CSV, JSONL]))
def test_any_text_is_a_table_or_a_user_error(content, kind):
    if not content.strip() or "\0" in content:
        return
    try:
        table = parse_table("a", kind, content)
    except UserError:
        return
    assert all(len(row) == len(table.columns) for row in table.rows)
