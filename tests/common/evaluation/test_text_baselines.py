"""The baselines see the training split only, are as strong as scikit-learn's, and work on next to nothing."""

import logging
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from common.evaluation.ngrams import TOKEN, fit_ngrams, tokens
from common.evaluation.text_baselines import MAJORITY, NAIVE_BAYES, TFIDF, _log_count_ratios, _tfidf, text_baselines

WORDS = ["good", "bad", "film", "not", "very", "plot", "actor", "scene"]
_texts = st.lists(st.lists(st.sampled_from([*WORDS, "!", "<br />", "."]), max_size=9).map(" ".join), max_size=12)


def _reviews(rows, seed=0, classes=2):
    """Texts of twenty random words and one or two that tell the class."""
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, classes, rows)
    texts = [
        " ".join(generator.permutation([*generator.choice(WORDS, 20), f"class{target}", "a"])) for target in targets
    ]
    return texts, targets


@settings(max_examples=40, deadline=None)
@given(_texts, _texts, st.integers(1, 3))
def test_ngram_counts_are_those_of_scikit_learn(train, other, min_texts):
    ngrams, counts = fit_ngrams(train, min_texts)
    vectorizer = CountVectorizer(ngram_range=(1, 2), tokenizer=tokens, lowercase=False, token_pattern=None)
    if not any(map(tokens, train)):
        assert counts.shape == (len(train), 0)
        return
    expected = vectorizer.fit_transform(train).toarray()
    kept = (expected > 0).sum(0) >= min_texts
    in_words = sorted(ngrams.words)
    names = []
    for key in ngrams.keys:
        first, second = divmod(int(key), len(in_words))
        names.append(in_words[second] if not first else f"{in_words[first - 1]} {in_words[second]}")
    columns = [vectorizer.vocabulary_[name] for name in names]
    assert sorted(columns) == list(np.flatnonzero(kept))
    assert np.array_equal(counts.toarray(), expected[:, columns])
    if other:
        assert np.array_equal(ngrams.counts(other).toarray(), vectorizer.transform(other).toarray()[:, columns])


def test_blocks_of_texts_change_nothing(monkeypatch):
    texts, _ = _reviews(50)
    whole, counts = fit_ngrams(texts, 2)
    monkeypatch.setattr("common.evaluation.ngrams._BLOCK", 7)
    parts, in_parts = fit_ngrams(texts, 2)
    assert np.array_equal(whole.keys, parts.keys)
    assert (counts != in_parts).nnz == 0
    assert (counts != parts.counts(texts)).nnz == 0


def test_tfidf_is_that_of_scikit_learn():
    texts, _ = _reviews(40)
    _, counts = fit_ngrams(texts, 2)
    ours = _tfidf(counts)(counts, 0).toarray()
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=TOKEN.pattern)
    theirs = vectorizer.fit_transform(texts).toarray()
    assert np.allclose(np.sort(ours, axis=1), np.sort(theirs, axis=1))


def test_log_count_ratio_is_the_papers():
    texts, targets = ["good film", "good plot", "bad film", "bad"], np.array([1, 1, 0, 0])
    ngrams, counts = fit_ngrams(texts, 1)
    row = _log_count_ratios(counts, targets, 2)(ngrams.counts(["good"]), 1).toarray()[0]
    inside, outside = 6 + 7, 4 + 7  # occurrences in the class and outside it, seven features smoothed by one
    assert row.max() == pytest.approx(np.log((3 / inside) / (1 / outside)))


@pytest.mark.parametrize("text", ["Don't<br />GO!", "don't\ngo !", "don’t go!"])
def test_tokens_are_lower_case_words_without_markup(text):
    assert tokens(text) == ["don", "t", "go", "!"]


def test_tokens_of_other_scripts_are_whole_words_or_characters():
    assert tokens("Это хорошо.") == ["это", "хорошо"]
    assert tokens("很好,ok") == ["很", "好", "ok"]
    assert tokens("अच्छी फिल्म") == ["अच्छी", "फिल्म"]


@pytest.mark.parametrize("classes", [2, 3])
def test_linear_baselines_learn_what_tells_the_classes_apart(classes):
    texts, targets = _reviews(300, 0, classes)
    held_out, truth = _reviews(100, 1, classes)
    answers = text_baselines(texts, targets, held_out, classes, validation=_reviews(50, 2, classes))
    assert list(answers) == [MAJORITY, TFIDF, NAIVE_BAYES]
    for name, probabilities in answers.items():
        assert probabilities.shape == (100, classes)
        assert np.allclose(probabilities.sum(1), 1)
        assert np.isfinite(probabilities).all()
        if name != MAJORITY:
            assert np.mean(probabilities.argmax(1) == truth) > 0.97
    assert np.allclose(answers[MAJORITY], np.bincount(targets, minlength=classes) / 300)


def test_a_class_absent_from_training_gets_no_probability():
    texts, targets = _reviews(60, 0, 2)
    answers = text_baselines(texts, targets * 2, texts[:5], 4)
    for probabilities in answers.values():
        assert probabilities.shape == (5, 4)
        assert np.allclose(probabilities[:, [1, 3]], 0)
        assert np.allclose(probabilities.sum(1), 1)
    assert (answers[NAIVE_BAYES].argmax(1) == targets[:5] * 2).all()


@pytest.mark.parametrize(
    ("texts", "targets"),
    [
        (["good", "bad"], [1, 0]),  # no word in two texts
        (["", ""], [0, 1]),
        ([".", "..."], [1, 0]),
        (["good film", "good film"], [1, 1]),  # one class
        (["good"], [0]),
        ([], []),
    ],
)
def test_where_nothing_can_be_learned_all_answer_like_the_majority(texts, targets, caplog):
    with caplog.at_level(logging.WARNING):
        answers = text_baselines(texts, targets, ["good", ""], 3)
    shares = np.bincount(np.array(targets, int), minlength=3) / len(targets) if targets else np.full(3, 1 / 3)
    for probabilities in answers.values():
        assert np.allclose(probabilities, np.tile(shares, (2, 1)))
    assert "answer like the majority" in caplog.text


def test_nothing_to_evaluate_and_texts_of_unknown_words_are_answered():
    texts, targets = _reviews(30)
    assert all(answer.shape == (0, 2) for answer in text_baselines(texts, targets, [], 2).values())
    answers = text_baselines(texts, targets, ["", "zzz"], 2, validation=([], []))
    assert all(np.allclose(answer.sum(1), 1) for answer in answers.values())


def test_answers_repeat_and_come_from_a_sample_where_there_are_many_texts(monkeypatch):
    texts, targets = _reviews(80)
    monkeypatch.setattr("common.evaluation.text_baselines._MOST_TEXTS", 40)
    first = text_baselines(texts, targets, texts, 2, seed=1)
    again = text_baselines(texts, targets, texts, 2, seed=1)
    other = text_baselines(texts, targets, texts, 2, seed=2)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first[TFIDF], other[TFIDF])
    assert np.array_equal(first[MAJORITY], other[MAJORITY])


def test_importing_the_lane_loads_neither_scikit_learn_nor_matplotlib_nor_tensorflow():
    modules = "common.evaluation.text_baselines, common.report.plots, common.report.card, common.report.tables"
    heavy = {"sklearn", "scipy", "matplotlib", "tensorflow", "keras", "rich"}
    code = f"import sys, {modules}; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
