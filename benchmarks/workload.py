"""The workload of `benchmarks.training`: SYNTHETIC token rows, as long as IMDB reviews are."""

from __future__ import annotations

import numpy as np

ROWS, LONGEST, WORDS, CLASSES, BATCH = 3200, 400, 20_000, 2, 64
EMBEDDING, UNITS = 128, 64
SEED = 0

# tokens of an IMDB training review: 51 evenly spaced quantiles, from the shortest to the longest
QUANTILES = (
    12, 57, 71, 84, 97, 106, 116, 125, 130, 134, 138, 142, 145, 148, 152, 156, 160, 163, 167, 171, 175, 180, 185, 190,
    196, 201, 209, 216, 223, 231, 239, 247, 256, 267, 277, 289, 302, 316, 333, 352, 372, 394, 419, 449, 485, 523, 571,
    636, 725, 885, 2739,
)  # fmt: skip


def rows() -> tuple[list[np.ndarray], np.ndarray]:
    """`ROWS` arrays of word ids 1..`WORDS` - 1 in Zipf's proportions, at most `LONGEST` long, and a class for each."""
    generator = np.random.default_rng(SEED)
    lengths = np.interp(generator.random(ROWS), np.linspace(0, 1, len(QUANTILES)), QUANTILES).astype(int)
    shares = 1 / np.arange(1, WORDS)
    words = generator.choice(WORDS - 1, size=np.minimum(lengths, LONGEST).sum(), p=shares / shares.sum()) + 1
    ends = np.cumsum(np.minimum(lengths, LONGEST))
    return np.split(words.astype(np.int32), ends[:-1]), generator.integers(0, CLASSES, ROWS).astype(np.int32)


def sorted_batches(lengths: np.ndarray) -> list[np.ndarray]:
    """Row numbers of batches of like length, in random order."""
    order = np.argsort(lengths, kind="stable")
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    return [batches[i] for i in np.random.default_rng(SEED).permutation(len(batches))]
