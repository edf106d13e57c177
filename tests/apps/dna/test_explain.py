"""The importance of a position says what the answer rests on: the planted motifs of the sample."""

import argparse
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from apps.dna import commands, sample
from apps.dna.config import DnaConfig
from apps.dna.explain import METHODS, _differentiable, expected_kmers, explain_records, importance_ways
from apps.dna.layers import kmer_vectors
from apps.dna.model import build, mean_logits, networks
from apps.dna.preprocess import DnaPreprocessor
from common.errors import UserError
from common.preprocessing.nucleotides import Record, distributions, encode, reverse_complement
from tests.apps.dna.conftest import LENGTH


@pytest.fixture(scope="module")
def ways(trained):
    return importance_ways(trained)


def test_the_model_knows_the_order_of_the_motifs(trained):
    test = trained.splits["test"]
    answers = trained.outputs(test.inputs, "")["probabilities"].argmax(1)
    assert np.mean(answers == np.asarray(test.targets)) > 0.85


@pytest.mark.parametrize(("method", "least"), [("gradient", 0.55), ("integrated", 0.8), ("mutagenesis", 0.9)])
def test_importance_finds_the_planted_motifs(ways, method, least):
    """The most important stretch of nine letters is, in most records, a motif (by chance: in a third of them)."""
    found = 0
    for item in sample.draw(24, LENGTH, seed=77):  # records that the model has not seen
        values = ways[method](item.record, item.label)
        best = int(np.convolve(values, np.ones(9), "valid").argmax())
        inside = {place for start, end in item.spans for place in range(start, end)}
        found += len(inside & set(range(best, best + 9))) >= 5
    assert found / 24 > least


@pytest.mark.parametrize("method", METHODS)
def test_the_other_strand_has_the_mirrored_importance(ways, method):
    item = sample.draw(1, LENGTH, seed=5)[0]
    other = Record("other", reverse_complement(item.record.sequence))
    found, mirrored = (ways[method](record, item.label) for record in (item.record, other))
    np.testing.assert_allclose(found, mirrored[::-1], atol=1e-3)


def test_the_gradient_is_that_of_the_margin(trained, ways):
    """Moving a little towards another base changes the margin as the importance says."""
    record = sample.draw(1, LENGTH, seed=6)[0].record
    bases = distributions()[trained.preprocessor.codes(record)][None]
    lengths = tf.constant([bases.shape[1]], tf.int32)

    def margin(values):
        logits = mean_logits(networks(trained.model), trained.preprocessor, tf.constant(values, tf.float32), lengths)[0]
        return float(logits[1] - logits[0])

    found = ways["gradient"](record, 1)
    place, step = int(np.abs(found).argmax()), 0.02
    # the importance is the gradient at the letter less the mean over all four: move there from the uniform mixture
    away = bases.copy()
    away[0, place] += step * (0.25 - bases[0, place])
    assert (margin(bases) - margin(away)) / step == pytest.approx(found[place], rel=0.1)


def test_integrated_gradients_add_up_to_the_margin(trained, ways):
    record = sample.draw(1, LENGTH, seed=9)[0].record
    preprocessor = trained.preprocessor
    bases = distributions()[preprocessor.codes(record)][None]
    lengths = tf.constant([bases.shape[1]], tf.int32)
    both = [
        mean_logits(networks(trained.model), preprocessor, tf.constant(values), lengths).numpy()[0]
        for values in (bases, np.full_like(bases, 0.25))
    ]
    margins = [logits[1] - logits[0] for logits in both]
    assert ways["integrated"](record, 1).sum() == pytest.approx(margins[0] - margins[1], abs=0.15)


def test_the_files_name_every_position(trained, tmp_path):
    records = [item.record for item in sample.draw(3, LENGTH, seed=8)]
    explain_records(trained, records, METHODS, None, tmp_path / "out", 2)
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".png", ".png", ".tsv"]
    header, *rows = (tmp_path / "out" / "importance.tsv").read_text().splitlines()
    assert header.split("\t") == ["name", "class", "probability", "position", "letter", *METHODS]
    assert len(rows) == len(records[0]) + len(records[1])
    assert "".join(row.split("\t")[4] for row in rows) == records[0].sequence + records[1].sequence
    png = next((tmp_path / "out").glob("001_*.png")).read_bytes()
    assert png.startswith(b"\x89PNG") and len(png) > 5000


def test_the_expected_vector_of_clear_letters_is_the_one_looked_up():
    bases = keras.Input((None, 4))
    model = keras.Model(bases, kmer_vectors(bases, 3, 2))
    record = distributions()[encode("ACGTTGCATTA")][None]
    np.testing.assert_allclose(
        expected_kmers(tf.constant(record), model.get_layer("kmers").get_weights()[0]), model(record), atol=1e-6
    )


@pytest.mark.parametrize("aligned", [True, False])
def test_with_kmers_integrated_gradients_add_up_too(aligned):
    """The importances of a network of k-mers add up to what lies between it and a record of any bases."""
    keras.utils.set_random_seed(0)  # the way is cut in 16: how near the sum comes depends on the weights
    preprocessor = DnaPreprocessor(("a", "b"), 30, aligned, both_strands=True)
    config = DnaConfig(
        ensemble=2, kmer=3, front="kmers", filters=0, second_filters=0, pool=1, cell="gru", units=3, profiles=2
    )
    model = build(config, preprocessor).serving
    loaded = SimpleNamespace(preprocessor=preprocessor, model=model)
    letters = "".join(np.random.default_rng(0).choice(list("ACGT"), 30))
    found = importance_ways(loaded)["integrated"](Record("r", letters), 1)
    members = networks(model)
    soft = [_differentiable(network) for network in members]
    lengths = [] if aligned else [tf.constant([30], tf.int32)]
    bases = distributions()[encode(letters)][None]
    hard = mean_logits(members, preprocessor, tf.constant(bases), *lengths).numpy()[0]
    np.testing.assert_allclose(
        mean_logits(soft, preprocessor, tf.constant(bases), *lengths).numpy()[0], hard, atol=1e-5
    )
    base = mean_logits(soft, preprocessor, tf.constant(np.full_like(bases, 0.25)), *lengths).numpy()[0]
    assert found.sum() == pytest.approx((hard[1] - hard[0]) - (base[1] - base[0]), abs=1e-3)
    assert np.abs(found).max() > 1e-4


def test_the_command_keeps_other_files(trained, tmp_path):
    options = {"text": ["ACGT" * 12], "file": None, "stdin": None, "label": None, "limit": 1, "method": "gradient"}
    commands.explain(argparse.Namespace(**options, output=str(tmp_path / "out")), trained)
    assert (tmp_path / "out" / "importance.tsv").read_text().splitlines()[0].endswith("letter\tgradient")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    with pytest.raises(UserError, match="expected no folder, or one of `unroll explain`"):
        commands.explain(argparse.Namespace(**options, output=str(tmp_path / "full")), trained)
