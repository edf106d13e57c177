"""The synthetic pen: the same lines for a seed, writers apart, every letter there, labelled synthetic."""

import numpy as np

from apps.handwriting import sample
from apps.handwriting.data import load
from apps.handwriting.skeletons import SKELETONS, WORDS
from common.data.splits import TRAIN


def test_a_seed_gives_the_same_lines_and_another_seed_others(lines) -> None:
    again, other = sample.read(60, 3), sample.read(60, 4)
    assert again.parts[TRAIN].targets == lines.parts[TRAIN].targets != other.parts[TRAIN].targets
    for one, two in zip(again.parts[TRAIN].inputs, lines.parts[TRAIN].inputs, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_it_is_labelled_synthetic_and_writers_stay_apart(config) -> None:
    splits = load(config(sample_size=120))
    assert splits.synthetic
    assert any("synthetic" in note for note in splits.notes)
    inks = sum(len(part) for part in splits.parts.values())
    assert inks == 120
    assert any("writer kept together" in note for note in splits.notes)


def test_all_letters_have_a_skeleton_and_stand_in_words() -> None:
    assert set("".join(WORDS)) == set(SKELETONS) == set("abcdefghijklmnopqrstuvwxyz")


def test_ink_is_finite_and_its_time_runs_forward(lines) -> None:
    for ink in lines.parts[TRAIN].inputs:
        points = np.concatenate(ink)
        assert np.isfinite(points).all()
        assert (np.diff(points[:, 2]) > 0).all()


def test_writers_differ_more_than_one_writer_does() -> None:
    generator = np.random.default_rng(0)
    hands = [sample.new_hand(generator) for _ in range(12)]

    def heights(hand) -> np.ndarray:
        return np.array([np.ptp(np.concatenate(sample.write("house", hand, generator))[:, 1]) for _ in range(6)])

    found = np.array([heights(hand) for hand in hands])
    assert found.mean(axis=1).std() > 3 * found.std(axis=1).mean()
