"""Tags to entities: what cannot be read is refused, and a run's probability is a chain."""

import numpy as np
import pytest

from common.decoding.entities import Entities, span_probability
from common.preprocessing.sentence import sentences_of
from common.preprocessing.tag_schemes import bioes_tags

ENTITIES = Entities("tags", bioes_tags(["LOC", "PER"]), 4)
SHAPES = {"tags": (1, 4), "marginals": (1, 4, 9), "onward": (1, 4)}


def test_the_probability_of_a_span_is_a_chain():
    assert span_probability(np.array([0.5, 0.9]), np.array([0.1, 0.8])) == pytest.approx(0.4)


def test_a_bundle_without_marginals_gives_entities_without_probability():
    inputs = sentences_of("Ann \U0001f600 met Bo today.", True)
    record = (
        Entities.from_json(ENTITIES.to_json(), SHAPES).answers(inputs, {"tags": np.array([[8, 0, 0, 8]])})[0].record
    )
    assert record["entities"] == [
        {"text": "Ann", "type": "PER", "start": 0, "end": 3},
        {"text": "Bo", "type": "PER", "start": 10, "end": 12},
    ]
    assert record["unread_from"] == 13


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"scheme": "IOB2"}, "scheme: expected one of BIOES"),
        ({"labels": ["O", "nonsense"]}, "expected O, or B-"),
        ({"output": "absent"}, "output: expected one of tags, marginals, onward"),
        ({"output": "marginals"}, r"expected tags \(1, words\)"),
        ({"marginals": "tags", "onward": "onward"}, "expected marginals of 4 words and 9 tags"),
    ],
)
def test_a_decoder_that_does_not_fit_the_model_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        Entities.from_json({**ENTITIES.to_json(), **changed}, SHAPES)
