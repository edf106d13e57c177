"""Replays a bundle's testvectors.json on this machine: from raw inputs to tensors, outputs and answers, NumPy alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.data.ragged import Arrays
from common.errors import UserError
from common.files import read_json
from common.preprocessing import specification as spec
from export.answers import Answerer
from export.runtime import VECTORS
from export.vectors import EXACT, jsonable

# prices and logarithms of a beam search are sums and exponentials of outputs
_DECODED_FACTOR = 20
# above this tolerance (int8, int4) the best and the second answer may change places
_FAITHFUL = 1e-3
# raw prices hold logarithms, whose last digit differs from one processor to the next
_COMPUTED = 1e-12
# floats of tensors are written at seven digits
_WRITTEN = 1e-6


@dataclass(frozen=True)
class Replayed:
    """What a replay found.

    Attributes:
        vectors: test vectors whose tensors are equal and whose outputs are within the tolerance.
        answers: those of them whose decoded answers are equal, too; 0 where the tolerance is too wide to ask for it.
        documents: documents that were read as on the exporting machine.
        largest: the largest difference of a float output from Keras.
    """

    vectors: int
    answers: int
    documents: int
    largest: float


def replay(answerer: Answerer) -> Replayed:
    """Checks each test vector from its raw input on, and each document.

    Raises:
        UserError: there are none, or something differs (the place is named).
    """
    path = answerer.bundle.folder / VECTORS
    told = read_json(path)
    return spec.read_as(str(path), "test vectors", lambda: _replay(answerer, told))


def _replay(answerer: Answerer, told: Any) -> Replayed:
    bound, equal = told["tolerance"]["max_absolute"], told["tolerance"]["min_equal"]
    if not told["vectors"]:
        raise UserError(f"{answerer.bundle.folder / VECTORS}: expected test vectors, found none; export a run")
    largest, faithful = 0.0, bound <= _FAITHFUL
    for number, vector in enumerate(told["vectors"]):
        place = f"{VECTORS} {number}"
        raw = answerer.from_json(vector["raw"])
        arrays = answerer.encode([raw])
        for name, expected in vector["inputs"].items():
            _check_tensor(f"{place}, input {name}", arrays[name][0], expected)
        found = answerer.runtime.run(arrays)
        for name, expected in vector["outputs"].items():
            largest = max(largest, _check_output(f"{place}, output {name}", found[name][0], expected, bound, equal))
        record = answerer.decode([raw], found)[0].record
        if faithful:
            check_alike(record, vector["decoded"], _DECODED_FACTOR * bound, place)
    for number, case in enumerate(told["reading"]):
        place = f"{VECTORS}, document {number}"
        inputs = answerer.read_text(case["text"], case["single"])
        check_alike([jsonable(raw, EXACT) for raw in inputs], case["raw"], _COMPUTED, f"{place}, raw inputs")
        arrays = answerer.encode(inputs)
        for row, tensors in enumerate(case["inputs"]):
            for name, expected in tensors.items():
                _check_tensor(f"{place}, input {name}", arrays[name][row], expected)
    count = len(told["vectors"])
    return Replayed(count, count if faithful else 0, len(told["reading"]), largest)


def first_inputs(answerer: Answerer) -> Arrays:
    """The model's inputs of the first test vector.

    Raises:
        UserError: there is none.
    """
    path = answerer.bundle.folder / VECTORS
    told = read_json(path)
    return spec.read_as(
        str(path), "a test vector", lambda: answerer.encode([answerer.from_json(told["vectors"][0]["raw"])])
    )


def check_alike(found: Any, expected: Any, tolerance: float, place: str) -> None:
    """Two records are the same but for floats, which may differ by `tolerance` (times the number where above 1).

    Raises:
        UserError: they are not; the place is named.
    """
    if isinstance(expected, Mapping):
        if not isinstance(found, Mapping) or list(found) != list(expected):
            raise _different(place, list(expected), list(found) if isinstance(found, Mapping) else found)
        for key in expected:
            check_alike(found[key], expected[key], tolerance, f"{place}.{key}")
    elif isinstance(expected, list | tuple):
        if not isinstance(found, list | tuple) or len(found) != len(expected):
            raise _different(place, expected, found)
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            check_alike(one, other, tolerance, f"{place}[{number}]")
    elif isinstance(expected, float):
        close = isinstance(found, float | int) and math.isclose(
            found, expected, rel_tol=0, abs_tol=tolerance * max(1.0, abs(expected))
        )
        if not close:
            raise _different(place, expected, found)
    elif found != expected:
        raise _different(place, expected, found)


def _check_tensor(place: str, found: Any, expected: Any) -> None:
    """Whole numbers are equal; floats agree to the seven digits that they are written at."""
    given = np.asarray(found)
    wanted = np.array(expected).reshape(given.shape)
    same = (
        np.array_equal(given, wanted)
        if np.issubdtype(given.dtype, np.integer)
        else np.allclose(given, wanted, _WRITTEN, _WRITTEN)
    )
    if not same:
        raise _different(place, wanted.ravel()[:8].tolist(), given.ravel()[:8].tolist())


def _check_output(place: str, found: np.ndarray, given: Any, bound: float, equal: float) -> float:
    """Raises UserError outside the tolerance; returns the largest difference, of integers 0."""
    expected = np.array(given)
    kept = found[: len(expected)] if expected.ndim else found
    if np.issubdtype(kept.dtype, np.integer):
        share = float(np.mean(kept == expected))
        if share < equal:
            raise _different(place, f"{equal:.4f} of the labels equal", f"{share:.4f}")
        return 0.0
    largest = float(np.abs(kept - expected).max(initial=0.0))
    if not largest <= bound * max(1.0, float(np.abs(expected).max(initial=0.0))):
        raise _different(place, f"at most {bound:g} from Keras", f"{largest:g}")
    return largest


def _different(place: str, expected: Any, found: Any) -> UserError:
    return UserError(
        f"{place}: expected {str(expected)[:120]}, found {str(found)[:120]}; this machine does not answer as the "
        "exporting one did, do not use the bundle here"
    )
