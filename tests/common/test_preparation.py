"""Trainings that start together encode their data once and all read the whole of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits
from common.preparation import Prepared, prepare


class Doubling:
    """A preprocessor that takes its time."""

    def save(self, folder: Path) -> None:
        (folder / "vocabulary.txt").write_text("a\n")

    def fitted_arrays(self) -> dict[str, np.ndarray]:
        return {}

    def encode(self, inputs: list[int]) -> dict[str, np.ndarray]:
        time.sleep(0.05)
        return {"x": 2 * np.asarray(inputs)}

    def encode_training(self, examples: Examples) -> Iterator[dict[str, np.ndarray]]:
        yield self.encode(list(examples.inputs))

    def encode_targets(self, targets: list[int]) -> np.ndarray:
        return np.asarray(targets)


def test_two_that_share_a_fresh_cache_are_both_right_and_encode_once(tmp_path: Path) -> None:
    made: list[int] = []
    part = Examples([1, 2, 3], [0, 1, 0])
    splits = Splits({TRAIN: part, VALIDATION: part, TEST: part}, source="test", format="numbers", labels=("a", "b"))

    def fit(*_: Any) -> Doubling:
        made.append(1)
        return Doubling()

    app: Any = SimpleNamespace(
        name="toy", preprocessing_fields=(), fit_preprocessor=fit, load_preprocessor=lambda *_: Doubling()
    )
    found: list[Prepared] = []

    def one(number: int) -> None:
        found.append(prepare(app, SimpleNamespace(), splits, tmp_path / "cache", tmp_path / f"assets-{number}"))  # type: ignore[arg-type]

    for _ in range(2):  # the second time round it is there
        threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert made == [1]
    assert len(found) == 8
    for prepared in found:
        np.testing.assert_array_equal(prepared.train["x"], [2, 4, 6])
    (entry,) = [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]
    (entry / "train" / "x.npy").write_bytes(b"damaged")
    one(9)
    assert made == [1, 1]
    np.testing.assert_array_equal(found[-1].train["x"], [2, 4, 6])
