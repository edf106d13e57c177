"""Standard scaling of features: fitted on training rows, kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.preprocessing import specification as spec

SMALLEST = 1e-9  # of a scale


@dataclass(frozen=True)
class StandardScaler:
    """Subtracts a mean and divides by a scale, feature by feature, and cuts what lies further than `limit` scales off.

    Attributes:
        mean: (features,) float64.
        scale: (features,) float64, above zero.
        limit: float. Scaled values are clipped to [-limit, limit]: one wrong row must not drive a recurrent state.
    """

    mean: np.ndarray
    scale: np.ndarray
    limit: float = 8.0

    @classmethod
    def fit(cls, rows: np.ndarray, limit: float = 8.0) -> StandardScaler:
        """The scaler of (rows, features) training rows; a constant feature keeps the scale 1."""
        scale = rows.std(axis=0)
        return cls(rows.mean(axis=0), np.where(scale > SMALLEST, scale, 1.0), limit)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """(..., features) to (..., features) float32."""
        return np.clip((values - self.mean) / self.scale, -self.limit, self.limit).astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """JSON values; `from_json` gives the same bits back."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist(), "limit": self.limit}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StandardScaler:
        """What `to_json` gave.

        Raises:
            ValueError: something else.
        """
        mean, scale = spec.numbers(values, "mean"), spec.numbers(values, "scale", SMALLEST)
        if len(mean) != len(scale):
            raise ValueError(f"scale: expected a scale for each of {len(mean)} means, found {len(scale)}")
        return cls(np.array(mean), np.array(scale), spec.number(values, "limit", SMALLEST, 1e6))
