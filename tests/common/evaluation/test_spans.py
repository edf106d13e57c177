"""Span counts equal those of conlleval (its rules ported in seqeval) on any tags; intervals come from sentences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.evaluation.bootstrap import paired_bootstrap
from common.evaluation.spans import count_spans, rates, span_metrics
from common.preprocessing.tag_schemes import spans, to_iob2

seqeval = pytest.importorskip("seqeval.metrics")

any_tag = st.sampled_from(["O", *(f"{prefix}-{kind}" for prefix in "BIES" for kind in ("LOC", "PER", "ORG"))])
sentences = st.lists(st.lists(st.tuples(any_tag, any_tag), min_size=1, max_size=9), min_size=1, max_size=5)


def point(truth, answers):
    words = [["w"] * len(tags) for tags in truth]
    counts = count_spans(truth, answers, words)
    return {name: float(value[0]) for name, value in counts(np.ones((1, len(truth)))).items()}


@settings(max_examples=150, deadline=None)
@given(sentences)
def test_random_tags_score_as_seqeval_scores_them(pairs):
    truth, answers = ([[pair[side] for pair in sentence] for sentence in pairs] for side in (0, 1))
    found = point(truth, answers)
    if not any(spans(tags) for tags in truth + answers):
        assert np.isnan(found["f1"])
        return
    for name, score in (("precision", "precision_score"), ("recall", "recall_score"), ("f1", "f1_score")):
        expected = getattr(seqeval, score)(truth, answers, zero_division=0)
        assert found[name] == pytest.approx(float(expected), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(sentences)
def test_repaired_tags_score_as_strict_iob2(pairs):
    from seqeval.scheme import IOB2

    sides = [[[pair[side] for pair in sentence] for sentence in pairs] for side in (0, 1)]
    truth, answers = ([list(to_iob2(spans(tags), len(tags))) for tags in side] for side in sides)
    if not any(spans(tags) for tags in truth) or not any(spans(tags) for tags in answers):
        return
    expected = seqeval.f1_score(truth, answers, mode="strict", scheme=IOB2, zero_division=0)
    assert point(truth, answers)["f1"] == pytest.approx(float(expected), abs=1e-12)


def conlleval_chunks(tags):
    """An independent reading: the two predicates of conlleval.pl, word by word."""
    chunks, before, before_type, start = [], "O", "", None
    for place, tag in enumerate([*tags, "O"]):
        now, kind = (tag[0], tag[2:]) if tag != "O" else ("O", "")
        ends = before in "ES" or (before in "BI" and now in "BSO") or (before != "O" and before_type != kind)
        begins = now in "BS" or (before in "ESO" and now in "EI") or (now != "O" and before_type != kind)
        if start is not None and before != "O" and ends:
            chunks.append((start, place, before_type))
            start = None
        if begins:
            start = place
        before, before_type = now, kind
    return chunks


@given(st.lists(any_tag, max_size=12))
def test_spans_equal_an_independent_port_of_conlleval(tags):
    assert [tuple(span) for span in spans(tags)] == conlleval_chunks(tags)


def test_unseen_names_and_words_are_counted_by_hand():
    truth = [("B-PER", "I-PER", "O", "B-LOC"), ("B-LOC", "O")]
    answers = [("B-PER", "I-PER", "O", "O"), ("B-PER", "O")]
    words = [("Ann", "Lee", "in", "Rome"), ("Oslo", ".")]
    found = count_spans(truth, answers, words, {"Ann Lee"})(np.ones((1, 2)))
    assert found["precision"][0] == pytest.approx(1 / 2)
    assert found["recall"][0] == pytest.approx(1 / 3)
    assert found["unseen_f1"][0] == 0.0  # Oslo answered, Rome and Oslo true
    assert found["token_accuracy"][0] == pytest.approx(4 / 6)
    assert found["f1_PER"][0] == pytest.approx(2 / 3)
    assert found["f1_LOC"][0] == 0.0


def test_intervals_and_a_paired_comparison():
    truth = [("B-PER",)] * 40
    good, bad = ([("B-PER",)] * n + [("O",)] * (40 - n) for n in (36, 20))
    words = [("w",)] * 40
    first, second = (count_spans(truth, answers, words) for answers in (good, bad))
    interval = span_metrics(first)["recall"]
    assert interval.value == pytest.approx(0.9)
    assert interval.low < 0.9 < interval.high
    compared = paired_bootstrap("f1", first, second, 40)
    assert compared.difference.low > 0
    assert compared.p_value < 0.05


def test_other_lengths_are_refused_and_rates_of_nothing_are_no_number():
    with pytest.raises(ValueError, match="sentence 0"):
        count_spans([("O",)], [("O", "O")], [("w",)])
    assert np.isnan(rates(np.zeros(3))[2])
