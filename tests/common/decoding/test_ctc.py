"""CTC in NumPy against the enumeration of all paths."""

import numpy as np
import pytest

from common.decoding.ctc import greedy_alignment, labels_of, negative_log_likelihood, real_frames


def test_the_likelihood_is_the_sum_over_all_paths(make_scores, enumerate_sequences) -> None:
    scores = make_scores(5, 3, 0)
    expected = enumerate_sequences(scores)
    labels = [key for key in expected if len(key) <= 4]
    found = negative_log_likelihood(np.tile(scores, (len(labels), 1, 1)), labels)
    np.testing.assert_allclose(found, [-expected[key] for key in labels], rtol=1e-9)


@pytest.mark.parametrize("padding", ["certain blanks", "zeros"])
def test_padding_changes_nothing(padding: str, make_scores) -> None:
    scores = make_scores(4, 3, 1)
    after = np.zeros((3, 3)) if padding == "zeros" else np.tile([0.0, -30, -30], (3, 1))
    padded = np.concatenate([scores, after])
    labels = [[1], [2, 1], []]
    np.testing.assert_allclose(
        negative_log_likelihood(np.tile(padded, (3, 1, 1)), labels),
        negative_log_likelihood(np.tile(scores, (3, 1, 1)), labels),
    )
    assert len(real_frames(padded)) == 4


def test_too_few_frames_are_all_but_impossible(make_scores) -> None:
    assert negative_log_likelihood(make_scores(3, 3, 2)[None], [[1, 1, 2]])[0] > 1e20


def test_the_greedy_path_with_its_frames() -> None:
    best = [0, 2, 2, 0, 2, 1, 0]
    scores = np.log(np.where(np.eye(3)[best] > 0, 0.8, 0.1))
    found = greedy_alignment(scores)
    assert [(part.label, part.start, part.end) for part in found] == [(2, 1, 3), (2, 4, 5), (1, 5, 6)]
    np.testing.assert_allclose([part.confidence for part in found], 0.8)
    assert labels_of(np.array([2, 2, 1, 0, 0])) == [2, 2, 1]
