"""The gate that compares a converted model's outputs with those of Keras, row by row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from common.app import Outputs, Runner
from common.errors import UserError
from export.gates import Gate, Tolerance
from export.probes import Probes


def check_agreement(
    converted: Runner,
    keras: Runner,
    padded_keras: Runner,
    probes: Probes,
    timed: Collection[str],
    allowed: Tolerance,
    static: int,
) -> Gate:
    """Compares on every probe; Keras sees rows padded as in training, the converted model rows of the static length.

    Args:
        converted: the converted model.
        keras: the Keras model, each batch padded to its own longest row.
        padded_keras: the Keras model at the static length; asked only to explain a failure.
        probes: the rows.
        timed: names of the outputs with a time axis, compared up to each row's length.
        allowed: the tolerance.
        static: the static length in timesteps.

    Raises:
        UserError: an output is further away than allowed, or not finite.
    """
    expected, found = keras(probes.arrays), converted(probes.arrays)
    lengths = [int(length) for length in probes.lengths]
    measured: dict[str, Any] = {"rows": len(lengths), "lengths": sorted(set(lengths)), "prefix_rows": probes.prefixes}
    measured |= {"max_absolute_allowed": allowed.max_absolute, "min_equal_allowed": allowed.min_equal, "outputs": {}}
    for name in found:
        result = compare(
            _valid(expected[name], name in timed, lengths, static), _valid(found[name], name in timed, lengths, static)
        )
        measured["outputs"][name] = result
        if not passes(result, allowed):
            raise UserError(_failure(name, result, allowed, padded_keras, expected, probes, timed, lengths, static))
    worst = ", ".join(f"{name} {describe(result)}" for name, result in measured["outputs"].items())
    kinds = len(set(lengths))
    cut = f", {probes.prefixes} of them prefixes of a real row" if probes.prefixes else ""
    detail = f"{len(lengths)} encoded rows of {kinds} lengths from {min(lengths)} to {max(lengths)}{cut}: {worst}"
    return Gate("agreement", detail, measured)


def compare(expected: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """Differences between two arrays (n, ...): how large for floats, the share of equal values for integers."""
    if np.issubdtype(expected.dtype, np.integer):
        return {"equal": float(np.mean(expected == found)) if expected.size else 1.0}
    reference, values = expected.astype(np.float64), found.astype(np.float64)
    gap = np.abs(values - reference)
    result = {
        "max_absolute": float(gap.max(initial=0)) if np.isfinite(gap).all() else float("inf"),
        "mean_absolute": float(gap.mean()) if np.isfinite(gap).all() else float("inf"),
        "scale": float(max(1.0, np.abs(reference).max(initial=0))),
    }
    if expected.ndim > 1 and expected.shape[-1] > 1:
        result["same_label"] = float(np.mean(reference.argmax(-1) == values.argmax(-1)))
    return result


def passes(result: dict[str, float], allowed: Tolerance) -> bool:
    """Whether the differences of one output are within the tolerance."""
    if "equal" in result:
        return result["equal"] >= allowed.min_equal
    return result["max_absolute"] <= allowed.max_absolute * result["scale"]


def describe(result: dict[str, float]) -> str:
    """The differences of one output, in words."""
    if "equal" in result:
        return f"{result['equal']:.4f} of the values equal"
    label = f", {result['same_label']:.4f} of the labels equal" if "same_label" in result else ""
    return f"differs by at most {result['max_absolute']:.2g}, {result['mean_absolute']:.2g} on average{label}"


def _valid(values: np.ndarray, timed: bool, lengths: list[int], static: int) -> np.ndarray:
    """The values that mean something: all, or those of the valid timesteps, one row after the other."""
    if not timed:
        return values
    stride = max(1, static // values.shape[1])
    return np.concatenate([row[: -(-length // stride)] for row, length in zip(values, lengths, strict=True)])


def _failure(
    name: str,
    result: dict[str, float],
    allowed: Tolerance,
    padded_keras: Runner,
    expected: Outputs,
    probes: Probes,
    timed: Collection[str],
    lengths: list[int],
    static: int,
) -> str:
    """The error's line; when Keras itself changes with the padding, that is the reason to name."""
    padded = _valid(padded_keras(probes.arrays)[name], name in timed, lengths, static)
    own = compare(_valid(expected[name], name in timed, lengths, static), padded)
    limit = (
        f"{allowed.min_equal:g} equal values"
        if "equal" in result
        else f"a difference of at most {allowed.max_absolute * result['scale']:g}"
    )
    if not passes(own, allowed):
        return (
            f"gate agreement: expected outputs that do not depend on the padding, found that Keras' own {name} "
            f"{describe(own)} when rows are padded to {static} timesteps; mask timesteps beyond `lengths`"
        )
    return (
        f"gate agreement: expected {limit} from Keras, found that {name} {describe(result)}; "
        "export with --weights float32, or find the layer by leaving out one at a time"
    )
