"""The CRF equals enumeration of every tag sequence: sums, best paths, marginals, gradients; padding changes nothing."""

import itertools
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from common.decoding.viterbi import viterbi
from common.layers.crf import CRF, CRFLoss, CRFMarginals, log_partition, path_score
from common.preprocessing.tag_schemes import bioes_tags, legal_moves

SIZES = [(steps, tags) for steps in range(1, 6) for tags in range(1, 5)]


class Case:
    """A CRF with random weights over three sentences of different length, and every sequence's score."""

    def __init__(self, steps: int, tags: int, scale: float = 2.0, seed: int = 0) -> None:
        generator = np.random.default_rng((seed, steps, tags))
        self.lengths = np.array([steps, max(1, steps - 1), 1], np.int32)
        self.emissions = (scale * generator.normal(size=(3, steps, tags))).astype(np.float32)
        self.layer = CRF(np.ones((tags + 1, tags + 1), bool))
        self.layer.build(self.emissions.shape)
        self.weights = [scale * generator.normal(size=w.shape).astype(np.float32) for w in self.layer.weights]
        self.layer.set_weights(self.weights)
        self.potentials = self.layer(self.emissions, self.lengths)
        self.paths = [list(itertools.product(range(tags), repeat=int(n))) for n in self.lengths]
        self.scores = [np.array([self.score(row, path) for path in self.paths[row]]) for row in range(3)]
        self.log_z = np.array([np.logaddexp.reduce(scores) for scores in self.scores])
        self.best = [self.paths[row][int(np.argmax(self.scores[row]))] for row in range(3)]

    def score(self, row: int, path: tuple[int, ...]) -> float:
        moves, start, end = (np.asarray(weight, np.float64) for weight in self.weights)
        total = start[path[0]] + end[path[-1]]
        total += sum(float(self.emissions[row, t, tag]) for t, tag in enumerate(path))
        return total + sum(moves[a, b] for a, b in itertools.pairwise(path))

    def padded(self, paths: list[tuple[int, ...]]) -> np.ndarray:
        out = np.zeros(self.emissions.shape[:2], np.int32)
        for row, path in enumerate(paths):
            out[row, : len(path)] = path
        return out


@pytest.mark.parametrize(("steps", "tags"), SIZES)
def test_sums_paths_and_marginals_equal_enumeration(steps, tags):
    case = Case(steps, tags)
    np.testing.assert_allclose(ops.convert_to_numpy(log_partition(case.potentials)), case.log_z, rtol=1e-5, atol=1e-5)
    found = ops.convert_to_numpy(case.layer(case.emissions, case.lengths, decode=True))
    np.testing.assert_array_equal(found, case.padded(case.best))
    marginals, onward = map(ops.convert_to_numpy, CRFMarginals()(case.potentials, found))
    for row, length in enumerate(case.lengths):
        shares = np.exp(case.scores[row] - case.log_z[row])
        expected = np.zeros((length, tags))
        for path, share in zip(case.paths[row], shares, strict=True):
            expected[np.arange(length), path] += share
        np.testing.assert_allclose(marginals[row, :length], expected, atol=1e-5)
        # the chain of conditional probabilities gives back the path's own
        chain = marginals[row, 0, found[row, 0]] * np.prod(onward[row, 1:length])
        assert chain == pytest.approx(shares.max(), abs=1e-5)


@pytest.mark.parametrize(("steps", "tags"), SIZES)
def test_the_loss_of_any_path_is_minus_its_log_probability(steps, tags):
    case, generator = Case(steps, tags), np.random.default_rng(steps)
    chosen = [generator.integers(len(paths)) for paths in case.paths]
    truth = case.padded([paths[i] for paths, i in zip(case.paths, chosen, strict=True)])
    expected = case.log_z - [scores[i] for scores, i in zip(case.scores, chosen, strict=True)]
    loss = CRFLoss(reduction=None)(truth, case.potentials)
    np.testing.assert_allclose(ops.convert_to_numpy(loss), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        ops.convert_to_numpy(path_score(case.potentials, truth)), case.log_z - expected, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(("steps", "tags"), [(1, 3), (3, 4), (5, 2)])
def test_gradients_equal_central_differences_of_the_enumeration(steps, tags):
    tf = pytest.importorskip("tensorflow")
    case = Case(steps, tags, scale=0.7)
    emissions = tf.Variable(case.emissions)
    truth = case.padded(case.best)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(CRFLoss(reduction=None)(truth, case.layer(emissions, case.lengths)))
    watched = [emissions, *(weight.value for weight in case.layer.weights)]
    found = [np.asarray(gradient) for gradient in tape.gradient(loss, watched)]

    def total() -> float:
        pairs = zip(case.paths, case.best, strict=True)
        return sum(
            np.logaddexp.reduce([case.score(row, path) for path in paths]) - case.score(row, best)
            for row, (paths, best) in enumerate(pairs)
        )

    case.emissions = case.emissions.astype(np.float64)
    case.weights = [weight.astype(np.float64) for weight in case.weights]
    for values, gradient in zip([case.emissions, *case.weights], found, strict=True):
        for place in np.ndindex(values.shape):
            before, step = values[place], 1e-5
            values[place] = before + step
            above = total()
            values[place] = before - step
            expected, values[place] = (above - total()) / (2 * step), before
            assert gradient[place] == pytest.approx(expected, abs=2e-4)


def test_large_scores_stay_finite_and_exact():
    case = Case(4, 3, scale=300.0)
    np.testing.assert_allclose(ops.convert_to_numpy(log_partition(case.potentials)), case.log_z, rtol=1e-5)


def test_illegal_moves_never_happen_and_the_path_is_the_reference_s():
    tags = bioes_tags(("LOC", "PER"))
    legal, generator = legal_moves(tags), np.random.default_rng(3)
    layer = CRF(legal)
    emissions = (4 * generator.normal(size=(200, 12, len(tags)))).astype(np.float32)
    lengths = generator.integers(1, 13, 200).astype(np.int32)
    layer.build(emissions.shape)
    weights = [generator.normal(size=w.shape).astype(np.float32) for w in layer.weights]
    layer.set_weights(weights)
    moves, start, end = weights
    never = np.where(legal, 0.0, -np.inf)
    scores = (moves + never[:-1, :-1], start + never[-1, :-1], end + never[:-1, -1])
    found = ops.convert_to_numpy(layer(emissions, lengths, decode=True))
    for row, length in enumerate(lengths):
        path = [len(tags), *found[row, :length], len(tags)]
        assert all(legal[a, b] for a, b in itertools.pairwise(path))
        assert found[row, :length].tolist() == viterbi(emissions[row, :length], *scores).tolist()
        assert not found[row, length:].any()


def test_more_padding_changes_no_result():
    case = Case(4, 3)
    wide = np.pad(case.emissions, [(0, 0), (0, 5), (0, 0)], constant_values=9.0)
    potentials = case.layer(wide, case.lengths)
    np.testing.assert_allclose(
        ops.convert_to_numpy(log_partition(potentials)), ops.convert_to_numpy(log_partition(case.potentials)), rtol=1e-6
    )
    path = ops.convert_to_numpy(case.layer(wide, case.lengths, decode=True))
    np.testing.assert_array_equal(path[:, :4], case.padded(case.best))
    truth = np.pad(case.padded(case.best), [(0, 0), (0, 5)])
    np.testing.assert_allclose(
        ops.convert_to_numpy(CRFLoss(reduction=None)(truth, potentials)),
        ops.convert_to_numpy(CRFLoss(reduction=None)(truth[:, :4], case.potentials)),
        rtol=1e-5,
        atol=1e-5,
    )


def test_a_model_trains_and_is_the_same_after_saving(tmp_path: Path):
    keras.utils.set_random_seed(0)
    legal = legal_moves(bioes_tags(("A",)))
    sequence, lengths = keras.Input((None, 5), name="x"), keras.Input((), dtype="int32", name="lengths")
    potentials = CRF(legal)(keras.layers.Dense(5)(sequence), lengths)
    model = keras.Model([sequence, lengths], potentials)
    model.compile("adam", CRFLoss())
    truth = np.array([[0, 1, 3, 0], [4, 0, 0, 0]], np.int32)
    inputs = [np.eye(5, dtype=np.float32)[truth], np.array([4, 2], np.int32)]
    before = model.evaluate(inputs, truth, verbose=0)
    model.optimizer.learning_rate = 0.1
    model.fit(inputs, truth, epochs=60, verbose=0)
    assert model.evaluate(inputs, truth, verbose=0) < 0.1 < before
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.loss, CRFLoss)
    np.testing.assert_array_equal(loaded.predict(inputs, verbose=0), model.predict(inputs, verbose=0))


@pytest.mark.parametrize("legal", [np.ones((2, 3), bool), np.ones((1, 1), bool)])
def test_other_tables_of_moves_are_refused(legal):
    with pytest.raises(ValueError, match="expected a square"):
        CRF(legal)
