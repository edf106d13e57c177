"""Error rates of texts: counted by hand, and the rules about spaces."""

import pytest

from common.evaluation.text_errors import compare_texts, confusions, point_rates, text_errors, text_metrics

WRITTEN = ["a cat sat", "the end .", "dog"]
READ = ["a cut sat", "the end.", ""]


def test_rates_are_errors_over_length() -> None:
    rates = point_rates(WRITTEN, READ)
    assert rates["cer"] == pytest.approx((1 + 1 + 3) / (9 + 9 + 3))
    assert rates["wer"] == pytest.approx((1 + 2 + 1) / (3 + 3 + 1))
    assert rates["cer_loose"] == pytest.approx((1 + 0 + 3) / (9 + 8 + 3))
    assert rates["line_accuracy"] == 0


def test_an_answer_longer_than_the_text_costs_more_than_one() -> None:
    assert point_rates(["a"], ["abcd"])["cer"] == 3


def test_intervals_contain_the_value() -> None:
    for interval in text_metrics(WRITTEN * 10, READ * 10, resamples=50).values():
        assert interval.low <= interval.value <= interval.high


def test_the_better_recogniser_has_the_lower_rate() -> None:
    found = compare_texts(WRITTEN * 10, WRITTEN * 10, READ * 10)
    assert found.metric == "cer"
    assert found.difference.high < 0


def test_confusions_are_counted_by_character() -> None:
    found = confusions(["cat", "cap", "bat"], ["cut", "cup", "bats"])
    assert found[0] == ("a", "u", 2)
    assert ("", "s", 1) in found


def test_an_empty_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="not empty"):
        text_errors(["a", " "], ["a", "b"])
