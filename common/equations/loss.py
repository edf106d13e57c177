"""The loss at the output, and its gradient."""

from __future__ import annotations

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    """(..., classes) to probabilities; the maximum is taken off first, because exp overflows."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """-log p(label), averaged over the batch, and its derivative: (p - one_hot(label)) / batch.

    Args:
        logits: (batch, classes) float64.
        labels: (batch,) int.

    Returns:
        The loss, and dLoss/dlogits (batch, classes).
    """
    batch, classes = logits.shape
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))  # log p from here, not from p: p may be 0 in float64
    loss = float(np.mean(log_sum - shifted[np.arange(batch), labels]))
    return loss, (softmax(logits) - np.eye(classes)[labels]) / batch
