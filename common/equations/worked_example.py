"""Two steps of a SimpleRNN with every number: by hand, by back-propagation through time, and by finite differences.

One feature, two units, two classes; a softmax and a cross-entropy at each step; the loss is the sum of both.

    python -m common.equations.worked_example
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from common.equations.loss import cross_entropy, softmax
from common.equations.simple_rnn import SIMPLE_RNN
from common.equations.through_time import backward, forward

X = np.array([[1.0], [0.5]])  # (timesteps, features)
LABELS = (0, 1)  # the class that is right at each step
PARAMETERS: Mapping[str, np.ndarray] = MappingProxyType(
    {
        "W": np.array([[0.5, -0.3]]),  # (features, units)
        "U": np.array([[0.4, 0.2], [-0.1, 0.3]]),  # (units, units)
        "b": np.array([0.1, -0.1]),  # (units,)
        "V": np.array([[1.0, -1.0], [0.5, 0.8]]),  # (units, classes)
        "d": np.array([0.0, 0.2]),  # (classes,)
        "h0": np.array([0.2, -0.4]),  # (units,)
    }
)


def values(parameters: Mapping[str, np.ndarray] = PARAMETERS) -> dict[str, np.ndarray]:
    """The forward pass without a loop: h1, h2 (units,), p1, p2 (classes,), and the loss ()."""
    W, U, b, V, d, h0 = (parameters[name] for name in ("W", "U", "b", "V", "d", "h0"))
    x1, x2 = X
    h1 = np.tanh(x1 @ W + h0 @ U + b)
    h2 = np.tanh(x2 @ W + h1 @ U + b)
    p1, p2 = softmax(h1 @ V + d), softmax(h2 @ V + d)
    loss = -np.log(p1[LABELS[0]]) - np.log(p2[LABELS[1]])
    return {"h1": h1, "h2": h2, "p1": p1, "p2": p2, "loss": loss}


def errors_by_hand() -> dict[str, np.ndarray]:
    """The errors on the way back, the last step first; e: at the logits, delta: at the sum inside tanh."""
    U, V = PARAMETERS["U"], PARAMETERS["V"]
    h1, h2, p1, p2 = (values()[name] for name in ("h1", "h2", "p1", "p2"))
    right = np.eye(2)
    e2 = p2 - right[LABELS[1]]
    delta2 = (V @ e2) * (1 - h2**2)  # nothing comes from later: there is no step 3
    e1 = p1 - right[LABELS[0]]
    delta1 = (V @ e1 + U @ delta2) * (1 - h1**2)  # the error of its own output, and what step 2 sends back
    return {"e1": e1, "e2": e2, "delta1": delta1, "delta2": delta2}


def gradients_by_hand() -> dict[str, np.ndarray]:
    """Every gradient as a sum over the two steps, in the shapes of `PARAMETERS`."""
    x1, x2 = X
    h0, h1, h2 = PARAMETERS["h0"], values()["h1"], values()["h2"]
    e1, e2, delta1, delta2 = (errors_by_hand()[name] for name in ("e1", "e2", "delta1", "delta2"))
    return {
        "W": np.outer(x1, delta1) + np.outer(x2, delta2),
        "U": np.outer(h0, delta1) + np.outer(h1, delta2),
        "b": delta1 + delta2,
        "V": np.outer(h1, e1) + np.outer(h2, e2),
        "d": e1 + e2,
        "h0": PARAMETERS["U"] @ delta1,
    }


def gradients_by_bptt() -> dict[str, np.ndarray]:
    """The same by the general functions, `forward` and `backward`."""
    W, U, b, V, d, h0 = (PARAMETERS[name] for name in ("W", "U", "b", "V", "d", "h0"))
    trace = forward(SIMPLE_RNN, (W, U, b), X[None], initial_state=[h0[None]])  # a batch of one
    h = trace.states[0][0]  # (timesteps, units)
    _, d_logits = cross_entropy(h @ V + d, np.array(LABELS))
    d_logits = d_logits * len(LABELS)  # the loss here is the sum over the steps, not the mean
    gradients = backward(trace, (d_logits @ V.T)[None])
    d_W, d_U, d_b = gradients.weights
    d_h0 = gradients.initial_state[0][0]
    return {"W": d_W, "U": d_U, "b": d_b, "V": h.T @ d_logits, "d": d_logits.sum(axis=0), "h0": d_h0}


def gradients_by_differences(step: float = 1e-5) -> dict[str, np.ndarray]:
    """The same without any derivative: (loss(w + step) - loss(w - step)) / (2 step), one number at a time."""
    found = {name: np.zeros_like(value) for name, value in PARAMETERS.items()}
    for name, gradient in found.items():
        for index in np.ndindex(gradient.shape):
            losses = []
            for sign in (1, -1):
                moved = {other: value.copy() for other, value in PARAMETERS.items()}
                moved[name][index] += sign * step
                losses.append(values(moved)["loss"])
            gradient[index] = (losses[0] - losses[1]) / (2 * step)
    return found


def report() -> str:
    """The example as a text of several lines, as docs/principles.md shows it."""
    forwards, errors = values(), errors_by_hand()
    ways = (gradients_by_hand(), gradients_by_bptt(), gradients_by_differences())
    lines = [
        *(f"h{t} = {_row(forwards[f'h{t}'])}   p{t} = {_row(forwards[f'p{t}'])}" for t in (1, 2)),
        f"loss = {forwards['loss']:.6f}",
        "",
        *(f"e{t} = {_row(errors[f'e{t}'])}   delta{t} = {_row(errors[f'delta{t}'])}" for t in (2, 1)),
        "",
        f"{'gradient':<10}{'by hand':>12}{'BPTT':>12}{'differences':>14}",
    ]
    for name, gradient in ways[0].items():
        for index in np.ndindex(gradient.shape):
            numbers = [way[name][index] for way in ways]
            label = f"{name}[{','.join(map(str, index))}]"
            lines.append(f"{label:<10}{numbers[0]:>12.6f}{numbers[1]:>12.6f}{numbers[2]:>14.6f}")
    return "\n".join(lines)


def _row(vector: np.ndarray) -> str:
    return "[" + " ".join(f"{number:9.6f}" for number in vector) + "]"


if __name__ == "__main__":
    print(report())
