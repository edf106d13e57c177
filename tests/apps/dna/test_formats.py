"""Every layout of labelled sequences that is promised is read, and told."""

import gzip

import pytest

from apps.dna import formats
from apps.dna.config import DnaConfig
from common.data.splits import TEST, TRAIN, VALIDATION
from common.errors import UserError

CONFIG = DnaConfig()
A, B, C = "ACGTTGCAACGTTGCAACGTACGA", "TTTTTGGGGGCCCCCAAAAATTTT", "GATTACAGATTACAGATTACAGAT"


def _labels(source, part=TRAIN):
    return dict(zip([r.sequence for r in source.parts[part].inputs], source.parts[part].targets, strict=True))


def test_train_dev_and_test_tables_of_a_folder(tmp_path):
    for name, sequence in (("train", A), ("dev", B), ("test", C)):
        (tmp_path / f"{name}.csv").write_text(f"sequence,label\n{sequence},1\n{sequence[::-1]},0\n")
    source = formats.read(CONFIG, str(tmp_path))
    assert list(source.parts) == [TRAIN, VALIDATION, TEST]
    assert _labels(source, VALIDATION) == {B: "1", B[::-1]: "0"}
    assert source.parts[TEST].origins[0].endswith("test.csv:2")


def test_fasta_with_labels_in_the_headers_or_beside(tmp_path):
    path = tmp_path / "x.fasta"
    path.write_text(f">a label=yes\n{A}\n>b label=no\n{B}\n")
    assert _labels(formats.read(CONFIG, str(path))) == {A: "yes", B: "no"}
    path.write_text(f">a\n{A}\n>b\n{B}\n")
    with pytest.raises(UserError, match="record a: expected `label=X` in the header, or a table"):
        formats.read(CONFIG, str(path))
    (tmp_path / "x.tsv").write_text("name\tlabel\tgene\nb\tno\tg2\na\tyes\tg1\n")
    source = formats.read(CONFIG, str(path))
    assert _labels(source) == {A: "yes", B: "no"}
    assert source.parts[TRAIN].groups == ["g1", "g2"]
    (tmp_path / "x.tsv").write_text("name\tlabel\nb\tno\n")
    with pytest.raises(UserError, match=r"x\.fasta:1: record a: expected its label in"):
        formats.read(CONFIG, str(path))


def test_one_fasta_file_a_class_gzip_too(tmp_path):
    (tmp_path / "enhancer.fa").write_text(f">a\n{A}\n")
    (tmp_path / "other.fa.gz").write_bytes(gzip.compress(f">a\n{B}\n>b\n{C}\n".encode()))
    assert _labels(formats.read(CONFIG, str(tmp_path))) == {A: "enhancer", B: "other", C: "other"}


def test_split_folders_of_class_files(tmp_path):
    for part, sequence in (("train", A), ("test", B)):
        (tmp_path / part).mkdir()
        (tmp_path / part / "x.fa").write_text(f">a\n{sequence}\n")
        (tmp_path / part / "y.fa").write_text(f">a\n{sequence[::-1]}\n")
    source = formats.read(CONFIG, str(tmp_path))
    assert _labels(source, TEST) == {B: "x", B[::-1]: "y"}


def test_uci_lines_with_their_padding_and_groups(tmp_path):
    path = tmp_path / "splice.data"
    path.write_text(f"EI,    GENE1-DONOR-5,     {A}\nN, GENE1-NEG-7,\t\t{B.lower()}\n")
    source = formats.read(CONFIG, str(path))
    assert _labels(source) == {A: "EI", B: "N"}
    assert source.parts[TRAIN].groups == ["GENE1", "GENE1"]
    path.write_text(f"EI, a, {A}\nbroken line\n")
    with pytest.raises(UserError, match=r"splice\.data:2: expected `class, name, sequence`"):
        formats.read(CONFIG, str(path))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"a,b\n{A},1\n", "expected a sequence column, found a, b; name it with --sequence-column"),
        (f"sequence,x\n{A},1\n", "expected a label column"),
        (f"sequence,label\n{A},\n", r"t\.csv:2: expected a label"),
        (f"sequence,label\n{A},1\nACGTXACGTACGTACGTACGTACG,0\n", r"t\.csv:3: record line_3: .*'X' at position 5"),
        ("sequence,label\nACGT,1\n", r"t\.csv:2: record line_2: expected at least 20"),
        ("sequence,label\n,1\n", "empty record"),
    ],
)
def test_bad_tables_are_named(tmp_path, content, said):
    path = tmp_path / "t.csv"
    path.write_text(content)
    with pytest.raises(UserError, match=said):
        formats.read(CONFIG, str(path))


def test_a_folder_of_nothing_known_is_refused(tmp_path):
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(UserError, match=r"expected train, dev and test files .* found notes\.md"):
        formats.read(CONFIG, str(tmp_path))
    with pytest.raises(UserError, match="does not exist"):
        formats.read(CONFIG, str(tmp_path / "absent"))
