"""Encoding and augmentation: what training sees without changes is what the device sees."""

import numpy as np
import pytest

from apps.handwriting.augmentation import ImageAugmentation, InkAugmentation, shifted
from apps.handwriting.preprocess import CHARACTER, LINE, fit_preprocessor, load_preprocessor
from common.data.ragged import Ragged, joined, row_count
from common.data.splits import TRAIN, Examples
from common.preprocessing.ink import FEATURES


@pytest.fixture
def train(lines) -> Examples:
    return lines.parts[TRAIN]


def test_training_without_augmentation_sees_what_the_device_sees(train, config) -> None:
    preprocessor = fit_preprocessor(config(), train, (), ())
    device = preprocessor.encode(train.inputs)
    augment = InkAugmentation(preprocessor.settings, 0.0)
    training = augment(joined(preprocessor.encode_training(train)), np.random.default_rng(0))
    end = FEATURES.index("stroke_end")
    for one, two in zip(device["ink"], training["ink"], strict=True):
        # resampled twice: corners are cut a little, so that some strokes have a point less
        assert abs(len(one) - len(two)) <= 0.05 * len(one)
        assert one[:, end].sum() == two[:, end].sum()
        np.testing.assert_allclose(one.mean(axis=0), two.mean(axis=0), atol=0.05)


def test_augmentation_changes_ink_but_not_its_kind(train, config) -> None:
    preprocessor = fit_preprocessor(config(), train, (), ())
    arrays = joined(preprocessor.encode_training(train))
    augment = InkAugmentation(preprocessor.settings, 1.0)
    one, two = (augment(arrays, np.random.default_rng(seed)) for seed in (0, 1))
    assert row_count(one) == len(train)
    assert one["lengths"].max() <= preprocessor.settings.max_timesteps
    assert np.isfinite(one["ink"].values).all()
    assert one["ink"].values.shape[1] == len(FEATURES)
    assert not np.array_equal(one["lengths"], two["lengths"])
    again = augment(arrays, np.random.default_rng(0))
    np.testing.assert_array_equal(one["ink"].values, again["ink"].values)


def test_images_are_shifted_by_whole_pixels() -> None:
    image = np.arange(12, dtype=np.float32).reshape(4, 3)
    np.testing.assert_array_equal(shifted(image, 1)[1:], image[:-1])
    np.testing.assert_array_equal(shifted(image, -2)[:2], image[2:])
    assert (shifted(image, 9) == 0).all() and (shifted(image, -9) == 0).all()
    arrays = {"columns": Ragged.from_rows([image, image], np.float32), "lengths": np.array([4, 4], np.int32)}
    moved = ImageAugmentation(1.0)(arrays, np.random.default_rng(0))
    assert [row.shape for row in moved["columns"]] == [(4, 3), (4, 3)]


def test_the_task_follows_from_the_targets(train, config) -> None:
    line = fit_preprocessor(config(), train, (), ())
    assert line.task == LINE
    encoded = line.encode_targets(["in a", "sea"])["text"]
    assert [line.labels[i - 1] for i in encoded[0]] == list("in a")
    images = Examples([np.zeros((9, 7), np.uint8)] * 2, [0, 1])
    character = fit_preprocessor(config(), images, (), ("x", "y"))
    assert (character.task, character.input_name, character.settings.height) == (CHARACTER, "columns", 9)


def test_a_preprocessor_comes_back_from_its_folder(train, config, tmp_path) -> None:
    for preprocessor in (
        fit_preprocessor(config(time=True, deslant=True), train, (), ()),
        fit_preprocessor(config(), Examples([np.zeros((9, 7), np.uint8)], [0]), (), ("x",)),
    ):
        preprocessor.save(tmp_path)
        assert load_preprocessor(tmp_path, {}) == preprocessor
