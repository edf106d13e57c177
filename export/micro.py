"""The lane `micro`: a model that TensorFlow Lite Micro runs, one timestep a call where the model has `step`.

Micro has no use for two signatures: the file holds the one subgraph that a device invokes. Without `step` (a
bidirectional model, a pooling over time) every step is written out, which needs more memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from common.app import ExportSpec, Outputs
from common.data.ragged import Arrays
from common.errors import UserError
from common.quiet import silenced
from export.agreement import compare, describe, passes
from export.calibration import LIMIT_SECONDS, quantised
from export.convert import Converted, Form, convert
from export.flatbuffer import pack, read
from export.gates import Gate, Tolerance
from export.keras_runner import keras_runner
from export.micro_form import alone, check_operators, check_types, tensors_of
from export.micro_runner import STATE, Invoke, MicroTensor, run_row
from export.probes import Probes, pick
from export.rows import SIGNATURE, STEP, padded_inputs
from export.runtime import Runtime
from export.step_gate import StepDiffers, check_step
from export.tidy import tidied

if TYPE_CHECKING:
    import keras

MicroWeights = Literal["int8", "int16x8", "float32"]
MICRO_WEIGHTS: tuple[MicroWeights, ...] = get_args(MicroWeights)
# Differences of outputs of order one. int8 states round at every step, and the rounding is carried on.
MICRO_TOLERANCES: Mapping[str, Tolerance] = {
    "float32": Tolerance(1e-4, 0.999),
    "int16x8": Tolerance(0.01, 0.95),
    "int8": Tolerance(0.1, 0.9),
}
_SAMPLES = 64
_MOST_STEPS = 2000


@dataclass(frozen=True)
class MicroModel:
    """A model for TensorFlow Lite Micro.

    Attributes:
        data: the .tflite file: one subgraph, one signature.
        signature: `step` (call it once a timestep, states in and out) or `run` (the whole padded row).
        why_run: why it is not `step`, in words; empty where it is.
        weights: a member of `MICRO_WEIGHTS`.
        inputs, outputs: tensors in the model's order.
        gates: what was measured: agreement with Keras.
    """

    data: bytes
    signature: str
    why_run: str
    weights: str
    inputs: tuple[MicroTensor, ...]
    outputs: tuple[MicroTensor, ...]
    gates: tuple[Gate, ...]


def to_micro(
    model: keras.Model,
    spec: ExportSpec,
    arrays: Arrays,
    weights: MicroWeights = "int8",
    *,
    step: bool = True,
    tolerance: Tolerance | None = None,
    limit_seconds: float = LIMIT_SECONDS,
) -> MicroModel:
    """Converts a model and compares it with Keras.

    Args:
        model: takes the inputs that `spec` names.
        spec: names and static shapes.
        arrays: encoded rows: real ones, for the ranges of all values and for the comparison.
        weights: `int8` (everything int8), `int16x8` (int8 weights, int16 values) or `float32`.
        step: one timestep a call where the model can; False writes out every step.
        tolerance: how far outputs may be from Keras; by the kind of weights when None.
        limit_seconds: for the quantiser.

    Raises:
        UserError: the model cannot be converted or quantised, needs an operator that Micro lacks, or differs.
    """
    if weights not in MICRO_WEIGHTS:
        raise UserError(f"--weights: expected one of {', '.join(MICRO_WEIGHTS)} for --lane micro, found {weights!r}")
    probes = pick(arrays, spec, _SAMPLES)
    converted = convert(model, spec, Form("float32", loops=False, step=step))
    signature, why_run = _signature(converted, spec, probes, step)
    plain = alone(converted.data, signature)
    check_operators(plain, converted.slow)
    data = pack(plain)
    if weights != "float32":
        inputs, outputs = tensors_of(data, signature)
        samples = _samples(litert(data), inputs, outputs, spec, probes)
        data = quantised(data, samples, {"int8": "int8", "int16x8": "int16"}[weights], limit_seconds)
        data = pack(tidied(read(data), "float32"))
        check_types(read(data), weights)
    inputs, outputs = tensors_of(data, signature)
    expected = keras_runner(model, spec, static=True)(probes.arrays)
    gate = check_micro(
        litert(data), inputs, outputs, spec, probes, expected, tolerance or MICRO_TOLERANCES[weights],
        "ai-edge-litert's Interpreter",
    )  # fmt: skip
    return MicroModel(data, signature, why_run, weights, inputs, outputs, (gate,))


def _signature(converted: Converted, spec: ExportSpec, probes: Probes, step: bool) -> tuple[str, str]:
    """Which signature goes to the device, and why not `step`."""
    if not step:
        return SIGNATURE, "every step is written out, as asked"
    if not converted.states:
        return SIGNATURE, converted.no_step
    try:
        check_step(converted.data, Runtime(converted.data, spec.inputs), probes)
    except StepDiffers as reason:
        return SIGNATURE, str(reason)
    return STEP, ""


def litert(data: bytes) -> Invoke:
    """The model in LiteRT's interpreter, whose integer kernels compute what Micro's compute up to rounding."""
    with silenced():
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(model_content=data)
        try:
            interpreter.allocate_tensors()
        except RuntimeError as error:
            raise UserError(
                f"--lane micro: expected a model that LiteRT runs, found: {str(error)[:200]}; use --weights float32"
            ) from error
    # the interpreter gives its details in the subgraph's order
    places = [item["index"] for item in interpreter.get_input_details()]
    results = [item["index"] for item in interpreter.get_output_details()]

    def invoke(values: Sequence[np.ndarray]) -> list[np.ndarray]:
        for index, value in zip(places, values, strict=True):
            interpreter.set_tensor(index, value)
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in results]

    return invoke


def _samples(
    invoke: Invoke, inputs: Sequence[MicroTensor], outputs: Sequence[MicroTensor], spec: ExportSpec, probes: Probes
) -> list[list[np.ndarray]]:
    """What the float model's inputs hold while it runs over the probes, states included: one list per input."""
    seen: list[list[np.ndarray]] = [[] for _ in inputs]

    def watched(values: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        for kept, value in zip(seen, values, strict=True):
            kept.append(value)
        return invoke(values)

    for row in range(len(probes.lengths)):
        if len(seen[0]) >= _MOST_STEPS:
            break
        run_row(watched, inputs, outputs, _row(spec, probes, row), int(probes.lengths[row]))
    return seen


def _row(spec: ExportSpec, probes: Probes, row: int) -> dict[str, np.ndarray]:
    return padded_inputs(probes.arrays, spec.inputs, np.array([row]))


def check_micro(
    invoke: Invoke,
    inputs: Sequence[MicroTensor],
    outputs: Sequence[MicroTensor],
    spec: ExportSpec,
    probes: Probes,
    expected: Outputs,
    allowed: Tolerance,
    runtime: str,
) -> Gate:
    """Compares with Keras on every probe: each step of an output with a time axis, else the answer at the end.

    Raises:
        UserError: an output is further away than allowed.
    """
    stepping = any(tensor.name.startswith(STATE) for tensor in inputs)
    pairs: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for row in range(len(probes.lengths)):
        length = int(probes.lengths[row])
        for name, found in run_row(invoke, inputs, outputs, _row(spec, probes, row), length).items():
            whole = expected[name][row]
            if stepping:
                each = found.ndim == whole.ndim + 1 and whole.shape[0] >= length and found.shape[1] == 1
                pair = (whole[:length], found[:, 0]) if each else (whole[None], found[-1:])
            else:
                pair = (whole[None], found)
            pairs.setdefault(name, []).append(pair)
    measured: dict[str, Any] = {}
    for name, both in pairs.items():
        wanted, found = (np.concatenate([_rows(pair[side]) for pair in both]) for side in (0, 1))
        result = compare(wanted, found)
        if not passes(result, allowed):
            raise UserError(
                f"--lane micro, gate agreement: expected at most {allowed.max_absolute:g}, found that {name} "
                f"{describe(result)}; give more examples, or use --weights int16x8 or float32"
            )
        measured[name] = result
    detail = ", ".join(f"{name} {describe(result)}" for name, result in measured.items())
    count = len(probes.lengths)
    return Gate("micro agreement", f"{count} rows in {runtime} against Keras: {detail}", measured)


def at_end(tensor: MicroTensor, whole: np.ndarray, length: int, stepping: bool) -> np.ndarray:
    """Keras' output of one row where a device's last invocation ends: its last real step, or all of it.

    Args:
        tensor: the device's output.
        whole: Keras' output of the row, padded to the static length where it has a time axis.
        length: the row's real steps.
        stepping: whether the device reads one step an invocation.
    """
    timed = stepping and len(tensor.shape) == whole.ndim + 1 and tensor.shape[1] == 1 and whole.shape[0] >= length
    return whole[length - 1] if timed else whole


def _rows(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values
