"""The automatic choices follow from the records: position and strand are noticed when they matter, not otherwise."""

import random

import numpy as np
import pytest

from apps.dna import sample
from apps.dna.alignment import position_signal, strand_signal
from common.preprocessing.nucleotides import reverse_complement


def _records(count, length, motif="", place=None, flip=False, seed=0):
    generator = random.Random(seed)
    found = []
    for _ in range(count):
        letters = "".join(generator.choices("ACGT", k=length))
        start = place if place is not None else generator.randrange(length - len(motif) + 1)
        letters = letters[:start] + motif + letters[start + len(motif) :]
        found.append(reverse_complement(letters) if flip and generator.random() < 0.5 else letters)
    return found, [row % 2 for row in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_random_records_have_neither_position_nor_strand(seed):
    given = _records(400, 60, seed=seed)
    assert not position_signal(*given).found
    assert not strand_signal(*given).found


def test_a_motif_at_one_place_is_a_position_and_a_strand():
    given = _records(200, 60, "TATAAA", 20)
    assert position_signal(*given).found
    assert strand_signal(*given).found


def test_a_centred_motif_on_either_strand_is_a_position_without_a_strand():
    given = _records(600, 60, "TGACTCAT", 26, flip=True)
    assert position_signal(*given).found
    assert not strand_signal(*given).found


def test_records_of_different_length_have_no_position_but_may_have_a_strand():
    generator = random.Random(0)
    lengths = np.random.default_rng(0).integers(50, 80, 300)
    rich = ["".join(generator.choices("ACGT", (4, 2, 1, 2), k=n)) for n in lengths]
    targets = [row % 2 for row in range(300)]
    assert not position_signal(rich, targets).found
    assert strand_signal(rich, targets).found
    assert not strand_signal(_flipped(rich), targets).found


def _flipped(sequences):
    return [reverse_complement(s) if i % 4 < 2 else s for i, s in enumerate(sequences)]


def test_the_sample_has_neither():
    splits = sample.generate(600, 80, seed=0)
    train = splits["train"]
    sequences = [record.sequence for record in train.inputs]
    assert not position_signal(sequences, train.targets).found
    assert not strand_signal(sequences, train.targets).found
