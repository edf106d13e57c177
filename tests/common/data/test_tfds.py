"""tensorflow-datasets: prepared data is read, nothing is fetched unasked, every failure is one line."""

import io
import tempfile
import time
from pathlib import Path

import pytest

from common.data import tfds as reader
from common.errors import UserError

tfds = pytest.importorskip("tensorflow_datasets")


@pytest.fixture
def folder(tmp_path, tmp_path_factory, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("Network is unreachable")

    monkeypatch.setattr(reader.socket, "create_connection", refuse)


def store(folder: Path, rows: dict[str, list[dict]], name: str = "own_reviews") -> None:
    """Prepares a small data set on disk, as a user's own builder would."""
    import tensorflow as tf

    features = tfds.features.FeaturesDict(
        {"text": tfds.features.Text(), "label": tfds.features.ClassLabel(names=["bad", "good"])}
    )
    splits = {}
    for split, examples in rows.items():
        columns = {key: [example[key] for example in examples] for key in ("text", "label")}
        splits[split] = tf.data.Dataset.from_tensor_slices(columns)
    tfds.dataset_builders.store_as_tfds_dataset(
        name, "1.0.0", features, splits, data_dir=folder, disable_shuffling=True
    )


def test_prepared_data_is_read_in_order(folder):
    store(
        folder,
        {"train": [{"text": f"text {i}", "label": i % 2} for i in range(9)], "test": [{"text": "t", "label": 1}]},
    )
    data = reader.open_dataset("own_reviews")
    assert dict(data.splits) == {"train": 9, "test": 1}
    assert data.features["label"].names == ["bad", "good"]
    assert [row["text"] for row in data.rows("train")] == [f"text {i}".encode() for i in range(9)]
    assert [int(row["label"]) for row in data.rows("train")] == [i % 2 for i in range(9)]


def test_an_unknown_name_is_one_line(folder):
    with pytest.raises(UserError, match="tfds:no_such_set: expected a data set of tensorflow-datasets") as error:
        reader.open_dataset("no_such_set")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("name", ["", "../x", "huggingface:imdb", "a b", "imdb_reviews/plain_text/x=1", "x:y"])
def test_only_plain_names_are_opened(folder, name):
    with pytest.raises(UserError, match="expected a name such as"):
        reader.open_dataset(name)


@pytest.mark.parametrize("empty", [False, True])
def test_unprepared_data_names_folder_and_flag_and_fetches_nothing(folder, offline, monkeypatch, empty):
    scratch = folder / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    if empty:
        (folder / "imdb_reviews").mkdir()
    with pytest.raises(UserError, match=f"tfds:imdb_reviews: .*{folder}, found none; add --download"):
        reader.open_dataset("imdb_reviews")
    assert list(scratch.iterdir()) == []
    assert tempfile.tempdir == str(scratch)


def test_a_download_without_network_fails_at_once(folder, offline):
    begin = time.monotonic()
    with pytest.raises(UserError, match=r"tfds:imdb_reviews: no connection to \S+ \(Network is unreachable\)"):
        reader.open_dataset("imdb_reviews", download=True)
    assert time.monotonic() - begin < 10
    assert list(folder.iterdir()) == []


def test_a_download_that_fails_is_one_line(folder, monkeypatch):
    def fail(*args, **kwargs):
        raise ConnectionError("first line\nsecond line")

    monkeypatch.setattr(reader.socket, "create_connection", lambda *args, **kwargs: io.BytesIO())
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    with pytest.raises(UserError, match=r"cannot download and prepare it in .*: first line; try again"):
        reader.open_dataset("imdb_reviews", download=True)


def test_a_wrong_config_is_one_line(folder):
    (folder / "imdb_reviews").mkdir()
    with pytest.raises(UserError, match="tfds:imdb_reviews/nothing: cannot open it") as error:
        reader.open_dataset("imdb_reviews/nothing")
    assert "\n" not in str(error.value)


def test_the_connection_is_tried_at_the_proxy_where_one_is_set(folder, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert reader._gate("data.example", 443) == ("proxy.example", 3128)
    assert reader._gate("data.example", 80) == ("data.example", 80)


def test_the_data_folder_is_the_environments_or_the_home_folder(folder, monkeypatch):
    assert reader.data_folder() == folder
    monkeypatch.delenv("TFDS_DATA_DIR")
    assert reader.data_folder() == Path.home() / "tensorflow_datasets"
