"""The synthetic task can be solved from the first symbol only; the network's gradients are slopes."""

from __future__ import annotations

import numpy as np
import pytest

from common.equations import GRU, LSTM, MIN_GRU, SIMPLE_RNN, Cell
from common.equations.optimizers import Adam, Momentum
from common.inspection.long_memory import (
    CHANCE_LOSS,
    CLASSES,
    DISTRACTORS,
    answer,
    draw_sequences,
    new_network,
    spectral_radius,
    train,
)


def test_the_first_symbol_is_the_class_and_no_other_symbol_is_one() -> None:
    x, labels = draw_sequences(np.random.default_rng(0), 500, 6)
    assert x.shape == (500, 6, CLASSES + DISTRACTORS)
    assert (x.sum(axis=2) == 1).all()
    np.testing.assert_array_equal(x[:, 0].argmax(axis=1), labels)
    assert not x[:, 1:, :CLASSES].any()
    assert set(labels.tolist()) == set(range(CLASSES))
    assert x[:, 1:, CLASSES:].any(axis=(0, 1)).all()


@pytest.mark.parametrize("cell", [SIMPLE_RNN, LSTM, GRU, MIN_GRU], ids=lambda cell: cell.name)
def test_the_gradient_of_every_weight_is_its_slope(cell: Cell) -> None:
    generator = np.random.default_rng(0)
    network = new_network(cell, 3, generator)
    x, labels = draw_sequences(generator, 4, 5)
    found = answer(network, x, labels)
    for position, gradient in enumerate(found.weight_gradients):
        index = tuple(size // 2 for size in gradient.shape)
        losses = []
        for step in (1e-5, -1e-5):
            weights = [weight.copy() for weight in network.weights]
            weights[position][index] += step
            losses.append(answer(network.with_weights(weights), x, labels).loss)
        assert abs((losses[0] - losses[1]) / 2e-5 - gradient[index]) < 1e-8


def test_the_recurrent_kernel_gets_the_radius_asked_for() -> None:
    for radius in (0.5, 3.0):
        network = new_network(SIMPLE_RNN, 5, np.random.default_rng(1), radius)
        assert abs(spectral_radius(network.recurrent[1]) - radius) < 1e-12
    assert abs(spectral_radius(np.array([[0.0, -2.0], [2.0, 0.0]])) - 2.0) < 1e-12


def test_training_learns_a_short_memory() -> None:
    network = new_network(SIMPLE_RNN, 8, np.random.default_rng(0))
    data = np.random.default_rng(1)
    run = train(network, Adam(0.02), data, timesteps=3, updates=150, batch_size=32, clip_norm=1.0)
    assert run.losses[0] > 0.5 * CHANCE_LOSS
    assert run.losses[-1] < 0.1
    assert answer(run.network, *draw_sequences(data, 200, 3)).accuracy == 1.0


def test_clipping_bounds_the_first_step_and_nothing_else_changes() -> None:
    runs = []
    for clip_norm in (1e-3, None, 1e6):
        network = new_network(SIMPLE_RNN, 4, np.random.default_rng(0))
        data = np.random.default_rng(1)
        runs.append(train(network, Momentum(0.1), data, timesteps=4, updates=2, batch_size=8, clip_norm=clip_norm))
    clipped, free, loose = runs
    assert clipped.gradient_norms[0] == free.gradient_norms[0]
    assert abs(clipped.step_norms[0] - 0.1 * 1e-3) < 1e-12
    assert free.step_norms[0] > 10 * clipped.step_norms[0]
    assert free.losses == loose.losses
