"""The whole export of one model: convert, pass the gates, write the bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from common.app import ExportSpec, Runner
from common.console import counting
from common.data.ragged import Arrays, row_count
from common.errors import UserError
from export.agreement import check_agreement
from export.bundle import Contents, checked_assets, checked_output, write_bundle
from export.convert import Converted, Form, convert
from export.gates import (
    MAX_OTHER_BYTES,
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
from export.probes import Probes, pick
from export.reading_cases import reading_cases
from export.rows import LENGTHS, static_timesteps
from export.runtime import Runtime
from export.step_gate import StepDiffers, check_step
from export.vectors import Decode, vectors

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Options:
    """What a user may change about the gates.

    Attributes:
        max_metric_drop: how much worse the converted model's task metric may be, as a fraction.
        max_other_bytes: how many bytes of constants an int8 file may hold beside its int8 weights.
        tolerance: how far outputs may be from Keras; by the kind of weights when None.
        probes: encoded rows to compare on, at most.
        vectors: test vectors to write, at most.
        threads: CPU threads while the converted model is checked.
        reference: how Keras reads the rows that outputs are compared on: `trained`, batches padded as in training;
            `exact`, each row on its own without padding; `static`, each row padded to the static length.
        progress: show a bar on standard error while the test split runs, where there is a terminal.
    """

    max_metric_drop: float = 0.005
    max_other_bytes: int = MAX_OTHER_BYTES
    tolerance: Tolerance | None = None
    probes: int = 32
    vectors: int = 8
    threads: int = 1
    reference: Literal["trained", "exact", "static"] = "trained"
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
        form: how it was converted.
        converted: the model and how its layers fared.
        inventory: what the model is made of.
        gates: the gates, all passed.
        metrics: `{"keras": ..., "converted": ...}` of the task metric; empty when none was given.
    """

    output: Path
    form: Form
    converted: Converted
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
    form: Form = Form(step=True),
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
        form: the kind of weights and of loops, and whether a signature `step` is wanted.
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
    probes = pick(examples.arrays, spec, options.probes)
    converted, step_gates = _with_step(model, spec, form, probes, options.threads)
    found = inventory(converted.data)
    gates = [check_operators(found)]
    if form.weights == "int8":
        gates.append(check_size(found, options.max_other_bytes))
    runtime = Runtime(converted.data, spec.inputs, options.threads)
    tolerance = options.tolerance or TOLERANCES[form.weights]
    own = spec.without(LENGTHS) if form.lengths else spec
    # against Keras at the static length every value counts, also those of padded timesteps
    timed = set() if options.reference == "static" else time_outputs(model, own)
    padded = keras_runner(model, own, static=True)
    keras = padded if options.reference == "static" else keras_runner(model, own, exact=options.reference == "exact")
    gates.append(check_invocations(runtime, probes))
    # one row a batch: beside a long row a short one would be padded as far as on the device
    alone = keras if options.reference != "trained" else keras_runner(model, own, batch_size=1)
    gates.append(check_agreement(runtime, alone, padded, probes, timed, tolerance, static_timesteps(spec.inputs)))
    gates += step_gates
    metrics: dict[str, float] = {}
    if examples.metric is not None:
        with _watched(runtime, options.progress) as watched:
            gates.append(check_metric(examples.metric, keras, watched, options.max_metric_drop))
        metrics = {name: float(gates[-1].measured[name]) for name in ("keras", "converted")}
    few = pick(examples.arrays, spec, options.vectors)
    expected = keras(few.arrays)
    contents = Contents(
        application=application,
        model=converted,
        spec=spec,
        form=form,
        output_shapes=runtime.outputs,
        output_dtypes={name: runtime.dtypes[name] for name in spec.outputs},
        inventory=found,
        gates=gates,
        tolerance=tolerance,
        vectors=vectors(few, expected, spec, timed, examples.raw_inputs, examples.decode),
        assets=assets,
        reading=reading_cases(spec.preprocessing, assets),
    )
    return Summary(write_bundle(output, contents), form, converted, found, tuple(gates), metrics)


def _with_step(
    model: keras.Model, spec: ExportSpec, form: Form, probes: Probes, threads: int
) -> tuple[Converted, list[Gate]]:
    """The converted model, with the signature `step` only where it gives what `run` gives."""
    converted = convert(model, spec, form)
    if not converted.states:
        return converted, []
    try:
        return converted, [check_step(converted.data, Runtime(converted.data, spec.inputs, threads), probes)]
    except (StepDiffers, UserError) as reason:
        return replace(convert(model, spec, replace(form, step=False)), no_step=str(reason)), []


@contextmanager
def _watched(runtime: Runtime, show: bool) -> Iterator[Runner]:
    """The runtime as a Runner that shows a progress bar on standard error."""
    if not show:
        yield runtime
        return
    with counting("converted model on the test split") as update:
        yield lambda arrays: runtime.run(arrays, update)
