"""Standard scaling of features: fitted on training rows, kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


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
        return cls(rows.mean(axis=0), np.where(scale > 1e-9, scale, 1.0), limit)

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
            KeyError, TypeError, ValueError: something else.
        """
        mean, scale = np.array(values["mean"], np.float64), np.array(values["scale"], np.float64)
        if mean.shape != scale.shape or mean.ndim != 1 or not (scale > 0).all():
            raise ValueError(f"expected means and positive scales of one length, found {mean.shape} and {scale.shape}")
        return cls(mean, scale, float(values["limit"]))
