"""Scores to a text with confidence and alternatives, as decoder.json says."""

import numpy as np
import pytest

from common.decoding.transcription import Transcription

DECODER = Transcription("scores", "labels", ("", "a", "b"))
SHAPES = {"scores": (1, 5, 3), "labels": (1, 5)}


def test_the_answer_of_a_line_of_certain_blanks_at_the_end():
    frames = [[0.1, 0.8, 0.1], [0.9, 0.05, 0.05], [0.2, 0.1, 0.7], [1, 1e-13, 1e-13], [1, 1e-13, 1e-13]]
    outputs = {"scores": np.log(np.array([frames], np.float32)), "labels": np.array([[1, 2, 0, 0, 0]])}
    record = Transcription.from_json(DECODER.to_json(), SHAPES).answers(outputs)[0].record
    assert (record["text"], record["frames"]) == ("ab", 3)
    assert [part["frames"] for part in record["characters"]] == [[0, 1], [2, 3]]
    assert record["confidence"] == pytest.approx(np.sqrt(0.8 * 0.7), abs=1e-4)
    assert record["alternatives"][0]["text"] == "ab" and len(record["alternatives"]) == 3


def test_the_search_is_part_of_the_decoder():
    outputs = {"scores": np.log(np.full((1, 5, 3), [0.98, 0.01, 0.01], np.float32)), "labels": np.zeros((1, 5), int)}
    narrow = Transcription.from_json({**DECODER.to_json(), "least_log_probability": -1}, SHAPES)
    assert [found["text"] for found in narrow.answers(outputs)[0].record["alternatives"]] == [""]
    assert len(DECODER.answers(outputs)[0].record["alternatives"]) == 3


def test_repeats_are_merged_where_the_model_gives_the_best_class_of_each_frame():
    live = Transcription("scores", "best", ("", "a", "b"), collapsed=False)
    loaded = Transcription.from_json(live.to_json(), {"scores": (1, 7, 3), "best": (1, 7)})
    assert loaded == live
    assert loaded.texts({"best": np.array([[1, 1, 0, 1, 2, 2, 0], [0] * 7, [2] * 7])}) == ["aab", "", "b"]


@pytest.mark.parametrize("changed", [{"labels": ["", "a"]}, {"labels": ["a", "b", "c"]}, {"greedy": "scores"}])
def test_a_decoder_that_does_not_fit_the_model_is_refused(changed):
    with pytest.raises(ValueError, match="labels: expected the blank and as many as scores"):
        Transcription.from_json({**DECODER.to_json(), **changed}, SHAPES)
