"""Probes: the shortest and longest rows are always compared, and at least five lengths where lengths vary."""

from __future__ import annotations

import numpy as np
import pytest

from common.app import ExportSpec, InputSpec
from common.errors import UserError
from export.probes import pick


def test_few_probes_still_hold_the_shortest_and_the_longest_row(spec, make_rows):
    probes = pick(make_rows([7, 3, 20, 11, 1, 9, 24, 2]), spec, 3)
    assert len(probes.lengths) == 3 and {1, 24} <= set(probes.lengths)
    assert probes.prefixes == 0
    np.testing.assert_array_equal(probes.arrays["lengths"], probes.lengths)


def test_rows_of_one_length_are_cut_and_repeated_to_reach_eight_lengths(spec, make_rows):
    rows = make_rows([20, 20, 20])
    probes = pick(rows, spec, 32)
    assert len(set(probes.lengths)) >= 8 and {1, 24} <= set(probes.lengths)
    assert probes.prefixes == len(probes.lengths) - 3
    for position, length in enumerate(probes.lengths):
        row = probes.arrays["tokens"][position]
        assert len(row) == length == probes.arrays["lengths"][position]
        if position >= 3:
            np.testing.assert_array_equal(row, np.resize(rows["tokens"][0], length))


def test_rows_without_a_length_stay_as_they_are():
    spec = ExportSpec({"window": InputSpec((8, 2), "float32")}, ("y",), {}, {}, ())
    probes = pick({"window": np.zeros((6, 8, 2), np.float32)}, spec, 4)
    assert probes.lengths.tolist() == [8] * 4 and probes.prefixes == 0


def test_no_rows_is_an_error_that_says_so(spec, make_rows):
    with pytest.raises(UserError, match="found none"):
        pick(make_rows([]), spec, 4)
