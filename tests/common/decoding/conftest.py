"""Random scores, and the enumeration of all paths through them."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

Sequences = dict[tuple[int, ...], float]


def random_scores(frames: int, classes: int, seed: int) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(0, 2, (frames, classes))
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(label for label, _ in itertools.groupby(path) if label)


def all_sequences(scores: np.ndarray) -> Sequences:
    """Every label sequence with the logarithm of its probability."""
    found: Sequences = {}
    frames, classes = scores.shape
    for path in itertools.product(range(classes), repeat=frames):
        total = float(scores[np.arange(frames), path].sum())
        key = collapsed(path)
        found[key] = np.logaddexp(found[key], total) if key in found else total
    return found


@pytest.fixture
def make_scores() -> Callable[[int, int, int], np.ndarray]:
    return random_scores


@pytest.fixture
def enumerate_sequences() -> Callable[[np.ndarray], Sequences]:
    return all_sequences
