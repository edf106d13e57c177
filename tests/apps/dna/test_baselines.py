"""The baselines count what they say and are as strong as they should be: no straw men."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.dna import sample
from apps.dna.baselines import BOOSTING, LINEAR, MAJORITY, dna_baselines, kmer_counts, one_hot
from common.data.splits import Examples
from common.preprocessing.nucleotides import Record, reverse_complement


@given(st.lists(st.text("ACGTN", max_size=30), min_size=1, max_size=5), st.integers(1, 4))
def test_counts_are_those_of_a_plain_loop(sequences, k):
    records = [Record("r", s) for s in sequences]
    found = kmer_counts(records, k, both_strands=False).toarray()
    for row, sequence in enumerate(sequences):
        expected = np.zeros(4**k)
        for start in range(len(sequence) - k + 1):
            word = sequence[start : start + k]
            if "N" not in word:
                expected[sum("ACGT".index(c) * 4 ** (k - 1 - i) for i, c in enumerate(word))] += 1
        np.testing.assert_array_equal(found[row], expected)
    both = kmer_counts(records, k, both_strands=True).toarray()
    other = kmer_counts([Record("r", reverse_complement(s)) for s in sequences], k, both_strands=True).toarray()
    np.testing.assert_array_equal(both, other)
    np.testing.assert_array_equal(both.sum(1), found.sum(1))


def test_positions_are_one_hot():
    found = one_hot([Record("r", "ANT")], 4).toarray()[0].reshape(4, 4)
    np.testing.assert_array_equal(found, [[1, 0, 0, 0], [0] * 4, [0, 0, 0, 1], [0] * 4])


def _examples(count, seed, make):
    generator = random.Random(seed)
    targets = [row % 2 for row in range(count)]
    return Examples([Record(str(i), make(generator, t)) for i, t in enumerate(targets)], targets)


def _accuracy(answers, name, examples):
    return np.mean(answers[name].argmax(1) == np.asarray(examples.targets))


def test_composition_and_position_are_learnt_by_both():
    def rich(generator, target):
        return "".join(generator.choices("ACGT", (2, 1, 1, 2) if target else (1, 2, 2, 1), k=50))

    def placed(generator, target):
        letters = "".join(generator.choices("ACGT", k=50))
        word = "GATTACA"
        return letters[:20] + (word if target else word[::-1]) + letters[27:]

    for make in (rich, placed):
        train, validation, test = (_examples(n, s, make) for n, s in ((300, 0), (80, 1), (200, 2)))
        answers = dna_baselines(train, validation, test.inputs, 2)
        assert _accuracy(answers, MAJORITY, test) == pytest.approx(0.5)
        assert _accuracy(answers, LINEAR, test) > 0.9
        assert _accuracy(answers, BOOSTING, test) > 0.9
        for probabilities in answers.values():
            np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-6)


def test_the_sample_s_order_is_beyond_counts():
    """What recurrence is for: both classes of the sample hold the same words."""
    splits = sample.generate(1200, 60, seed=0)
    answers = dna_baselines(splits["train"], splits["validation"], splits["test"].inputs, 2)
    for name in (LINEAR, BOOSTING):
        assert _accuracy(answers, name, splits["test"]) < 0.62


def test_a_class_missing_from_train_gets_nothing():
    train = _examples(60, 0, lambda generator, target: "".join(generator.choices("ACGT", k=30)))
    answers = dna_baselines(train, train, train.inputs[:5], 3)
    assert all(answers[name].shape == (5, 3) and not answers[name][:, 2].any() for name in answers)
