"""Files of every known form become honest splits."""

import json

import pytest

from apps.ner.data import load, load_evaluation, part_long
from apps.ner.inspection import inspect
from common.data.splits import Examples
from common.errors import UserError
from common.preprocessing.sentence import Sentence


def sizes(splits):
    return {name: len(part) for name, part in splits.items()}


@pytest.mark.parametrize(
    "names",
    [
        ("eng.train", "eng.testa", "eng.testb"),
        ("train.conll", "dev.conll", "test.conll"),
        ("train.txt", "valid.txt", "test.txt"),
        ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"),
        ("esp.train", "esp.testa", "esp.testb"),
    ],
)
def test_a_folder_is_read_by_the_usual_names(tmp_path, config, column_text, names):
    for index, (name, count) in enumerate(zip(names, (9, 3, 6), strict=True)):
        (tmp_path / name).write_text(column_text(count, start=100 * index))
    (tmp_path / "README.md").write_text("train, test")
    splits = load(config(data=tmp_path))
    assert sizes(splits) == {"train": 9, "validation": 3, "test": 6}
    assert splits.labels == ("LOC", "PER")
    assert splits["train"].inputs[0].words == ("w0", "v0", ".")
    assert splits["train"].targets[0] == ("B-PER", "I-PER", "O")
    assert splits["train"].origins[1] == f"{tmp_path / names[0]}:5"
    text = "\n".join(inspect(config(), splits))
    assert "9 sentences; 27 words" in text
    assert "LOC 3, PER 3" in text


@pytest.mark.parametrize(("separator", "middle"), [("\t", ()), (" ", ("NNP", "I-NP")), ("\t", ("x y",))])
def test_any_number_of_columns_parted_by_tabs_or_spaces(tmp_path, config, column_text, separator, middle):
    (tmp_path / "a.conll").write_text(column_text(30, separator, middle))
    splits = load(config(data=tmp_path / "a.conll"))
    assert sum(sizes(splits).values()) == 30
    assert f"{2 + len(middle)} columns" in splits.format


def test_other_white_space_stays_inside_a_word(tmp_path, config):
    (tmp_path / "a.conll").write_text("a\u00a0b B-PER\nc\u2003d O\n\n")
    examples = load_evaluation(config(), str(tmp_path / "a.conll"), ["PER"], None)
    assert examples.inputs[0].words == ("a\u00a0b", "c\u2003d")


def test_columns_can_be_chosen(tmp_path, config):
    (tmp_path / "a.conll").write_text("1 Ann B-PER x\n2 ran O y\n\n")
    source = str(tmp_path / "a.conll")
    examples = load_evaluation(config(word_column=2, tag_column=3), source, ["PER"], None)
    assert (examples.inputs[0].words, examples.targets[0]) == (("Ann", "ran"), ("B-PER", "O"))


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [("I-PER I-PER B-PER O", "IOB1"), ("B-PER I-PER B-PER O", "IOB2"), ("B-PER E-PER S-PER O", "BIOES")],
)
def test_the_scheme_is_found_and_brought_to_iob2(tmp_path, config, tags, scheme):
    (tmp_path / "a.txt").write_text("".join(f"w{i} {tag}\n" for i, tag in enumerate(tags.split())) + "\n")
    assert load_evaluation(config(), str(tmp_path / "a.txt"), ["PER"], None).targets[0] == (
        "B-PER",
        "I-PER",
        "B-PER",
        "O",
    )
    (tmp_path / "test.txt").write_text((tmp_path / "a.txt").read_text() * 2)
    (tmp_path / "train.txt").write_text((tmp_path / "a.txt").read_text())
    (tmp_path / "dev.txt").write_text((tmp_path / "a.txt").read_text())
    assert scheme in load(config(data=tmp_path)).format


def test_a_malformed_sequence_is_repaired_and_told_with_file_and_line(tmp_path, config, column_text):
    text = column_text(3) + "a O\nb I-PER\n\n"
    for name in ("train", "dev", "test"):
        (tmp_path / f"{name}.conll").write_text(text)
    splits = load(config(data=tmp_path))
    assert splits["train"].targets[-1] == ("O", "B-PER")
    assert f"1 tag does not follow IOB2 ({tmp_path / 'train.conll'}:14): read as conlleval reads them" in splits.notes


def test_documents_are_not_divided(tmp_path, config, column_text):
    parts = [f"-DOCSTART- -X- O\n\n{column_text(4, ' ', ('x',), 4 * i)}" for i in range(20)]
    (tmp_path / "all.conll").write_text("".join(parts))
    splits = load(config(data=tmp_path / "all.conll"))
    documents = [{int(s.words[0][1:]) // 4 for s in part.inputs} for part in splits.values()]
    assert sum(map(len, documents)) == 20 == len(set.union(*documents))
    assert any("whole documents" in note for note in splits.notes)


def test_equal_sentences_stay_on_one_side(tmp_path, config, column_text):
    (tmp_path / "all.conll").write_text(column_text(40) * 2)
    splits = load(config(data=tmp_path / "all.conll"))
    sides = [{s.words for s in part.inputs} for part in splits.values()]
    assert sum(map(len, sides)) == 40
    assert sizes(splits)["test"] >= 6


def test_the_training_file_of_a_family_stands_for_it(tmp_path, config, column_text):
    for language in ("esp", "ned"):
        for part in ("train", "testa", "testb"):
            (tmp_path / f"{language}.{part}").write_text(column_text(6))
    with pytest.raises(
        UserError, match=r"expected one file for validation, found esp\.testa, ned\.testa; name the training"
    ):
        load(config(data=tmp_path))
    splits = load(config(data=tmp_path / "ned.train"))
    assert sizes(splits) == {"train": 6, "validation": 6, "test": 6}
    assert "ned.testb" in splits.format
    assert len(load_evaluation(config(), str(tmp_path / "ned.testb"), ["LOC", "PER"], None)) == 6


def test_json_lines(tmp_path, config):
    rows = [{"tokens": [f"w{i}", "x"], "ner_tags": ["B-A", "I-A"]} for i in range(12)]
    for name in ("train", "valid", "test"):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    splits = load(config(data=tmp_path))
    assert splits.labels == ("A",)
    assert "words in `tokens`, tags in `ner_tags`" in splits.format


def test_long_training_sentences_are_parted_between_entities():
    tags = ("O", "B-A", "I-A", "I-A", "O", "O", "B-A", "O")
    examples = Examples([Sentence.of_words([f"w{i}" for i in range(8)])], [tags], ["f:1"])
    parts, count = part_long(examples, 3)
    assert count == 1
    assert sum((part.words for part in parts.inputs), ()) == examples.inputs[0].words
    assert parts.targets == [("O",), ("B-A", "I-A", "I-A"), ("O", "O", "B-A"), ("O",)]
    assert parts.origins == ["f:1"] * 4
    cut = part_long(Examples(examples.inputs, [("B-A", *["I-A"] * 7)], ["f:1"]), 3)[0]
    assert [len(part.words) for part in cut.inputs] == [3, 3, 2]


def test_longer_test_sentences_and_types_without_training_are_told(tmp_path, config, column_text):
    (tmp_path / "train.conll").write_text(column_text(9))
    (tmp_path / "dev.conll").write_text(column_text(3))
    (tmp_path / "test.conll").write_text("".join(f"w{i} O\n" for i in range(20)) + "x B-NEW\n\n")
    splits = load(config(data=tmp_path, max_length=8))
    first = f"(the first: {tmp_path / 'test.conll'}:1)"
    assert f"test: 1 sentences are longer than 8 words {first}: the rest counts as O" in splits.notes
    assert "test: 1 entities of type 'NEW', which training never saw, count as missed" in splits.notes


def test_tensorflow_datasets_by_mocked_data(tmp_path, monkeypatch, config):
    tfds = pytest.importorskip("tensorflow_datasets")
    import tensorflow as tf

    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    names = ["O", "B-PER", "I-PER"]
    features = tfds.features.FeaturesDict(
        {
            "tokens": tfds.features.Sequence(tfds.features.Text()),
            "ner": tfds.features.Sequence(tfds.features.ClassLabel(names=names)),
        }
    )

    def rows(count):
        data = {"tokens": [[f"w{i}", "x"] for i in range(count)], "ner": [[1, 2]] * count}
        return tf.data.Dataset.from_tensor_slices(data)

    tfds.dataset_builders.store_as_tfds_dataset(
        "own", "1.0.0", features, {"train": rows(5), "dev": rows(2), "test": rows(3)}, data_dir=tmp_path,
        disable_shuffling=True,
    )  # fmt: skip
    splits = load(config(data="tfds:own"))
    assert sizes(splits) == {"train": 5, "validation": 2, "test": 3}
    assert splits["test"].targets[0] == ("B-PER", "I-PER")
    assert splits["test"].inputs[2].words == ("w2", "x")
