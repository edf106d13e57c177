"""The network keeps its promises: strands are alike, padding is nothing, saved models answer the same."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from apps.dna.config import DnaConfig
from apps.dna.layers import PointMutations, RandomStrand, kmer_vectors, reverse_complemented
from apps.dna.model import PROBABILITIES, build, logit_layers, mean_logits, networks
from apps.dna.preprocess import DnaPreprocessor
from common.evaluation.calibration import scale_logits
from common.preprocessing.nucleotides import LETTERS, Record, distributions, encode, reverse_complement

CONFIG = DnaConfig(
    filters=6, width=5, kmer=3, kmer_embedding=4, second_filters=5, units=4, profiles=2, ensemble=1, seed=1
)


def _records(count, low, high, letters="ACGTN", seed=0):
    generator = np.random.default_rng(seed)
    lengths = generator.integers(low, high + 1, count)
    return [Record(str(i), "".join(generator.choice(list(letters), n))) for i, n in enumerate(lengths)]


def _answers(model, preprocessor, records, width=None):
    arrays = preprocessor.encode(records)
    rows = np.arange(len(records))
    inputs = {"sequence": arrays["sequence"].padded(rows, width or int(arrays["sequence"].lengths.max()))}
    if "lengths" in arrays:
        inputs["lengths"] = np.asarray(arrays["lengths"])
    return np.asarray(model(inputs, training=False)[PROBABILITIES])


def _moved(model):
    """Gives every weight another value than its first: normalisation included."""
    generator = np.random.default_rng(5)
    for variable in model.trainable_variables:
        variable.assign(variable + generator.normal(0, 0.3, variable.shape).astype("float32"))
    return model


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("strands", ["augment", "shared"])
def test_both_strands_get_the_same_answer(aligned, strands):
    preprocessor = DnaPreprocessor(("a", "b", "c"), 41, aligned, both_strands=True)
    model = _moved(build(replace(CONFIG, strands=strands), preprocessor).serving)
    records = _records(7, 41, 41) if aligned else _records(7, 20, 41)
    other = [Record(r.name, reverse_complement(r.sequence)) for r in records]
    np.testing.assert_allclose(_answers(model, preprocessor, records), _answers(model, preprocessor, other), atol=1e-5)


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("aligned", [True, False])
def test_padding_changes_nothing(aligned, both):
    preprocessor = DnaPreprocessor(("a", "b"), 45, aligned, both)
    model = _moved(build(CONFIG, preprocessor).serving)
    records = _records(5, 45 if aligned else 20, 45)
    expected = np.concatenate([_answers(model, preprocessor, [record]) for record in records])
    np.testing.assert_allclose(_answers(model, preprocessor, records), expected, atol=1e-5)
    np.testing.assert_allclose(_answers(model, preprocessor, records, 64), expected, atol=1e-5)


@pytest.mark.parametrize("both", [True, False])
def test_several_networks_learn_alone_and_answer_together(both):
    preprocessor = DnaPreprocessor(("a", "b", "c"), 24, aligned=True, both_strands=both, few=True)
    models, records = build(replace(CONFIG, ensemble=4), preprocessor), _records(6, 24, 24)
    _moved(models.serving)
    members = networks(models.serving)
    assert len(members) == 4
    bases = distributions()[np.stack([encode(record.sequence) for record in records])].astype("float32")
    alone = np.stack([np.asarray(mean_logits([member], preprocessor, bases)) for member in members])
    odds = np.exp(alone.mean(0))
    np.testing.assert_allclose(
        _answers(models.serving, preprocessor, records), odds / odds.sum(1, keepdims=True), atol=1e-5
    )
    found = np.asarray(models.training({"sequence": preprocessor.encode(records)["sequence"].padded(np.arange(6), 24)}))
    assert found.shape == (6, 4, 3)
    targets = np.array([0, 1, 2, 0, 1, 2], np.int32)
    losses = [np.asarray(models.loss.call(targets, found[:, number])) for number in range(4)]
    np.testing.assert_allclose(models.loss.call(targets, found), np.mean(losses, axis=0), rtol=1e-5)
    right = models.metrics[0]
    right.update_state(targets, found)
    assert float(right.result()) == pytest.approx((found.mean(1).argmax(1) == targets).mean())


def test_a_temperature_divides_all_that_adds_up_to_the_logits():
    preprocessor = DnaPreprocessor(("a", "b"), 24, aligned=True, both_strands=False, few=True)
    model, records = _moved(build(replace(CONFIG, ensemble=2), preprocessor).serving), _records(5, 24, 24)
    before = np.log(_answers(model, preprocessor, records))
    for layer in logit_layers(model):
        scale_logits(layer, 2.5)
    after = np.log(_answers(model, preprocessor, records))
    np.testing.assert_allclose(after[:, 1] - after[:, 0], (before[:, 1] - before[:, 0]) / 2.5, atol=1e-5)


def test_scores_of_letters_in_place_start_at_nothing_and_know_places():
    preprocessor = DnaPreprocessor(("a", "b"), 30, aligned=True, both_strands=False, few=True)
    model, records = build(CONFIG, preprocessor).serving, _records(4, 30, 30, "ACGT")
    (scores,) = [weight for weight in model.weights if "letter_scores" in weight.path]
    assert scores.shape == (30 * 4, 2) and not np.asarray(scores).any()
    before = _answers(model, preprocessor, records)
    place = np.zeros((30, 4, 2), np.float32)
    place[7, 2, 1] = 5  # a G at the eighth letter speaks for b
    scores.assign(place.reshape(120, 2))
    rises = _answers(model, preprocessor, records)[:, 1] > before[:, 1] + 1e-3
    assert list(rises) == [record.sequence[7] == "G" for record in records] and rises.any()


@pytest.mark.parametrize(
    "changes",
    [
        {"front": "kmers", "kmer": 2},
        {"front": "bases", "filters": 0, "pooling": "attention"},
        {"front": "bases", "second_filters": 0, "pool": 1, "cell": "lstm", "bidirectional": False, "pooling": "last"},
        {"pool": 3, "layers": 2, "cell": "simple_rnn"},
        {"few": "yes", "ensemble": 2},
    ],
)
@pytest.mark.parametrize("aligned", [True, False])
def test_options_build_run_and_reload(changes, aligned, tmp_path):
    preprocessor = DnaPreprocessor(("a", "b"), 30, aligned, both_strands=False, few="few" in changes)
    models = build(replace(CONFIG, **changes), preprocessor)
    records = _records(3, 30 if aligned else 20, 30)
    expected = _answers(models.serving, preprocessor, records)
    np.testing.assert_allclose(expected.sum(1), 1, rtol=1e-5)
    models.serving.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(_answers(again, preprocessor, records), expected, atol=1e-6)


def test_the_other_strand_in_the_graph_is_the_reverse_complement_of_the_letters():
    sequences = ["ACGTNRYK", "GGATC"]
    codes = np.zeros((2, 10), int)
    for row, sequence in enumerate(sequences):
        codes[row, : len(sequence)] = encode(sequence)
    bases = distributions()[codes]
    turned = np.asarray(reverse_complemented(bases, None, np.array([8, 5], np.int32)))
    for row, sequence in enumerate(sequences):
        wanted = distributions()[encode(reverse_complement(sequence))]
        np.testing.assert_array_equal(turned[row, : len(sequence)], wanted)
        assert not turned[row, len(sequence) :].any()
    fixed = np.asarray(reverse_complemented(bases[:1], 8))
    np.testing.assert_array_equal(fixed[0], distributions()[encode(reverse_complement(sequences[0]))])


def test_training_sees_each_strand_about_half_the_time():
    layer = RandomStrand(seed=3)
    bases, other = np.zeros((400, 6, 4), "float32"), np.ones((400, 5, 4), "float32")
    drawn = np.asarray(layer(bases, other, training=True))
    assert drawn.shape == (400, 5, 4)
    assert 0.4 < drawn[:, 0, 0].mean() < 0.6
    assert (drawn == drawn[:, :1, :1]).all()  # a whole record is turned, not letters of it
    assert not np.asarray(layer(bases, other, training=False)).any()


def test_mutations_change_the_share_they_should_and_no_padding():
    bases = np.zeros((50, 100, 4), "float32")
    bases[:, :80, 0] = 1
    found = np.asarray(PointMutations(0.2, seed=1)(bases, training=True))
    assert not found[:, 80:].any()
    np.testing.assert_array_equal(found[:, :80].sum(2), 1)
    shares = found[:, :80].mean((0, 1))
    np.testing.assert_allclose(shares, [0.85, 0.05, 0.05, 0.05], atol=0.015)
    np.testing.assert_array_equal(np.asarray(PointMutations(0.2, seed=1)(bases, training=False)), bases)


def test_a_kmer_with_an_ambiguous_letter_or_over_the_end_has_the_vector_of_its_own():
    bases = keras.Input((None, 4))
    model = keras.Model(bases, kmer_vectors(bases, 3, 2))
    table = np.arange(65)[:, None] * np.ones((1, 2))
    model.layers[-1].set_weights([table])
    found = np.asarray(model(distributions()[encode("ACGTNACG")][None]))[0, :, 0]
    index = {"ACG": 1 + 0 * 16 + 1 * 4 + 2, "CGT": 1 + 1 * 16 + 2 * 4 + 3}
    np.testing.assert_array_equal(found, [index["ACG"], index["CGT"], 0, 0, 0, index["ACG"], 0, 0])


def test_the_codes_of_the_specification_are_those_of_the_encoder():
    given = DnaPreprocessor(("a", "b"), 30, False, False).specification()
    assert [given["codes"][letter] for letter in LETTERS] == encode(LETTERS).tolist()
