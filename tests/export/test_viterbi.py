"""The best path inside the converted graph, on a device's runtime, equals the reference."""

import keras
import numpy as np
import pytest

from common.app import ExportSpec, InputSpec
from common.decoding.viterbi import viterbi
from common.layers.crf import CRF
from common.preprocessing.tag_schemes import bioes_tags, legal_moves
from export.convert import to_tflite
from export.operators import inventory
from export.runtime import Runtime

STEPS, MATRICES = 24, 1000
TAGS = bioes_tags(("LOC", "ORG", "PER"))


def reference(emissions: np.ndarray, weights: list[np.ndarray]) -> list[int]:
    moves, start, end = weights
    never = np.where(legal_moves(TAGS), 0.0, -np.inf)
    path = viterbi(emissions, moves + never[:-1, :-1], start + never[-1, :-1], end + never[:-1, -1])
    return path.tolist()


@pytest.mark.parametrize("weights", ["float32", "int8"])
def test_a_thousand_random_score_matrices_decode_as_the_reference_does(weights):
    generator = np.random.default_rng(0)
    scores = keras.Input((None, len(TAGS)), name="scores")
    lengths = keras.Input((), dtype="int32", name="lengths")
    layer = CRF(legal_moves(TAGS))
    model = keras.Model({"scores": scores, "lengths": lengths}, {"tags": layer(scores, lengths, decode=True)})
    layer.set_weights([generator.normal(size=w.shape).astype(np.float32) for w in layer.weights])
    inputs = {"scores": InputSpec((STEPS, len(TAGS)), "float32"), "lengths": InputSpec((), "int32")}
    data = to_tflite(model, ExportSpec(inputs, ("tags",), {}, {}, ()), weights)
    assert not inventory(data).custom
    runtime = Runtime(data, inputs)
    for _ in range(MATRICES):
        emissions = (3 * generator.normal(size=(1, STEPS, len(TAGS)))).astype(np.float32)
        length = int(generator.integers(1, STEPS + 1))
        found = runtime.invoke({"scores": emissions, "lengths": np.array([length], np.int32)})["tags"][0]
        expected = reference(emissions[0, :length], layer.get_weights())
        assert found[:length].tolist() == expected
        assert not found[length:].any()
