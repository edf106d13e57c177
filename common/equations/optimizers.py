"""From gradients to new weights: clipping by global norm, gradient descent with momentum, and Adam."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def global_norm(gradients: Sequence[np.ndarray]) -> float:
    """The length of all gradients together, as one long vector."""
    return float(np.sqrt(sum(np.sum(gradient**2) for gradient in gradients)))


def clip_by_global_norm(gradients: Sequence[np.ndarray], limit: float) -> list[np.ndarray]:
    """Shortens the gradients to `limit` where they are longer (Pascanu, Mikolov and Bengio 2013, algorithm 1).

    All are scaled by one factor, so that the direction of the step stays.
    """
    norm = global_norm(gradients)
    scale = 1.0 if norm <= limit else limit / norm
    return [gradient * scale for gradient in gradients]


class Momentum:
    """Gradient descent with momentum (Polyak 1964): v = momentum * v - rate * g, then w = w + v."""

    def __init__(self, rate: float, momentum: float = 0.9) -> None:
        self.rate, self.momentum = rate, momentum
        self.velocity: list[np.ndarray] = []

    def step(self, weights: Sequence[np.ndarray], gradients: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The new weights."""
        before = self.velocity or [np.zeros_like(weight) for weight in weights]
        pairs = zip(before, gradients, strict=True)
        self.velocity = [self.momentum * velocity - self.rate * gradient for velocity, gradient in pairs]
        return [weight + velocity for weight, velocity in zip(weights, self.velocity, strict=True)]


class Adam:
    """Adam (Kingma and Ba 2015): steps of about `rate` in every weight, whatever the gradient's size."""

    def __init__(self, rate: float, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7) -> None:
        self.rate, self.beta_1, self.beta_2, self.epsilon = rate, beta_1, beta_2, epsilon
        self.first: list[np.ndarray] = []
        self.second: list[np.ndarray] = []
        self.count = 0

    def step(self, weights: Sequence[np.ndarray], gradients: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The new weights."""
        first = self.first or [np.zeros_like(weight) for weight in weights]
        second = self.second or [np.zeros_like(weight) for weight in weights]
        b1, b2 = self.beta_1, self.beta_2
        self.count += 1
        self.first = [b1 * m + (1 - b1) * g for m, g in zip(first, gradients, strict=True)]
        self.second = [b2 * v + (1 - b2) * g**2 for v, g in zip(second, gradients, strict=True)]
        rate = self.rate * np.sqrt(1 - b2**self.count) / (1 - b1**self.count)
        moments = zip(weights, self.first, self.second, strict=True)
        return [weight - rate * m / (np.sqrt(v) + self.epsilon) for weight, m, v in moments]
