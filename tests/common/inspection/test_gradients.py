"""The study measures what its words say: every cell, before and after, clipped and not, the same for the same seed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from common.equations import SIMPLE_RNN
from common.errors import UserError
from common.inspection.gradients import CELLS, DESCENT_RUNS, RADII, Descent, Profile, Settings, Study, _slope, study
from common.inspection.long_memory import CLASSES, DISTRACTORS, new_network

SMALL = Settings(steps=6, units=4, updates=4, seed=3)


@pytest.fixture(scope="module")
def small() -> Study:
    return study(SMALL)


def test_every_cell_is_measured_before_and_after_with_and_without_clipping(small: Study) -> None:
    names = [cell.name for cell in CELLS]
    assert [profile.cell for profile in small.initial] == names
    assert [(profile.cell, profile.clipped) for profile in small.trained] == [
        (name, clipped) for name in names for clipped in (True, False)
    ]
    assert [profile.spectral_radius for profile in small.by_radius] == list(RADII)
    assert len(small.descents) == 2 * DESCENT_RUNS
    for profile in [*small.initial, *small.trained, *small.by_radius]:
        assert list(profile.norms) == (["h", "c"] if profile.cell == "LSTM" else ["h"])
        assert len(profile.norms["h"]) == SMALL.steps
        assert profile.shares()[-1] == 1.0


def test_the_gradient_grows_with_the_spectral_radius() -> None:
    by_radius = study(Settings(steps=20, units=16, updates=1)).by_radius
    first = [profile.shares()[0] for profile in by_radius]
    assert first == sorted(first)
    assert first[0] < 1e-4  # radius 0.5: it vanishes
    assert first[-1] > 10  # radius 3: it explodes


def test_training_changes_the_networks_and_the_same_seed_gives_the_same_numbers(small: Study) -> None:
    again = study(SMALL)
    assert again.record() == small.record()
    other = study(Settings(steps=6, units=4, updates=4, seed=4))
    assert other.initial[0].norms != small.initial[0].norms
    assert small.trained[0].norms != small.initial[0].norms


def test_both_descents_of_a_run_start_alike_and_no_clipped_step_is_long(small: Study) -> None:
    for clipped, free in zip(small.descents[::2], small.descents[1::2], strict=True):
        assert (clipped.clipped, free.clipped) == (True, False)
        assert clipped.seed == free.seed
        assert clipped.losses[0] == free.losses[0]
        # rate 0.1, gradients of length 1 at the most, momentum 0.9: 0.1 / (1 - 0.9) is the limit
        assert max(clipped.step_norms) <= 1.0


def test_the_slope_is_that_of_the_states_after_training(small: Study) -> None:
    assert all(0.0 < run.final_slope < 1.0 for run in small.descents)
    # a network of zeros has h = 0 and tanh' = 1 everywhere; one of huge weights is saturated
    network = new_network(SIMPLE_RNN, 4, np.random.default_rng(0))
    x = np.ones((2, 3, CLASSES + DISTRACTORS))
    assert _slope(network.with_weights([0 * weight for weight in network.weights]), x) == 1.0
    assert _slope(network.with_weights([1e3 * weight for weight in network.weights]), x) < 1e-6


def test_progress_ends_at_the_total() -> None:
    seen: list[tuple[int, int]] = []
    study(Settings(steps=2, units=1, updates=1), lambda done, total: seen.append((done, total)))
    count = 2 * (len(CELLS) + DESCENT_RUNS)
    assert seen == [(done, count) for done in range(1, count + 1)]


def test_the_record_is_json_even_after_a_divergence(small: Study) -> None:
    broken = Study(
        SMALL, [Profile("GRU", True, False, None, {"h": [float("nan"), 1.0]}, float("inf"), 0.25)], [], [],
        [Descent(0, False, [1.0, float("inf")], [1.0], [1.0], 0.25, 0.5)],
    )  # fmt: skip
    record = json.loads(json.dumps(broken.record(), allow_nan=False))
    assert record["initial"][0]["norms"]["h"] == [None, 1.0]
    assert record["descents"][0]["losses"] == [1.0, None]
    assert json.loads(json.dumps(small.record(), allow_nan=False))["data"].startswith("SYNTHETIC")


def test_the_summary_names_every_cell_the_chance_level_and_the_data(small: Study) -> None:
    text = "\n".join(small.summary())
    assert text.startswith("SYNTHETIC task")
    assert "chance: accuracy 0.250, loss 1.386" in text
    for profile in small.initial:
        assert f"{profile.shares()[0]:.2g} ({profile.accuracy:.3f})" in text
    longest = max(max(run.step_norms) for run in small.descents if not run.clipped)
    assert f"not clipped   longest step {longest:.2f}" in text


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"steps": 1}, "--steps: expected a number between 2 and 500, found 1"),
        ({"units": 0}, "--units: expected"),
        ({"updates": 0}, "--updates: expected"),
        ({"seed": -1}, "--seed: expected"),
    ],
)
def test_a_setting_out_of_range_is_named(flags: dict[str, int], said: str) -> None:
    with pytest.raises(UserError, match=said):
        Settings(**flags)


def test_shares_are_relative_to_the_last_hidden_state() -> None:
    profile = Profile("LSTM", False, False, None, {"h": [1.0, 2.0, 4.0], "c": [2.0, 8.0, 0.0]}, 1.0, 0.25)
    np.testing.assert_array_equal(profile.shares(), [0.25, 0.5, 1.0])
    np.testing.assert_array_equal(profile.shares("c"), [0.5, 2.0, 0.0])
