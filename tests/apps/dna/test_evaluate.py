"""Answers for people and programs, inputs as people give them, and the calibration of the logits."""

import gzip
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from apps.dna.evaluate import evaluate, finish, predict, prediction_rows, score
from apps.dna.preprocess import DnaPreprocessor
from common.data.fasta import read_inputs, read_path
from common.data.splits import Examples
from common.errors import UserError
from common.evaluation.classification import ALL
from common.preprocessing.nucleotides import Record

PREPROCESSOR = DnaPreprocessor(("no", "yes"), 30, aligned=False, both_strands=False)
OUTPUTS = {"probabilities": np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], np.float32)}
RECORDS = [Record(name, "ACGTA" * 6) for name in ("a", "b", "c")]
EXAMPLES = Examples(RECORDS, [0, 1, 0], ["x.fa:1", "x.fa:3", "x.fa:5"])


def test_a_line_is_tab_separated_and_the_record_holds_every_class():
    answers = predict(PREPROCESSOR, RECORDS, OUTPUTS)
    assert answers[1].text == "b\tyes\t0.8000"
    assert answers[0].record["label"] == "no"
    assert answers[2].record["probabilities"] == {"no": 0.4, "yes": 0.6}
    assert answers[2].record["length"] == 30


def test_metrics_and_rows():
    assert tuple(evaluate(PREPROCESSOR, EXAMPLES, OUTPUTS)) == ALL
    found = score(PREPROCESSOR, EXAMPLES, OUTPUTS)
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["mcc"] == pytest.approx(0.5)
    rows = prediction_rows(PREPROCESSOR, EXAMPLES, OUTPUTS)
    assert rows[0] == ["origin", "name", "label", "answer", "probability_no", "probability_yes"]
    assert rows[3][:4] == ["x.fa:5", "c", "no", "yes"]


def test_inputs_are_fasta_one_sequence_or_one_a_line(tmp_path):
    assert read_inputs("acgu", True) == [Record("input", "ACGT")]
    assert read_inputs("ACGT\r\n\r\nGGCC\r\n", False) == [Record("line_1", "ACGT"), Record("line_2", "GGCC")]
    fasta = ">x words\r\nAC\r\nGT\r\n"
    assert read_inputs(fasta, True) == read_inputs(fasta, False) == [Record("x", "ACGT")]
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(fasta.encode()))
    assert read_path(path) == [Record("x", "ACGT")]
    with pytest.raises(UserError, match=r"record line_2: .* found '1' at position 3"):
        read_inputs("ACGT\nAC1T\n", False)


def test_the_temperature_divides_the_logits_of_the_saved_model():
    x = keras.Input((2,), name="x")
    network = keras.Model(x, keras.layers.Dense(2, name="logits")(x), name="network")
    model = keras.Model(x, {"probabilities": keras.layers.Softmax()(network(x))})
    network.get_layer("logits").set_weights([np.eye(2) * 10, np.zeros(2)])
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(4000, 2)).astype("float32")
    right = 1 / (1 + np.exp(-2 * (inputs[:, 1] - inputs[:, 0])))  # the truth is five times milder than the model
    targets = (generator.random(4000) < right).astype(int)
    validation = Examples(list(inputs), targets.tolist())
    for calibrate, expected in ((False, 10), (True, 2)):
        config = SimpleNamespace(calibrate=calibrate)
        finish(config, PREPROCESSOR, model, validation, {k: np.asarray(v) for k, v in model(inputs).items()})
        assert network.get_layer("logits").get_weights()[0][0, 0] == pytest.approx(expected, rel=0.1)
