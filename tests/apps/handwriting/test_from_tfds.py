"""Image data sets of tensorflow-datasets become characters, without a network."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

from apps.handwriting.data import load
from common.errors import UserError


@pytest.fixture(autouse=True)
def folders(tmp_path, tmp_path_factory, monkeypatch) -> None:
    """Where tensorflow-datasets keeps its data and its temporary folders."""
    pytest.importorskip("tensorflow_datasets")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))


def prepare(name: str, folder: Path, images: np.ndarray, classes: list[str]) -> None:
    import tensorflow as tf
    import tensorflow_datasets as tfds

    shape = (*images.shape[1:], 1)
    features = tfds.features.FeaturesDict(
        {"image": tfds.features.Image(shape=shape), "label": tfds.features.ClassLabel(names=classes)}
    )
    rows = {"image": images[..., None], "label": np.arange(len(images)) % len(classes)}
    parts = {part: tf.data.Dataset.from_tensor_slices(rows) for part in ("train", "test")}
    tfds.dataset_builders.store_as_tfds_dataset(name, "1.0.0", features, parts, data_dir=folder, disable_shuffling=True)


@pytest.mark.parametrize(("name", "exchanged"), [("digits", False), ("emnist_like", True)])
def test_images_have_their_classes_and_emnist_is_turned(tmp_path, config, name: str, exchanged: bool) -> None:
    images = np.random.default_rng(0).integers(0, 255, (30, 6, 5)).astype(np.uint8)
    prepare(name, tmp_path, images, ["a", "b", "c"])
    splits = load(config(data=f"tfds:{name}"))
    assert splits.labels == ("a", "b", "c")
    assert (len(splits["train"]), len(splits["validation"]), len(splits["test"])) == (27, 3, 30)
    np.testing.assert_array_equal(splits["test"].inputs[4], images[4].T if exchanged else images[4])
    assert splits["test"].targets[:4] == [0, 1, 2, 0]


def test_an_unprepared_data_set_is_one_line(config) -> None:
    with pytest.raises(UserError, match=r"tfds:mnist: expected the prepared data set in .* add --download"):
        load(config(data="tfds:mnist"))
