"""Ink features do not depend on place, unit or sampling, and are finite for whatever a pen may leave."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.preprocessing.ink import FEATURES, InkSettings, Pen, encode_ink, normalise, pen_of, resample, slant

COORDINATE = st.floats(-1e4, 1e4, width=32)
STROKE = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=12)
LINE, CHARACTER = InkSettings(), InkSettings(0.2, "size", deskew=False)


def wave(points: int = 200, turns: float = 9.0) -> list[np.ndarray]:
    """Two strokes like a line of writing: a long wavy one, and a bar back over it."""
    t = np.linspace(0, 1, points)
    body = np.stack([300 * t, 20 * np.sin(2 * np.pi * turns * t) + 8 * np.sin(2 * np.pi * 2 * t), t], axis=1)
    bar = np.stack([np.linspace(120, 150, 5), np.full(5, -25.0), 1 + np.linspace(0, 0.1, 5)], axis=1)
    return [body, bar]


@pytest.mark.parametrize("kind", [LINE, CHARACTER, InkSettings(deslant=True), InkSettings(time=True)])
def test_features_do_not_change_with_place_and_unit(kind: InkSettings) -> None:
    plain = encode_ink(wave(), kind)
    moved = encode_ink([stroke * [37.0, 37.0, 5.0] + [1e4, -2e3, 8.0] for stroke in wave()], kind)
    np.testing.assert_allclose(moved, plain, atol=1e-4)


@pytest.mark.parametrize("kind", [LINE, CHARACTER, InkSettings(deslant=True)])
def test_features_do_not_change_with_the_sampling_rate(kind: InkSettings) -> None:
    def denser(stroke: np.ndarray) -> np.ndarray:
        at = np.sort(
            np.concatenate([np.arange(len(stroke)), np.random.default_rng(3).uniform(0, len(stroke) - 1, 700)])
        )
        return np.stack([np.interp(at, np.arange(len(stroke)), stroke[:, c]) for c in range(3)], axis=1)

    np.testing.assert_allclose(encode_ink([denser(s) for s in wave()], kind), encode_ink(wave(), kind), atol=1e-4)


def test_a_line_that_runs_uphill_is_turned_level() -> None:
    angle = 0.2
    turn = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    level, tilted = encode_ink(wave(), LINE), encode_ink([stroke @ turn for stroke in wave()], LINE)
    assert len(level) == len(tilted)
    np.testing.assert_allclose(tilted, level, atol=1e-3)


def test_deslanting_finds_and_removes_a_shear() -> None:
    sheared = [stroke + np.outer(stroke[:, 1], [0.6, 0, 0]) for stroke in wave(turns=25)]
    before = slant(normalise(pen_of(sheared), InkSettings(deskew=False)))
    after = slant(normalise(pen_of(sheared), InkSettings(deskew=False, deslant=True)))
    assert before > 0.2
    assert abs(after) < 0.05


def test_points_stand_at_equal_distances_and_both_ends_are_kept() -> None:
    pen = resample(Pen(np.array([[0.0, 0], [3, 0], [3, 4], [9, 9]]), np.array([1, 0, 0, 1], bool), np.zeros(4)), 0.5)
    assert pen.first.tolist().count(True) == 2
    steps = np.hypot(*np.diff(pen.xy[:-1], axis=0).T)
    np.testing.assert_allclose(steps, 0.5, atol=1e-9)
    np.testing.assert_allclose(pen.xy[[0, 14, 15]], [[0, 0], [3, 4], [9, 9]])


def test_a_gap_and_a_bar_set_later_show_beyond_the_ink_before() -> None:
    strokes = [np.array([[0.0, 0], [0, 10], [10, 0]]), np.array([[30.0, 0], [30, 10]]), np.array([[2.0, 5], [4, 5]])]
    made = encode_ink(strokes, InkSettings(step=0.5))
    beyond = made[made[:, FEATURES.index("stroke_start")] == 1, FEATURES.index("asinh_beyond")]
    assert beyond[0] == 0
    assert beyond[1] > 0.5
    assert beyond[2] < -0.5


def test_times_that_run_backwards_stand_still() -> None:
    pen = pen_of([np.array([[0, 0, 1.0], [1, 1, 3], [2, 0, 2], [3, 1, 4]])])
    assert pen.time.tolist() == [1, 3, 3, 4]
    assert np.isfinite(encode_ink([np.array([[0, 0, 1.0], [1, 1, 1], [2, 0, 0]])], InkSettings(time=True))).all()


def test_ink_longer_than_allowed_is_resampled_more_coarsely() -> None:
    made = encode_ink(wave(), InkSettings(step=0.01, max_timesteps=50))
    assert 40 <= len(made) <= 50
    many = [np.array([[float(i), 0.0], [i + 0.5, 1.0]]) for i in range(90)]
    assert len(encode_ink(many, InkSettings(max_timesteps=40))) <= 40


def test_no_point_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        pen_of([np.zeros((0, 2))])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(STROKE, min_size=1, max_size=6), st.sampled_from([LINE, CHARACTER, InkSettings(deslant=True, time=True)])
)
def test_any_ink_gives_finite_features_of_the_promised_shape(strokes: list, kind: InkSettings) -> None:
    made = encode_ink([np.array(stroke) for stroke in strokes], kind)
    assert made.dtype == np.float32
    assert made.shape[1] == len(kind.features)
    assert 1 <= len(made) <= kind.max_timesteps
    assert np.isfinite(made).all()
    assert made[0, FEATURES.index("stroke_start")] == 1


def test_settings_come_back_from_json() -> None:
    kind = InkSettings(0.3, "size", False, True, True, 99)
    assert InkSettings.from_json(kind.to_json()) == kind
