"""The loop over time: lengths, directions, errors at every step, and gradients equal to finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from common.equations import GRU, GRU_RESET_BEFORE, LSTM, MIN_GRU, SIMPLE_RNN, Cell, backward, forward

CELLS = {cell.name: cell for cell in (SIMPLE_RNN, LSTM, GRU, GRU_RESET_BEFORE, MIN_GRU)}
BATCH, TIMESTEPS, FEATURES, UNITS = 3, 5, 2, 3
LENGTHS = np.array([5, 2, 0])


def draw(cell: Cell, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray, list[np.ndarray]]:
    """Weights, inputs and initial state."""
    generator = np.random.default_rng(seed)
    weights = [generator.normal(scale=0.7, size=shape) for shape in cell.shapes(FEATURES, UNITS)]
    x = generator.normal(size=(BATCH, TIMESTEPS, FEATURES))
    return weights, x, [generator.normal(size=(BATCH, UNITS)) for _ in cell.state_names]


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("name", sorted(CELLS))
def test_every_gradient_is_the_slope_that_finite_differences_find(name: str, go_backwards: bool) -> None:
    cell = CELLS[name]
    weights, x, initial = draw(cell)
    generator = np.random.default_rng(1)
    d_states = generator.normal(size=(BATCH, TIMESTEPS, UNITS))  # errors at padded steps too: they reach the held state
    d_last = [generator.normal(size=(BATCH, UNITS)) for _ in initial]

    def loss() -> float:
        trace = forward(cell, weights, x, LENGTHS, initial, go_backwards)
        at_the_end = sum(float(np.sum(state * error)) for state, error in zip(trace.last, d_last, strict=True))
        return float(np.sum(trace.states[0] * d_states)) + at_the_end

    gradients = backward(forward(cell, weights, x, LENGTHS, initial, go_backwards), d_states, d_last)
    everything = zip(
        [*weights, x, *initial], [*gradients.weights, gradients.inputs, *gradients.initial_state], strict=True
    )
    for values, gradient in everything:
        for index in np.ndindex(values.shape):
            kept, losses = values[index], []
            for moved in (kept + 1e-5, kept - 1e-5):
                values[index] = moved
                losses.append(loss())
            values[index] = kept
            assert abs((losses[0] - losses[1]) / 2e-5 - gradient[index]) < 1e-7


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("name", sorted(CELLS))
def test_the_gradient_of_a_state_is_that_of_the_rest_of_the_way(name: str, go_backwards: bool) -> None:
    cell = CELLS[name]
    weights, x, _ = draw(cell)
    generator = np.random.default_rng(2)
    d_states = generator.normal(size=(BATCH, TIMESTEPS, UNITS))
    d_last = [generator.normal(size=(BATCH, UNITS)) for _ in cell.state_names]
    whole = forward(cell, weights, x, go_backwards=go_backwards)
    gradients = backward(whole, d_states, d_last)
    cut = 2
    after = slice(None, cut) if go_backwards else slice(cut + 1, None)
    # the way after step `cut`, with the state there as the initial one
    rest = forward(cell, weights, x[:, after], None, [states[:, cut] for states in whole.states], go_backwards)
    expected = [gradient.copy() for gradient in backward(rest, d_states[:, after], d_last).initial_state]
    expected[0] += d_states[:, cut]
    for found, wanted in zip(gradients.states, expected, strict=True):
        np.testing.assert_allclose(found[:, cut], wanted, atol=1e-12)
    np.testing.assert_allclose(gradients.norms[:, cut], [np.linalg.norm(wanted) for wanted in expected], atol=1e-12)


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("name", sorted(CELLS))
def test_padding_may_hold_anything(name: str, go_backwards: bool) -> None:
    cell = CELLS[name]
    weights, x, initial = draw(cell)
    d_last = [np.ones((BATCH, UNITS))]
    for row, length in enumerate(LENGTHS):
        alone = [state[row : row + 1] for state in initial]
        short = forward(cell, weights, x[row : row + 1, :length], None, alone, go_backwards)
        padded_x = x.copy()
        padded_x[row, length:] = np.nan
        padded = forward(cell, weights, padded_x, LENGTHS, initial, go_backwards)
        np.testing.assert_allclose(padded.states[0][row, :length], short.states[0][0], atol=1e-14)
        np.testing.assert_allclose(padded.last[0][row], short.last[0][0], atol=1e-14)
        gradients = backward(padded, d_last=d_last)
        assert all(np.isfinite(gradient).all() for gradient in gradients.weights)
        assert not gradients.inputs[row, length:].any()


@pytest.mark.parametrize("name", sorted(CELLS))
def test_backwards_is_forwards_over_the_reversed_row(name: str) -> None:
    cell = CELLS[name]
    weights, x, initial = draw(cell)
    backwards = forward(cell, weights, x, initial_state=initial, go_backwards=True)
    mirrored = forward(cell, weights, x[:, ::-1], initial_state=initial)
    np.testing.assert_array_equal(backwards.states[0], mirrored.states[0][:, ::-1])
    np.testing.assert_array_equal(backwards.last[0], backwards.states[0][:, 0])


@pytest.mark.parametrize("name", sorted(CELLS))
def test_a_padded_step_holds_the_state(name: str) -> None:
    cell = CELLS[name]
    weights, x, initial = draw(cell)
    onward = forward(cell, weights, x, LENGTHS, initial).states[0]
    np.testing.assert_array_equal(onward[1, 2:], np.repeat(onward[1, 1:2], TIMESTEPS - 2, axis=0))
    back = forward(cell, weights, x, LENGTHS, initial, go_backwards=True).states[0]
    np.testing.assert_array_equal(back[1, 2:], np.repeat(initial[0][1:2], TIMESTEPS - 2, axis=0))


def test_without_any_error_there_is_no_gradient() -> None:
    weights, x, _ = draw(LSTM)
    gradients = backward(forward(LSTM, weights, x))
    assert not any(gradient.any() for gradient in (*gradients.weights, gradients.inputs, gradients.norms))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"x": np.zeros((2, 3))}, r"x: expected \(batch, timesteps, features\)"),
        ({"x": np.zeros((2, 3, FEATURES + 1))}, "LSTM weights: expected the shapes"),
        ({"lengths": np.array([1, 2])}, "lengths: expected the shapes"),
        ({"lengths": np.array([1, 2, 6])}, "lengths: expected 0 to 5, found 1 to 6"),
        ({"initial_state": [np.zeros((BATCH, UNITS))]}, "initial state: expected the shapes"),
    ],
)
def test_a_shape_that_does_not_fit_is_named(arguments: dict, said: str) -> None:
    weights, x, _ = draw(LSTM)
    with pytest.raises(ValueError, match=said):
        forward(LSTM, weights, **{"x": x, **arguments})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"d_states": np.zeros((BATCH, TIMESTEPS, UNITS + 1))}, "d_states"),
        ({"d_last": [np.zeros(UNITS)]}, "d_last"),
        ({"d_last": [np.zeros((BATCH, UNITS))] * 3}, "d_last"),
    ],
)
def test_an_error_that_does_not_fit_is_named(arguments: dict, said: str) -> None:
    weights, x, _ = draw(LSTM)
    with pytest.raises(ValueError, match=f"{said}: expected the shapes"):
        backward(forward(LSTM, weights, x), **arguments)
