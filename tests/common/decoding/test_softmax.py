"""Classes with probabilities, and what is said of each kind of input."""

import numpy as np
import pytest

from common.decoding.softmax import Softmax, character_answers, sequence_answers, text_answers
from common.preprocessing.nucleotides import Record

SOFTMAX = Softmax("p", ("no", "yes"))
OUTPUTS = {"p": np.array([[0.25, 0.75]], np.float32)}
ALL = {"no": 0.25, "yes": 0.75}


def test_each_kind_of_input_is_told_in_its_own_words():
    text = text_answers(SOFTMAX, ["a\n" + "b" * 200], OUTPUTS)[0]
    assert text.record == {"text": "a\n" + "b" * 200, "label": "yes", "probability": 0.75, "probabilities": ALL}
    assert text.text == "yes 0.750  a " + "b" * 97 + "\u2026"
    sequence = sequence_answers(SOFTMAX, [Record("r1", "ACGT")], OUTPUTS)[0]
    assert sequence.record == {"name": "r1", "length": 4, "label": "yes", "probability": 0.75, "probabilities": ALL}
    assert sequence.text == "r1\tyes\t0.7500"
    character = character_answers(SOFTMAX, OUTPUTS)[0]
    assert (character.text, character.record) == (
        "yes 0.750",
        {"text": "yes", "probability": 0.75, "probabilities": ALL},
    )


def test_the_decoder_survives_json_and_must_fit_the_model():
    assert Softmax.from_json(SOFTMAX.to_json(), {"p": (1, 2)}) == SOFTMAX
    with pytest.raises(ValueError, match=r"labels: expected as many as p \(1, 3\) has, found 2"):
        Softmax.from_json(SOFTMAX.to_json(), {"p": (1, 3)})
    with pytest.raises(ValueError, match='kind: expected one of softmax, found "ctc"'):
        Softmax.from_json({**SOFTMAX.to_json(), "kind": "ctc"}, {"p": (1, 2)})
