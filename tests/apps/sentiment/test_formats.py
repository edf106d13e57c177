"""Every format is read as it is written, and the format is said."""

import pytest

from apps.sentiment import data
from common.errors import UserError


def test_the_sample_is_the_default_and_synthetic(Config, sizes):
    splits = data.load(Config())
    assert sizes(splits) == {"train": 140, "validation": 20, "test": 40}
    assert splits.synthetic


@pytest.mark.parametrize("below", ["", "aclImdb"])
def test_an_aclimdb_tree_keeps_its_test_and_gives_unlabelled_texts(tmp_path, below, put, tree, load, sizes):
    put(tmp_path / below, tree(20) | {"train/unsup/0_0.txt": "some text", "README": "x", "train/urls_pos.txt": "x"})
    splits = load(tmp_path)
    assert sizes(splits) == {"train": 36, "validation": 4, "test": 6}
    assert splits.labels == ("neg", "pos")
    assert "aclImdb" in splits.format
    assert list(splits.unlabelled) == ["some text"]
    assert splits["test"].targets == [0, 0, 0, 1, 1, 1]
    assert splits["test"].origins[0].endswith("test/neg/0_7.txt")


def test_files_are_read_in_the_order_of_their_numbers(tmp_path, put, tree, load):
    splits = load(put(tmp_path, tree(12)), validation_fraction=0.1)
    read = [text for text in splits["train"].inputs if text.startswith("neg")]
    assert read == sorted(read, key=lambda text: int(text.split()[-1]))


def test_any_class_folders_do_and_a_missing_test_is_held_out(tmp_path, put, tree, load, sizes):
    splits = load(put(tmp_path, tree(20, ("a", "b", "c"), test=False)))
    assert splits.labels == ("a", "b", "c")
    assert sizes(splits) == {"train": 48, "validation": 6, "test": 6}
    assert sum("held out" in note for note in splits.notes) == 2


def test_class_folders_without_train_are_one_undivided_set(tmp_path, Config, put, load):
    put(tmp_path, {f"{name}/{i}.txt": f"{name} {i}" for name in ("bad", "good") for i in range(5)})
    assert load(tmp_path).labels == ("bad", "good")
    assert len(data.load_evaluation(Config(), str(tmp_path), ("good", "bad"), None)) == 10


def test_a_glue_folder_reads_train_and_dev_and_leaves_an_unlabelled_test_out(tmp_path, put, table, load, sizes):
    test = "index\tsentence\n0\tno label here\n1\tnor here\n"
    put(
        tmp_path,
        {"train.tsv": table(40, text="sentence"), "dev.tsv": 'sentence\tlabel\nhalf a " quote \t1\n', "test.tsv": test},
    )
    splits = load(tmp_path)
    assert sizes(splits) == {"train": 36, "validation": 1, "test": 4}
    assert splits["validation"].inputs == ['half a " quote']
    assert "TSV, text in `sentence`, label in `label`" in splits.format
    assert "test.tsv holds 2 texts without labels: left out" in splits.notes


@pytest.mark.parametrize("withheld", ["-1", ""])
def test_a_test_file_of_withheld_labels_is_left_out(tmp_path, withheld, put, table, load):
    put(
        tmp_path,
        {"train.tsv": table(40), "dev.tsv": table(4, word="dev"), "test.tsv": f"text\tlabel\na b\t{withheld}\n"},
    )
    assert any("without labels" in note for note in load(tmp_path).notes)


def test_split_files_go_by_their_usual_names_in_any_format(tmp_path, put, table, lines, load, sizes):
    rows = '{"review": "r one", "stars": 1}\n{"review": "r two", "stars": 0}\n'
    put(
        tmp_path,
        {"train.csv": table(20, ","), "valid.jsonl": rows, "test.txt": lines(4, "t"), "unlabeled.txt": "one\ntwo\n"},
    )
    splits = load(tmp_path)
    assert sizes(splits) == {"train": 20, "validation": 2, "test": 4}
    assert splits["validation"].targets == [1, 0]
    assert list(splits.unlabelled) == ["one", "two"]


def test_a_csv_with_line_ends_in_quotes_keeps_text_and_lines(tmp_path, put, load):
    rows = "".join(f'"first {i}\nsecond, with a comma",{"pos" if i % 2 else "neg"}\n' for i in range(20))
    path = put(tmp_path, {"a.csv": "review,sentiment\n" + rows}) / "a.csv"
    splits = load(path)
    part = splits["train"]
    assert splits.labels == ("neg", "pos")
    for text, origin in zip(part.inputs, part.origins, strict=True):
        number = int(text.split()[1])
        assert text == f"first {number}\nsecond, with a comma"
        assert origin == f"{path}:{2 + 2 * number}"


def test_columns_are_named_by_flags(tmp_path, put, load):
    rows = "".join(f"words {i},x,{i % 2}\n" for i in range(20))
    path = put(tmp_path, {"a.csv": "what,text,verdict\n" + rows}) / "a.csv"
    splits = load(path, text_column="what", label_column="verdict")
    assert splits["test"].inputs[0].startswith("words")
    with pytest.raises(
        UserError, match=r"a\.csv:1: expected the column 'nope' \(--text-column\), found what, text, verdict"
    ):
        load(path, text_column="nope", label_column="verdict")


def test_class_names_are_kept_and_numbers_sorted_by_value(tmp_path, put, load):
    rows = "".join(f'{{"text": "t {i}", "label": {(2, 10, 1)[i % 3]}}}\n' for i in range(30))
    assert load(put(tmp_path, {"a.jsonl": rows}) / "a.jsonl").labels == ("1", "2", "10")


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path, put, table, lines, load):
    for name, content in (("a.tsv", table(30)), ("a.csv", table(30, ",")), ("a.txt", lines(30))):
        plain = load(put(tmp_path / "plain", {name: content}) / name)
        windows = load(
            put(tmp_path / "windows", {name: b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode()}) / name
        )
        assert plain["test"].inputs == windows["test"].inputs
        assert plain["test"].targets == windows["test"].targets


@pytest.fixture
def families(tmp_path, put, lines):
    return put(
        tmp_path,
        {
            f"{name}.{part}": lines(6, f"{name} {part}")
            for name in ("s.two", "s.five")
            for part in ("train", "dev", "test")
        },
    )


@pytest.mark.parametrize("name", ["s.two", "s.two.train"])
def test_a_family_is_read_by_its_prefix_or_its_train_file(families, name, load, sizes):
    splits = load(families / name)
    assert sizes(splits) == {"train": 6, "validation": 6, "test": 6}
    assert splits["validation"].inputs[0] == "s.two dev number 0"
    assert "`label sentence` lines" in splits.format


def test_bracket_tokens_are_left_as_they_are(tmp_path, put, lines, load):
    text = lines(20).replace("words", r"-lrb- either\/or -rrb-")
    assert load(put(tmp_path, {"x.train": text}) / "x.train")["test"].inputs[0].startswith(r"-lrb- either\/or -rrb-")


def test_a_folder_of_several_families_is_refused_with_the_choices(families, load):
    with pytest.raises(UserError, match=r"expected one data set, found .*s\.five, .*s\.two; name one of them"):
        load(families)


def test_split_files_win_over_families_and_the_note_says_so(families, put, table, load):
    put(families, {"train.tsv": table(20), "dev.tsv": table(4, word="dev")})
    splits = load(families)
    assert splits["train"].inputs[0].startswith("words")
    assert any("also holds s.five, s.two: left out" in note for note in splits.notes)


def test_a_single_split_file_is_read_alone_and_names_its_neighbours(tmp_path, put, table, load, sizes):
    splits = load(put(tmp_path, {"train.tsv": table(30), "dev.tsv": table(4)}) / "train.tsv")
    assert sum(sizes(splits).values()) == 30
    assert any("dev.tsv beside train.tsv not read" in note for note in splits.notes)
