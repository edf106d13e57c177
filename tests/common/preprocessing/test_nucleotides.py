"""Letters, codes and strands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import UserError
from common.preprocessing.nucleotides import (
    BASES,
    LETTERS,
    checked_length,
    clean,
    complements,
    distributions,
    encode,
    reverse_complement,
)

SEQUENCES = st.text(LETTERS, min_size=1, max_size=60)


@given(SEQUENCES)
def test_codes_give_the_letters_back(sequence):
    assert "".join(LETTERS[code - 1] for code in encode(sequence)) == sequence


@given(SEQUENCES)
def test_the_reverse_complement_of_the_reverse_complement_is_the_sequence(sequence):
    assert reverse_complement(reverse_complement(sequence)) == sequence


@given(SEQUENCES)
def test_the_other_strand_in_codes_letters_and_distributions_is_the_same(sequence):
    other = encode(reverse_complement(sequence))
    np.testing.assert_array_equal(other, complements()[encode(sequence)][::-1])
    np.testing.assert_allclose(distributions()[other], distributions()[encode(sequence)][::-1, ::-1])


def test_every_letter_is_a_distribution_over_its_bases():
    table = distributions()
    assert table[0].sum() == 0
    np.testing.assert_allclose(table[1:].sum(1), 1)
    for code, bases in enumerate(BASES, 1):
        assert {"ACGT"[i] for i in np.flatnonzero(table[code])} == set(bases)
    assert table[encode("N")[0]].tolist() == [0.25] * 4
    assert table[encode("R")[0]].tolist() == [0.5, 0, 0.5, 0]


def test_u_is_t_and_soft_masked_letters_count():
    assert clean("acguNryAC", "x") == "ACGTNRYAC"


def test_another_letter_is_named_with_its_position():
    with pytest.raises(UserError, match=r"f\.fa:3: record a: .* found '\*' at position 4; mend"):
        clean("ACG*T", "f.fa:3: record a")
    with pytest.raises(UserError, match="found 'L' at position 2; this looks like a protein"):
        clean("MLEPQFILKE".replace("M", "A", 1), "record p")


@pytest.mark.parametrize(
    ("sequence", "said"), [("", "empty record"), ("A" * 19, "at least 20"), ("A" * 20_001, "--scan")]
)
def test_lengths_outside_are_refused(sequence, said):
    with pytest.raises(UserError, match=said):
        checked_length(sequence, "record x")


def test_the_shortest_and_longest_pass():
    assert len(checked_length("A" * 20, "x")) == 20
    assert len(checked_length("A" * 20_000, "x")) == 20_000
