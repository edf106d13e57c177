"""A SYNTHETIC problem of long memory, and a small network that is trained on it with the equations alone.

After Hochreiter and Schmidhuber (1997), section 5: the first symbol of a sequence is its class, every later symbol is
noise, and the answer is asked for at the end. Whatever is learnt must come back through all steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from common.equations import Cell, Gradients, Weights, backward, forward
from common.equations.initial import glorot_uniform, initial_weights
from common.equations.loss import cross_entropy
from common.equations.optimizers import Adam, Momentum, clip_by_global_norm, global_norm

CLASSES = 4
DISTRACTORS = 4  # symbols that never come first
CHANCE_ACCURACY, CHANCE_LOSS = 1 / CLASSES, float(np.log(CLASSES))


def draw_sequences(generator: np.random.Generator, count: int, timesteps: int) -> tuple[np.ndarray, np.ndarray]:
    """One-hot symbols (count, timesteps, classes + distractors) float64, and the classes (count,) int."""
    labels = generator.integers(0, CLASSES, count)
    symbols = CLASSES + generator.integers(0, DISTRACTORS, (count, timesteps))
    symbols[:, 0] = labels
    return np.eye(CLASSES + DISTRACTORS)[symbols], labels


@dataclass(frozen=True)
class Network:
    """A recurrent layer whose last state is turned into one logit a class: logits = h_T V + d."""

    cell: Cell
    recurrent: Weights
    readout: tuple[np.ndarray, np.ndarray]  # V (units, classes), d (classes,)

    @property
    def weights(self) -> list[np.ndarray]:
        """All of them, recurrent ones first."""
        return [*self.recurrent, *self.readout]

    def with_weights(self, weights: list[np.ndarray]) -> Network:
        """The same network with other weights, in the order of `weights`."""
        return Network(self.cell, tuple(weights[:-2]), (weights[-2], weights[-1]))


@dataclass(frozen=True)
class Answer:
    """What a batch gives: loss, accuracy, the gradient of every weight, and those through time."""

    loss: float
    accuracy: float
    weight_gradients: list[np.ndarray]
    through_time: Gradients


@dataclass(frozen=True)
class Training:
    """A trained network, and one number per update: the loss, the gradient's length, the length of the step taken."""

    network: Network
    losses: list[float]
    gradient_norms: list[float]
    step_norms: list[float]


def new_network(cell: Cell, units: int, generator: np.random.Generator, radius: float | None = None) -> Network:
    """A network with initial weights as Keras draws them.

    Args:
        radius: float. The recurrent kernel is scaled to this spectral radius; None leaves it as it is. For cells
            whose recurrent kernel is square, which is SimpleRNN.
    """
    weights = initial_weights(cell, CLASSES + DISTRACTORS, units, generator)
    if radius is not None:
        kernel, recurrent_kernel, bias = weights
        weights = (kernel, recurrent_kernel * (radius / spectral_radius(recurrent_kernel)), bias)
    return Network(cell, weights, (glorot_uniform((units, CLASSES), generator), np.zeros(CLASSES)))


def spectral_radius(matrix: np.ndarray) -> float:
    """The largest absolute value of an eigenvalue: the factor by which many products with the matrix grow, per step."""
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def answer(network: Network, x: np.ndarray, labels: np.ndarray) -> Answer:
    """Forward pass, loss at the last step, and back-propagation through time.

    Args:
        x: (batch, timesteps, features) float64.
        labels: (batch,) int.
    """
    V, d = network.readout
    trace = forward(network.cell, network.recurrent, x)
    h = trace.last[0]  # (batch, units)
    logits = h @ V + d
    loss, d_logits = cross_entropy(logits, labels)
    gradients = backward(trace, d_last=[d_logits @ V.T])
    accuracy = float(np.mean(logits.argmax(axis=1) == labels))
    return Answer(loss, accuracy, [*gradients.weights, h.T @ d_logits, d_logits.sum(axis=0)], gradients)


def train(
    network: Network,
    optimizer: Adam | Momentum,
    generator: np.random.Generator,
    *,
    timesteps: int,
    updates: int,
    batch_size: int,
    clip_norm: float | None,
    advance: Callable[[], None] = lambda: None,
) -> Training:
    """Trains on fresh sequences, never the same twice.

    Args:
        clip_norm: float. Gradients longer than this are shortened to it; None leaves them.
        advance: called after each update.
    """
    losses, gradient_norms, step_norms = [], [], []
    for _ in range(updates):
        found = answer(network, *draw_sequences(generator, batch_size, timesteps))
        gradients = found.weight_gradients
        losses.append(found.loss)
        gradient_norms.append(global_norm(gradients))
        if clip_norm is not None:
            gradients = clip_by_global_norm(gradients, clip_norm)
        before = network.weights
        network = network.with_weights(optimizer.step(before, gradients))
        step_norms.append(global_norm([new - old for new, old in zip(network.weights, before, strict=True)]))
        advance()
    return Training(network, losses, gradient_norms, step_norms)
