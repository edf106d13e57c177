"""Augmented batches: anew in every epoch, the same again for the same epoch, whatever shape they come back in."""

import numpy as np

from common.data.batches import TrainingBatches
from common.data.ragged import Arrays, Ragged


def noisy(arrays: Arrays, generator: np.random.Generator) -> Arrays:
    """Twice as long and under another name."""
    rows = [np.repeat(row, 2, axis=0) + generator.normal(size=(2 * len(row), 1)) for row in arrays["points"]]
    made = Ragged.from_rows(rows, np.float32)
    return {"ink": made, "lengths": made.lengths}


def batches(augment=noisy) -> TrainingBatches:
    points = Ragged.from_rows([np.full((n, 1), n, np.float32) for n in (3, 9, 4, 6, 12)], np.float32)
    targets = {"text": Ragged.from_rows([[n] for n in (3, 9, 4, 6, 12)], np.int32)}
    return TrainingBatches({"points": points}, targets, 2, seed=1, augment=augment)


def test_an_epoch_repeats_itself_and_differs_from_the_next() -> None:
    first, again, other = batches(), batches(), batches()
    other.epoch = 1
    one, two = list(first), list(again)
    for (a, _), (b, _) in zip(one, two, strict=True):
        np.testing.assert_array_equal(a["ink"], b["ink"])
    longest = max(one, key=lambda batch: batch[0]["lengths"].max())[0]["ink"]
    changed = max(list(other), key=lambda batch: batch[0]["lengths"].max())[0]["ink"]
    assert longest.shape != changed.shape or not np.array_equal(longest, changed)


def test_rows_keep_their_targets() -> None:
    for inputs, targets in batches():
        assert (inputs["lengths"] == 2 * targets["text"][:, 0]).all()


def test_the_data_set_has_the_arrays_that_the_augmentation_gives() -> None:
    seen = [inputs for inputs, _ in batches().dataset()]
    assert sorted(seen[0]) == ["ink", "lengths"]
    assert sum(len(inputs["lengths"]) for inputs in seen) == 5
