"""Windows are views of the past, and no target of one split reaches into the next."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.data.series import Boundaries, Series, Window, Windows, boundaries, decisions, split_by_date
from common.data.splits import TEST, TRAIN, VALIDATION, Examples, fingerprint
from common.errors import UserError


def series(rows, name="A", first="2020-01-01", skip=()):
    dates = np.datetime64(first, "D") + np.arange(rows + len(skip))
    dates = np.delete(dates, list(skip)) if len(skip) else dates
    return Series(name, dates, np.arange(2.0 * rows).reshape(rows, 2))


def test_a_window_is_a_view_that_ends_at_its_decision():
    one = series(10)
    windows = Windows([one], decisions([one], rows=4, horizon=2, longest_gap_days=9), 4)
    assert len(windows) == 10 - 4 - 2 + 1
    first, last = windows[0], windows[len(windows) - 1]
    assert first.dates.tolist() == one.dates[:4].tolist()
    assert last.dates[-1] == one.dates[7]
    assert np.shares_memory(first.values, one.values)
    assert windows[1:3][0].dates.tolist() == windows[1].dates.tolist()


def test_chosen_windows_are_still_made_when_asked_for():
    one = series(10)
    windows = Windows([one], decisions([one], rows=4, horizon=2, longest_gap_days=9), 4)
    chosen = Examples(windows, windows).take(np.array([3, 1])).inputs
    assert isinstance(chosen, Windows)
    assert len(chosen) == 2
    np.testing.assert_array_equal(chosen[0].values, windows[3].values)
    assert np.shares_memory(chosen[1].values, one.values)
    assert len(chosen.take([])) == 0


def test_a_window_and_its_horizon_never_cross_a_long_gap():
    one = series(30, skip=range(15, 60))
    found = decisions([one], rows=4, horizon=2, longest_gap_days=9)[:, 1]
    for last in found:
        span = one.dates[last - 3 : last + 3]
        assert (np.diff(span) <= np.timedelta64(9, "D")).all()
    assert len(found) == 2 * (15 - 6 + 1)


def test_a_series_shorter_than_a_window_gives_no_decision():
    assert decisions([series(5)], rows=4, horizon=2, longest_gap_days=9).shape == (0, 2)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(20, 60), min_size=1, max_size=4),
    st.integers(1, 6),
    st.integers(1, 5),
    st.integers(0, 10**6),
)
def test_no_target_reaches_over_a_boundary_in_any_series(lengths, rows, horizon, seed):
    generator = np.random.default_rng(seed)
    panel = []
    for number, length in enumerate(lengths):
        days = np.sort(generator.choice(90, length, replace=False))
        panel.append(Series(f"S{number}", np.datetime64("2020-01-01") + days, np.zeros((length, 1))))
    found = decisions(panel, rows, horizon, longest_gap_days=90)
    decided = np.array([panel[n].dates[last] for n, last in found])
    settled = np.array([panel[n].dates[last + horizon] for n, last in found])
    limits = Boundaries(np.datetime64("2020-02-01"), np.datetime64("2020-03-01"))
    try:
        parts = split_by_date(decided, settled, limits)
    except UserError:
        return
    assert settled[parts[TRAIN]].max() < limits.validation <= decided[parts[VALIDATION]].min()
    assert settled[parts[VALIDATION]].max() < limits.test <= decided[parts[TEST]].min()
    used = np.concatenate(list(parts.values()))
    assert len(np.unique(used)) == len(used)


def test_the_last_shares_of_the_dates_are_validation_and_test():
    dates = np.datetime64("2020-01-01") + np.repeat(np.arange(100), 3)
    limits = boundaries(dates, 0.2, 0.1)
    assert (limits.validation, limits.test) == (dates[210], dates[270])


def test_a_split_without_dates_is_an_error_that_names_it():
    dates = np.datetime64("2020-01-01") + np.arange(10)
    with pytest.raises(UserError, match="test split"):
        split_by_date(dates, dates + 1, Boundaries(dates[5], dates[9] + 5))


def test_windows_have_a_fingerprint_that_sees_every_value():
    one = series(10)
    found = decisions([one], 4, 2, 9)
    before = fingerprint(Examples(Windows([one], found, 4), Windows([one], found + np.array([0, 2]), 2)))
    one.values[5, 1] += 1e-9
    after = fingerprint(Examples(Windows([one], found, 4), Windows([one], found + np.array([0, 2]), 2)))
    assert before != after


def test_a_whole_series_is_a_window():
    one = series(7)
    assert Window.of(one).dates.tolist() == one.dates.tolist()
