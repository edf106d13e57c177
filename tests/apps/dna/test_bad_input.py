"""Each kind of bad input is one line with file, record and position, exit status 2, and leaves nothing behind."""

import gzip
import random

import pytest

from apps.__main__ import main

_DRAW = random.Random(0)
GOOD = "".join(f">r{i} label={i % 2}\n{''.join(_DRAW.choices('ACGT', k=30))}\n" for i in range(20))
PACKED = gzip.compress(GOOD.encode())
BAD = {
    "protein by mistake": ("p.fa", b">x label=1\nMKVLAAGIVGLLLAQPEFWYACDE\n", "p.fa:1: record x: ", "position 4"),
    "empty record": ("e.fa", (GOOD + ">last label=1\n").encode(), "e.fa:41: record last: ", "empty record"),
    "short record": ("s.fa", (GOOD + ">s label=1\nACGT\n").encode(), "s.fa:41: record s: ", "at least 20"),
    "long record": ("l.fa", f"{GOOD}>l label=1\n{'A' * 20001}\n".encode(), "l.fa:41: record l: ", "at most 20,000"),
    "truncated gzip": ("t.fa.gz", PACKED[:-20], "t.fa.gz: ", "whole gzip"),
    "damaged gzip": ("d.fa.gz", PACKED[:30] + b"xx" + PACKED[32:], "d.fa.gz: ", "gzip"),
    "no labels": ("n.fa", GOOD.replace("label=", "l").encode(), "n.fa:1: record r0: ", "label=X"),
    "one class": ("o.fa", GOOD.replace("label=0", "label=1").encode(), "o.fa: ", "two or more classes"),
    "binary": ("b.fa", b"\xff\xfe\x00", "b.fa:1: ", "UTF-8"),
    "a gap": ("g.csv", b"sequence,label\nACGTACGTACGTACGTACGT-ACGT,1\n", "g.csv:2: record line_2: ", "'-' at"),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(BAD))
def test_bad_data_is_one_line(case, tmp_path, capsys, monkeypatch):
    name, content, place, said = BAD[case]
    (tmp_path / name).write_bytes(content)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for command in (["data", "dna"], ["train", "dna", "--run-dir", "run"]):
        assert main([*command, "--data", str(tmp_path / name)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert place in error and said in error
    assert not list(work.iterdir())


def test_windows_line_ends_and_gzip_read_as_plain(tmp_path, capsys):
    shown = []
    for name, content in (
        ("a.fa", GOOD.encode()), ("b.fa", GOOD.replace("\n", "\r\n").encode()), ("c.fa.gz", PACKED),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        assert main(["data", "dna", "--data", str(tmp_path / name)]) == 0
        shown.append([line for line in capsys.readouterr().out.splitlines() if not line.startswith("data ")])
    assert shown[0] == shown[1] == shown[2]
