"""Data sets of tensorflow-datasets become splits, without a network."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from apps.sentiment import data
from common.errors import UserError


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path_factory, monkeypatch):
    """Where tensorflow-datasets leaves its temporary folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


def prepared(folder: Path, monkeypatch, splits: dict[str, list[tuple[str, int]]]) -> str:
    tfds = pytest.importorskip("tensorflow_datasets")
    import tensorflow as tf

    monkeypatch.setenv("TFDS_DATA_DIR", str(folder))
    features = tfds.features.FeaturesDict(
        {"sentence": tfds.features.Text(), "label": tfds.features.ClassLabel(names=["bad", "good"])}
    )
    columns = {
        name: tf.data.Dataset.from_tensor_slices({"sentence": [t for t, _ in rows], "label": [c for _, c in rows]})
        for name, rows in splits.items()
    }
    tfds.dataset_builders.store_as_tfds_dataset(
        "own", "1.0.0", features, columns, data_dir=folder, disable_shuffling=True
    )
    return "tfds:own"


def test_a_prepared_data_set_gives_class_names_and_unlabelled_texts(tmp_path, monkeypatch, sizes, Config):
    rows = [(f"text {i}", i % 2) for i in range(40)]
    source = prepared(tmp_path, monkeypatch, {"train": rows, "test": [("t", 1)], "unsupervised": [("u", -1)]})
    splits = data.load(Config(data=source))
    assert sizes(splits) == {"train": 36, "validation": 4, "test": 1}
    assert splits.labels == ("bad", "good")
    assert splits["test"].origins == ["tfds:own/test:0"]
    assert list(splits.unlabelled) == ["u"]
    assert "text in `sentence`" in splits.format


def test_withheld_test_labels_and_a_test_only_data_set(tmp_path, monkeypatch, Config):
    rows = [(f"text {i}", i % 2) for i in range(40)]
    source = prepared(tmp_path / "a", monkeypatch, {"train": rows, "validation": rows[:2], "test": [("t", -1)]})
    assert "split test holds 1 texts without labels: left out" in data.load(Config(data=source)).notes
    source = prepared(tmp_path / "b", monkeypatch, {"test": rows})
    assert len(data.load_evaluation(Config(), source, ("bad", "good"), None)) == 40
    with pytest.raises(UserError, match="tfds:own: expected a train split, found test"):
        data.load(Config(data=source))


def test_imdb_reviews_by_mocked_data(tmp_path, monkeypatch, Config, sizes):
    tfds = pytest.importorskip("tensorflow_datasets")
    import tensorflow as tf

    def as_dataset(self, split, **kwargs):
        texts = [f"{split} {i}" for i in range(40)]
        return tf.data.Dataset.from_tensor_slices({"text": texts, "label": [i % 2 for i in range(40)]})

    (tmp_path / "imdb_reviews").mkdir()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(tfds.core.DatasetBuilder, "is_prepared", lambda self: True)
    with tfds.testing.mock_data(as_dataset_fn=as_dataset):
        builder = tfds.builder("imdb_reviews")
        infos = [
            tfds.core.SplitInfo(name=name, shard_lengths=[40], num_bytes=0)
            for name in ("train", "test", "unsupervised")
        ]
        monkeypatch.setattr(
            type(builder.info), "splits", tfds.core.SplitDict([replace(i, filename_template=None) for i in infos])
        )
        splits = data.load(Config(data="tfds:imdb_reviews"))
    assert sizes(splits) == {"train": 36, "validation": 4, "test": 40}
    assert splits.labels == ("neg", "pos")
    assert len(splits.unlabelled) == 40


def test_an_unprepared_data_set_is_one_line(tmp_path, monkeypatch, Config):
    pytest.importorskip("tensorflow_datasets")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(UserError, match=r"tfds:imdb_reviews: expected the prepared data set in .* add --download"):
        data.load(Config(data="tfds:imdb_reviews"))
