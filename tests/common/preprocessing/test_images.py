"""Images become columns of one height, ink 1 and paper 0 whichever is dark."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from common.preprocessing.images import ImageSettings, encode_image


def letter() -> np.ndarray:
    image = np.zeros((28, 40), np.uint8)
    image[4:24, 8:11] = 255
    return image


def test_columns_run_from_left_to_right() -> None:
    columns = encode_image(letter(), ImageSettings(28))
    assert columns.shape == (40, 28)
    assert np.flatnonzero(columns.sum(axis=1)).tolist() == [8, 9, 10]


def test_dark_on_light_is_light_on_dark() -> None:
    kind = ImageSettings(16)
    np.testing.assert_allclose(encode_image(255 - letter(), kind), encode_image(letter(), kind), atol=1e-6)
    np.testing.assert_allclose(encode_image(letter() // 2, kind), encode_image(letter(), kind), atol=1e-6)


def test_shrinking_keeps_the_amount_of_ink() -> None:
    small = encode_image(letter(), ImageSettings(14))
    assert small.shape == (20, 14)
    np.testing.assert_allclose(small.sum() * 4, letter().sum() / 255, rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 90))), st.integers(1, 40), st.integers(1, 60))
def test_any_image_fits(image: np.ndarray, height: int, most: int) -> None:
    columns = encode_image(image, ImageSettings(height, most))
    assert columns.dtype == np.float32
    assert columns.shape[1] == height
    assert 1 <= len(columns) <= most
    assert columns.min() >= -1e-6 and columns.max() <= 1 + 1e-6
