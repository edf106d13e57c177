"""One format of dates per file: found out where it is certain, refused where it is not."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.data.dates import FORMATS, parse_dates, parse_day
from common.errors import UserError


def parse(texts, given=""):
    return parse_dates(texts, [f"a.csv:{line}" for line in range(2, len(texts) + 2)], "--date-format", given)


@given(st.dates(date(1970, 1, 1), date(2060, 1, 1)), st.sampled_from(sorted(FORMATS.values())))
def test_every_format_is_read_back_where_day_and_month_can_be_told_apart(first, style):
    days = [first + timedelta(days=n) for n in range(60)]
    assert parse([day.strftime(style) for day in days]).tolist() == days


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-02 00:00:00-05:00",
        "2020-01-02T16:00:00Z",
        "2020-01-02 16:00:00.000",
        "2020-01-02 09:30:00 America/New_York",
    ],
)
def test_a_time_and_its_zone_are_dropped(text):
    assert parse([text]).tolist() == [date(2020, 1, 2)]


def test_two_formats_in_one_file_are_refused_by_line():
    with pytest.raises(UserError, match=r"a\.csv:4: expected a date like '2020-01-02'.*found '01/06/2020'"):
        parse(["2020-01-02", "2020-01-03", "01/06/2020"])


def test_day_and_month_that_cannot_be_told_apart_are_refused_until_a_format_is_given():
    texts = ["01/02/2020", "03/04/2020"]
    with pytest.raises(UserError, match=r"--date-format %m/%d/%Y or --date-format %d/%m/%Y"):
        parse(texts)
    assert parse(texts, "%d/%m/%Y").tolist() == [date(2020, 2, 1), date(2020, 4, 3)]


def test_no_date_at_all_is_refused_by_line():
    with pytest.raises(UserError, match=r"a\.csv:2: expected a date such as .* found 'soon'"):
        parse(["soon"])
    with pytest.raises(UserError, match=r"a\.csv:3: expected a date as %Y"):
        parse(["2020", "soon"], "%Y")


def test_a_flag_s_day_is_iso():
    assert parse_day("2020-02-29", "--start") == np.datetime64("2020-02-29")
    with pytest.raises(UserError, match=r"--start: expected a date such as 2020-12-31, found '29\.2\.20'"):
        parse_day("29.2.20", "--start")
