"""Length-bucketed batches: rows of like length together, padded to one of a few widths."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from common.data.ragged import Arrays, Ragged, row_count, take

if TYPE_CHECKING:
    import tensorflow as tf

    from common.app import Augment

WINDOW_BATCHES = 50  # rows are sorted by length inside windows of this many batches, so that order stays random


def bucket_width(length: int) -> int:
    """The padded width for a longest row: the next multiple of 8, 16, 32 or 64, about an eighth above at the most."""
    step = 8 if length <= 64 else 16 if length <= 128 else 32 if length <= 256 else 64
    return max(step, math.ceil(length / step) * step)


def row_lengths(arrays: Arrays, rows: np.ndarray | None = None) -> np.ndarray:
    """(len(rows),) int64: the length of each row's longest ragged input; ones when nothing is ragged."""
    rows = np.arange(row_count(arrays)) if rows is None else rows
    ragged = [a.offsets[rows + 1] - a.offsets[rows] for a in arrays.values() if isinstance(a, Ragged)]
    return np.maximum.reduce(ragged) if ragged else np.ones(len(rows), np.int64)


def gather(arrays: Arrays, rows: np.ndarray) -> dict[str, np.ndarray]:
    """One batch: the given rows of every array, ragged ones padded with zeros to a common bucket width.

    Returns:
        name -> (len(rows), width, ...) or (len(rows), ...), of each array's dtype.
    """
    width = bucket_width(int(row_lengths(arrays, rows).max(initial=1)))
    return {name: a.padded(rows, width) if isinstance(a, Ragged) else np.asarray(a[rows]) for name, a in arrays.items()}


def by_length(arrays: Arrays, batch_size: int) -> Iterator[np.ndarray]:
    """Row indices of batches in order of length: for prediction, where order does not matter."""
    order = np.argsort(row_lengths(arrays), kind="stable")
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


class TrainingBatches:
    """Shuffled, length-bucketed batches; the plan of an epoch depends only on the seed and the epoch's number.

    Args:
        arrays: encoded inputs of the training model.
        targets: encoded targets, one array or named arrays.
        batch_size: int. Rows per batch; the last one may be smaller.
        seed: int. Seed of the shuffle and of the augmentation.
        augment: changes the arrays of each batch at random, as `common.app.Models.augment`.
        parts: int. Every batch can be cut into so many equal parts; up to parts - 1 rows, others each epoch, are left
            out for that. Divides `batch_size`.
        part: int. Give only this part of each batch, padded as the whole; None gives the whole.
    """

    def __init__(
        self,
        arrays: Arrays,
        targets: np.ndarray | Arrays,
        batch_size: int,
        seed: int,
        augment: Augment | None = None,
        parts: int = 1,
        part: int | None = None,
    ) -> None:
        self.arrays, self.targets = arrays, targets
        self.batch_size, self.seed, self.augment = batch_size, seed, augment
        self.parts, self.part = parts, part
        self.epoch = 0
        self._lengths = row_lengths(arrays)
        self._rows = len(self._lengths) - len(self._lengths) % parts  # of an epoch

    def plan(self, epoch: int) -> list[np.ndarray]:
        """The rows of each batch of an epoch: the same whether the epochs before ran in this process or not."""
        generator = np.random.default_rng((self.seed, epoch))
        order = generator.permutation(len(self._lengths))[: self._rows]
        window = self.batch_size * WINDOW_BATCHES
        batches = []
        for start in range(0, len(order), window):
            rows = order[start : start + window]
            rows = rows[np.argsort(self._lengths[rows], kind="stable")]
            batches += [rows[i : i + self.batch_size] for i in range(0, len(rows), self.batch_size)]
        return [batches[i] for i in generator.permutation(len(batches))]

    def __len__(self) -> int:
        window = self.batch_size * WINDOW_BATCHES
        whole, rest = divmod(self._rows, window)
        return whole * WINDOW_BATCHES + math.ceil(rest / self.batch_size)

    @property
    def timesteps(self) -> int:
        """About how many timesteps the batches of an epoch have together, a batch's rows counted once."""
        return round(len(self) * float(self._lengths.mean())) if len(self) else 0

    def __iter__(self) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray | dict[str, np.ndarray]]]:
        """The batches of the epoch that `self.epoch` names."""
        for number, rows in enumerate(self.plan(self.epoch)):
            targets = gather(self.targets, rows) if isinstance(self.targets, dict) else np.asarray(self.targets[rows])
            if self.augment is None:
                yield self._own(gather(self.arrays, rows)), self._own(targets)
                continue
            generator = np.random.default_rng((self.seed, self.epoch, number))
            changed = self.augment(take(self.arrays, rows), generator)
            yield self._own(gather(changed, np.arange(len(rows)))), self._own(targets)

    def _own(self, batch: Any) -> Any:
        """The rows of a batch that are wanted here."""
        if self.part is None:
            return batch
        if isinstance(batch, dict):
            return {name: self._own(array) for name, array in batch.items()}
        size = len(batch) // self.parts
        return batch[self.part * size : (self.part + 1) * size]

    def dataset(self) -> tf.data.Dataset:
        """The batches as a data set that reads ahead; batch and time axes are open, so that no shape is traced anew."""
        import tensorflow as tf

        def spec(array: Ragged | np.ndarray) -> tf.TensorSpec:
            values, axes = (array.values, 2) if isinstance(array, Ragged) else (array, 1)
            return tf.TensorSpec((*(None,) * axes, *values.shape[1:]), values.dtype)

        given = self.arrays
        if self.augment is not None:  # it may give other arrays than it takes: ask it with one row
            given = self.augment(take(given, np.arange(1)), np.random.default_rng(0))
        inputs = {name: spec(array) for name, array in given.items()}
        targets: Any
        if isinstance(self.targets, dict):
            targets = {name: spec(array) for name, array in self.targets.items()}
        else:
            targets = spec(self.targets)
        batches = tf.data.Dataset.from_generator(lambda: iter(self), output_signature=(inputs, targets))
        return batches.apply(tf.data.experimental.assert_cardinality(len(self))).prefetch(2)
