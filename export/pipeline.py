"""The whole export of one model: convert, pass the gates, write the bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.app import ExportSpec, Runner
from common.console import counting
from common.data.ragged import Arrays, row_count
from common.errors import UserError
from export.agreement import check_agreement
from export.bundle import Contents, checked_assets, checked_output, write_bundle
from export.convert import Weights, to_tflite
from export.gates import (
    MAX_OVERHEAD_BYTES,
    TOLERANCES,
    Gate,
    TaskMetric,
    Tolerance,
    check_invocations,
    check_metric,
    check_operators,
    check_size,
)
from export.keras_runner import keras_runner, time_outputs
from export.operators import Inventory, inventory
from export.probes import pick
from export.rows import static_timesteps
from export.runtime import Runtime
from export.vectors import Decode, vectors

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Options:
    """What a user may change about the gates.

    Attributes:
        max_metric_drop: how much worse the converted model's task metric may be, as a fraction.
        max_overhead_bytes: how much larger than its int8 weights an int8 file may be.
        tolerance: how far outputs may be from Keras; by the kind of weights when None.
        probes: encoded rows to compare on, at most.
        vectors: test vectors to write, at most.
        threads: CPU threads while the converted model is checked.
        progress: show a bar on standard error while the test split runs, where there is a terminal.
    """

    max_metric_drop: float = 0.005
    max_overhead_bytes: int = MAX_OVERHEAD_BYTES
    tolerance: Tolerance | None = None
    probes: int = 32
    vectors: int = 8
    threads: int = 1
    progress: bool = True


@dataclass(frozen=True)
class Examples:
    """Examples to check the converted model with.

    Attributes:
        arrays: encoded rows, as the preprocessor's `encode` gives them.
        raw_inputs: the raw input of each row; test vectors carry it.
        decode: raw inputs and outputs -> answers; test vectors carry those.
        metric: the task's metric on the test split; without it that gate is not run, and the report says so.
    """

    arrays: Arrays
    raw_inputs: Sequence[Any] | None = None
    decode: Decode | None = None
    metric: TaskMetric | None = None


@dataclass(frozen=True)
class Summary:
    """What an export gave.

    Attributes:
        output: the bundle's folder.
        weights: `float32`, `float16` or `int8`.
        inventory: what the model is made of.
        gates: the gates, all passed.
        metrics: `{"keras": ..., "converted": ...}` of the task metric; empty when none was given.
    """

    output: Path
    weights: str
    inventory: Inventory
    gates: tuple[Gate, ...]
    metrics: Mapping[str, float] = field(default_factory=dict)


def export_model(
    model: keras.Model,
    spec: ExportSpec,
    output: Path,
    *,
    application: str,
    examples: Examples,
    assets: Path | None = None,
    weights: Weights = "int8",
    options: Options = Options(),
) -> Summary:
    """Exports a serving model into a bundle; writes nothing unless every gate passes.

    Args:
        model: the serving model.
        spec: what the application says of it.
        output: the bundle's folder: absent, empty, or a bundle to replace.
        application: its name, for the manifest.
        examples: rows to check with.
        assets: the run's preprocessing folder.
        weights: `float32`, `float16` or `int8`.
        options: the gates' limits.

    Raises:
        UserError: a name, a place or a file is wrong, the model cannot be converted, or a gate fails.
    """
    output = checked_output(output)
    checked_assets(spec, assets)
    if examples.raw_inputs is not None and len(examples.raw_inputs) != row_count(examples.arrays):
        raise UserError(
            f"expected {row_count(examples.arrays)} raw inputs, one per encoded row, found {len(examples.raw_inputs)}"
        )
    data = to_tflite(model, spec, weights)
    found = inventory(data)
    gates = [check_operators(found)]
    if weights == "int8":
        gates.append(check_size(found, options.max_overhead_bytes))
    runtime = Runtime(data, spec.inputs, options.threads)
    tolerance = options.tolerance or TOLERANCES[weights]
    probes, timed = pick(examples.arrays, spec, options.probes), time_outputs(model, spec)
    keras, padded = keras_runner(model, spec), keras_runner(model, spec, static=True)
    gates.append(check_invocations(runtime, probes))
    gates.append(check_agreement(runtime, keras, padded, probes, timed, tolerance, static_timesteps(spec.inputs)))
    metrics: dict[str, float] = {}
    if examples.metric is not None:
        with _watched(runtime, options.progress) as converted:
            gates.append(check_metric(examples.metric, keras, converted, options.max_metric_drop))
        metrics = {name: float(gates[-1].measured[name]) for name in ("keras", "converted")}
    few = pick(examples.arrays, spec, options.vectors)
    expected = keras(few.arrays)
    contents = Contents(
        application=application,
        model=data,
        spec=spec,
        weights=weights,
        output_shapes=runtime.outputs,
        output_dtypes={name: runtime.dtypes[name] for name in spec.outputs},
        inventory=found,
        gates=gates,
        tolerance=tolerance,
        vectors=vectors(few, expected, spec, timed, examples.raw_inputs, examples.decode),
        assets=assets,
    )
    return Summary(write_bundle(output, contents), weights, found, tuple(gates), metrics)


@contextmanager
def _watched(runtime: Runtime, show: bool) -> Iterator[Runner]:
    """The runtime as a Runner that shows a progress bar on standard error."""
    if not show:
        yield runtime
        return
    with counting("converted model on the test split") as update:
        yield lambda arrays: runtime.run(arrays, update)
