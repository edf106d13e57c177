"""Steps a microcontroller model over a row, whatever interpreter runs it. NumPy only: it runs beside tflite-micro, too.

A device does the same in C: quantise the inputs, invoke, carry every state over by its two scales, read the outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

STATE, NEXT_STATE = "state_", "next_state_"
# stored inputs in the model's order -> stored outputs in the model's order
Invoke = Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]


@dataclass(frozen=True)
class MicroTensor:
    """An input or output: real value = scale * (stored - zero_point); scale 0 where values are stored as they are."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float = 0.0
    zero_point: int = 0

    def stored(self, real: np.ndarray) -> np.ndarray:
        """Values as the model stores them, out of range ones at its ends."""
        if not self.scale:
            return np.ascontiguousarray(real, self.dtype)
        ends = np.iinfo(self.dtype)
        return np.clip(np.rint(real / self.scale) + self.zero_point, ends.min, ends.max).astype(self.dtype)

    def real(self, stored: np.ndarray) -> np.ndarray:
        """float32 of what the model stored; integers that are no quantised values stay."""
        if not self.scale:
            return np.asarray(stored)
        return ((stored.astype(np.float32) - self.zero_point) * np.float32(self.scale)).astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """For the device's description."""
        return {**asdict(self), "shape": list(self.shape)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> MicroTensor:
        """What `to_json` gave."""
        return cls(**{**values, "shape": tuple(values["shape"])})


def run_row(
    invoke: Invoke,
    inputs: Sequence[MicroTensor],
    outputs: Sequence[MicroTensor],
    row: Mapping[str, np.ndarray],
    length: int,
) -> dict[str, np.ndarray]:
    """Runs one row, padded as for `run`: in one invocation, or step by step where the model has states.

    Args:
        invoke: runs the model once.
        inputs, outputs: its tensors.
        row: input name -> (1, timesteps, ...) or (1, ...) real values.
        length: real steps; a model without states does not look at it.

    Returns:
        output name -> (steps, ...): after every step, or (1, ...) of the whole row.
    """
    stepping = any(tensor.name.startswith(STATE) for tensor in inputs)
    values = {tensor.name: np.zeros(tensor.shape, np.float32) for tensor in inputs if tensor.name.startswith(STATE)}
    found: dict[str, list[np.ndarray]] = {}
    for step in range(length if stepping else 1):
        for tensor in inputs:
            if tensor.name in row:
                whole = row[tensor.name]
                values[tensor.name] = whole if whole.shape == tensor.shape else whole[:, step : step + 1]
        stored = invoke([tensor.stored(values[tensor.name]) for tensor in inputs])
        for tensor, value in zip(outputs, stored, strict=True):
            real = tensor.real(value)
            if tensor.name.startswith(NEXT_STATE):
                values[STATE + tensor.name.removeprefix(NEXT_STATE)] = real
            else:
                found.setdefault(tensor.name, []).append(real)
    return {name: np.concatenate(parts) for name, parts in found.items()}
