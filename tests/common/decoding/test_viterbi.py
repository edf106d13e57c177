"""The best path outside the graph is the best of all paths."""

import itertools

import numpy as np

from common.decoding.viterbi import viterbi


def test_it_is_the_best_of_all_paths():
    generator = np.random.default_rng(0)
    for _ in range(200):
        tags, steps = generator.integers(2, 5), generator.integers(1, 6)
        emissions, moves = generator.normal(size=(steps, tags)), generator.normal(size=(tags, tags))
        moves[generator.integers(tags), generator.integers(tags)] = -np.inf
        start, end = generator.normal(size=(2, tags))

        def score(path, emissions=emissions, moves=moves, start=start, end=end):
            walked = sum(moves[a, b] for a, b in itertools.pairwise(path))
            return start[path[0]] + end[path[-1]] + walked + sum(emissions[range(len(path)), path])

        expected = max(itertools.product(range(tags), repeat=int(steps)), key=score)
        assert viterbi(emissions, moves, start, end).tolist() == list(expected)


def test_nothing_has_no_path():
    assert viterbi(np.zeros((0, 3)), np.zeros((3, 3)), np.zeros(3), np.zeros(3)).tolist() == []


def test_of_equal_paths_the_lower_tags_are_taken():
    assert viterbi(np.zeros((4, 3)), np.zeros((3, 3)), np.zeros(3), np.zeros(3)).tolist() == [0, 0, 0, 0]
