"""Prefix beam search against enumeration; the n-gram model against its formula."""

import numpy as np
import pytest

from common.decoding.beam import prefix_beam_search, texts
from common.decoding.character_ngrams import CharacterNgrams


@pytest.mark.parametrize("seed", range(6))
def test_a_wide_beam_finds_the_likeliest_sequences_with_their_probabilities(
    seed: int, make_scores, enumerate_sequences
) -> None:
    scores = make_scores(5, 4, seed)
    expected = sorted(enumerate_sequences(scores).items(), key=lambda item: -item[1])[:5]
    found = prefix_beam_search(scores, width=2000, least=-100)[:5]
    assert [h.labels for h in found] == [labels for labels, _ in expected]
    np.testing.assert_allclose([h.score for h in found], [score for _, score in expected], rtol=1e-9)


def test_the_language_model_is_weighed_once_for_each_label(make_scores, enumerate_sequences) -> None:
    scores = make_scores(5, 4, 9)
    model = CharacterNgrams([[1, 2, 3], [1, 2], [3, 3]], 4, order=3)

    def weighed(labels: tuple[int, ...], score: float) -> float:
        told = sum(float(model.scores(labels[:i])[label]) for i, label in enumerate(labels))
        return score + 0.7 * told + 0.3 * len(labels)

    expected = max((weighed(*item), item[0]) for item in enumerate_sequences(scores).items())
    found = prefix_beam_search(scores, 3000, model, 0.7, 0.3, least=-100)[0]
    assert found.labels == expected[1]
    np.testing.assert_allclose(found.score, expected[0], rtol=1e-9)


def test_no_frames_give_the_empty_text() -> None:
    found = prefix_beam_search(np.zeros((0, 3)))
    assert [h.labels for h in found] == [()]
    assert texts(found, ("", "a", "b")) == [""]


def test_probabilities_sum_to_one_after_any_context() -> None:
    model = CharacterNgrams([[1, 2, 1, 3], [2, 2]], 5, order=3)
    for context in [(), (1,), (1, 2), (4, 4), (3, 1, 2)]:
        probabilities = np.exp(model.scores(context))
        assert probabilities[0] == 0
        assert (probabilities[1:] > 0).all()
        np.testing.assert_allclose(probabilities.sum(), 1)


def test_the_smoothing_is_that_of_witten_and_bell() -> None:
    model = CharacterNgrams([[1, 1, 2]], 3, order=1)
    # one context of three labels, two kinds: (count + 2 * 1/2) / (3 + 2)
    np.testing.assert_allclose(np.exp(model.scores((2, 2)))[1:], [3 / 5, 2 / 5])


def test_a_known_text_is_less_surprising_than_another() -> None:
    model = CharacterNgrams([[1, 2, 3, 1, 2, 3]] * 4, 4, order=4)
    assert model.perplexity([[1, 2, 3]]) < 1.5 < model.perplexity([[3, 2, 1]])
