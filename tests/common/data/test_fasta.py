"""FASTA as people have it: wrapped lines, Windows line ends, lower case, gzip; and what is refused."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.data import fasta
from common.errors import UserError

RECORDS = st.lists(st.text("ACGTNRYacgtu", min_size=1, max_size=50), min_size=1, max_size=6)


@given(RECORDS, st.integers(1, 20), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_wrapping_and_line_end_reads_the_same(tmp_path_factory, sequences, width, end, packed):
    lines = []
    for number, sequence in enumerate(sequences):
        lines += [f">s{number} some words", *(sequence[i : i + width] for i in range(0, len(sequence), width)), ""]
    path = tmp_path_factory.mktemp("fasta") / "x.fa"
    raw = end.join(lines).encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    entries = fasta.parse(fasta.read_text(path), str(path))
    assert [entry.record.name for entry in entries] == [f"s{number}" for number in range(len(sequences))]
    assert [entry.record.sequence for entry in entries] == [s.upper().replace("U", "T") for s in sequences]


def test_labels_and_groups_are_read_from_headers():
    entry = fasta.parse(">a label=yes gene=BRCA1\nACGT\n", "x")[0]
    assert (entry.label, entry.group, entry.line) == ("yes", "BRCA1", 1)
    assert fasta.parse(">a|class:3\nACGT\n", "x")[0].label == "3"
    assert fasta.parse(">a unlabel=4\nACGT\n", "x")[0].label == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (">a\n>b\nACGT\n", "x:1: record a: .* empty record"),
        (">a\nACGT\n>b\n\n", "x:3: record b: .* empty record"),
        ("ACGT\n", "x:1: expected a FASTA header"),
        (">a\nACGT\n>a\nACGT\n", "x:3: record a: expected one record of that name"),
        (">a\nACGT\nAC-T\n", "x:1: record a: .*'-' at position 7"),
        (">p\nMKVLAAGIVGLLLAQPEF\n", "position 4.*looks like a protein"),
    ],
)
def test_bad_records_are_named(text, said):
    with pytest.raises(UserError, match=said):
        fasta.parse(text, "x")


def test_a_truncated_gzip_file_is_refused_by_name(tmp_path):
    path = tmp_path / "t.fa.gz"
    path.write_bytes(gzip.compress(b">a\n" + b"ACGT" * 100)[:-12])
    with pytest.raises(UserError, match=r"t\.fa\.gz: expected a whole gzip file"):
        fasta.read_text(path)


def test_an_empty_or_absent_file_is_refused(tmp_path):
    (tmp_path / "e.fa").write_text("\n")
    with pytest.raises(UserError, match="empty file"):
        fasta.read_text(tmp_path / "e.fa")
    with pytest.raises(UserError, match="cannot read"):
        fasta.read_text(tmp_path / "absent.fa")
