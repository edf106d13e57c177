"""The taggers to beat: what each can learn, what it cannot, and that they are bounded."""

import logging

import numpy as np
import pytest

from common.data.sampling import sampled_rows
from common.evaluation.tag_baselines import linear_crf, most_frequent_tags

WORDS = [["Mr", "Brown", "ran"], ["brown", "Bears", "ran"], ["Brown", "met", "Mr", "Green"], ["green", "Bears"]] * 10
TAGS = [["O", "S-PER", "O"], ["O", "O", "O"], ["S-PER", "O", "O", "S-PER"], ["O", "O"]] * 10


def test_a_word_gets_the_tag_it_had_most_often_and_an_unknown_one_the_commonest():
    assert most_frequent_tags(WORDS, TAGS, [["Brown", "brown", "zzz"], []]) == [["S-PER", "O", "O"], []]
    assert most_frequent_tags([], [], [["zzz"]]) == [["O"]]


def test_the_crf_learns_from_neighbours_what_the_most_frequent_tag_cannot():
    unknown = [["Mr", "Smith", "ran"]]
    assert most_frequent_tags(WORDS, TAGS, unknown) == [["O", "O", "O"]]
    assert linear_crf(WORDS, TAGS, unknown) == [["O", "S-PER", "O"]]


def test_the_crf_takes_a_sample_where_there_are_many_sentences(monkeypatch, caplog):
    monkeypatch.setattr("common.evaluation.tag_baselines._MOST_SENTENCES", 20)
    with caplog.at_level(logging.WARNING):
        first, again = (linear_crf(WORDS, TAGS, WORDS[:4], seed=3) for _ in range(2))
    assert first == again
    assert "linear CRF, sentences: trained on a sample of 20 of the 40" in caplog.text


@pytest.mark.parametrize("count", [0, 1, 5])
def test_few_rows_are_all_taken_in_their_order(count, caplog):
    assert sampled_rows(count, 5, 0, "x").tolist() == list(range(count))
    assert not caplog.records


def test_of_many_rows_a_sample_is_taken_each_once():
    rows = sampled_rows(100, 10, 1, "x")
    assert len(set(rows.tolist())) == 10
    assert np.array_equal(rows, sampled_rows(100, 10, 1, "x"))
    assert not np.array_equal(rows, sampled_rows(100, 10, 2, "x"))
