"""The bundles of the lanes `mediapipe` and `micro`, each checked before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from common.app import ExportSpec, InputSpec
from common.data.ragged import Arrays
from common.errors import UserError
from export.agreement import check_agreement
from export.bundle import vectors_document
from export.convert import WEIGHTS, Weights
from export.gates import TOLERANCES, Gate, TaskMetric, check_metric
from export.keras_runner import keras_runner, time_outputs
from export.lane_bundle import write_lane
from export.mediapipe import text_task, to_mediapipe
from export.micro import MICRO_TOLERANCES, MICRO_WEIGHTS, MicroWeights, to_micro
from export.micro_check import measured as _measured
from export.micro_example import example
from export.micro_files import c_files
from export.micro_report import micro_report
from export.probes import pick
from export.rows import padded_inputs, static_timesteps
from export.runtime import Runtime
from export.vectors import Decode, vectors

if TYPE_CHECKING:
    import keras

MODEL = "model.tflite"
_ROWS = 8  # test vectors


def export_mediapipe(
    model: keras.Model,
    spec: ExportSpec,
    output: Path,
    *,
    application: str,
    arrays: Arrays,
    texts: Sequence[str],
    metric: TaskMetric,
    assets: Path,
    weights: Weights = "int8",
    max_metric_drop: float = 0.005,
) -> list[Gate]:
    """A text classifier for MediaPipe: the model agrees on our token ids, the metric holds on MediaPipe's.

    Args:
        model, spec, output, application, assets: as in `export.pipeline.export_model`.
        arrays: encoded rows to compare on.
        texts: the raw texts of the test split, which MediaPipe's tokenizer splits for the metric gate.
        metric: the task's metric; its rows are those of `texts`.
        weights: a member of `export.convert.WEIGHTS`.
        max_metric_drop: how much lower the metric may be.

    Raises:
        UserError: the model does not fit MediaPipe, or a gate fails; nothing is written.
    """
    if weights not in WEIGHTS:
        raise UserError(f"--weights: expected one of {', '.join(WEIGHTS)} with --lane mediapipe, found {weights}")
    task = text_task(spec, assets)
    data = to_mediapipe(model, spec, assets, weights)
    runtime = Runtime(data, {task.tokens: InputSpec((task.timesteps,), "int32")})
    probes = pick(arrays, spec, 32)
    keras, padded = keras_runner(model, spec, batch_size=1), keras_runner(model, spec, static=True)
    static = static_timesteps(spec.inputs)
    gates = [check_agreement(runtime, keras, padded, probes, set(), TOLERANCES[weights], static)]
    ids = task.encoder.encode
    tokens = np.stack([_padded(ids(text), task.timesteps) for text in texts])  # (texts, timesteps)
    try:
        gates.append(
            check_metric(metric, keras_runner(model, spec), lambda _: runtime({task.tokens: tokens}), max_metric_drop)
        )
    except UserError as error:
        full = int(np.sum(tokens[:, -1] != 0))
        raise UserError(
            f"{error}; MediaPipe keeps only the first {task.timesteps} tokens of a text, which cuts up to {full} of "
            f"these {len(texts)}: train with --head 1 or a larger --max-length"
        ) from error
    facts = {"application": application, "lane": "mediapipe", "weights": weights, "state": "stateless"}
    write_lane(output, {MODEL: data}, facts, gates, spec, assets)
    return gates


def _padded(ids: Any, timesteps: int) -> np.ndarray:
    found = np.zeros(timesteps, np.int32)
    found[: len(ids)] = ids
    return found


def export_micro(
    model: keras.Model,
    spec: ExportSpec,
    output: Path,
    *,
    application: str,
    arrays: Arrays,
    assets: Path | None,
    raw_inputs: Sequence[Any] | None = None,
    decode: Decode | None = None,
    weights: MicroWeights = "int8",
    micro_python: Path | None = None,
) -> tuple[list[Gate], str]:
    """A model for TensorFlow Lite Micro: the .tflite file, the same as a C array, a C++ example, and test vectors.

    Args:
        model, spec, output, application, assets: as in `export.pipeline.export_model`.
        arrays: encoded rows, for the ranges of the integers and to compare on.
        raw_inputs, decode: as in `export.pipeline.Examples`; None for a lone model.
        weights: a member of `export.micro.MICRO_WEIGHTS`.
        micro_python: an interpreter of an environment with `tflite-micro`, which then runs the test vectors; the least
            arena goes into the header and the report, and the answers are compared with Keras.

    Returns:
        The gates, passed, and why the model is not a `step`, in words (empty where it is).

    Raises:
        UserError: the model cannot be converted or quantised, or differs from Keras; nothing is written.
    """
    if weights not in MICRO_WEIGHTS:
        raise UserError(f"--weights: expected one of {', '.join(MICRO_WEIGHTS)} with --lane micro, found {weights}")
    made = to_micro(model, spec, arrays, weights)
    keras = keras_runner(model, spec, static=True)
    checked = pick(arrays, spec, _ROWS)
    measured = _measured(made, spec, checked, keras(checked.arrays), micro_python) if micro_python else None
    arena_bytes = measured.arena_bytes if measured else None
    header, source = c_files(made, "model", arena_bytes)
    probes = pick(arrays, spec, 1)
    answers = {name: values[0] for name, values in keras(probes.arrays).items()}
    row = padded_inputs(probes.arrays, spec.inputs, np.array([0]))
    main = example(made, row, int(probes.lengths[0]), answers)
    contents = {
        MODEL: made.data, "model.h": header.encode(), "model.cc": source.encode(), "main.cc": main.encode(),
        "REPORT.md": micro_report(made, application, spec.synthetic, measured).encode(),
    }  # fmt: skip
    facts = {
        "application": application, "lane": "micro", "weights": weights, "signature": made.signature,
        "inputs": [asdict(tensor) for tensor in made.inputs], "outputs": [asdict(tensor) for tensor in made.outputs],
        "arena_bytes": arena_bytes,
    }  # fmt: skip
    gates = [*made.gates, *([measured.gate] if measured else [])]
    expected = keras_runner(model, spec)(checked.arrays)
    entries = vectors(checked, expected, spec, time_outputs(model, spec), raw_inputs, decode)
    document = vectors_document(made.signature, MICRO_TOLERANCES[weights], entries, ())
    write_lane(output, contents, facts, gates, spec, assets, document)
    return gates, made.why_run
