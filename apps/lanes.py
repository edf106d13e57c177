"""`unroll export --lane onnx|mediapipe|micro`."""

from __future__ import annotations

import argparse
from pathlib import Path

from apps.exporting import Subject
from common.console import say
from common.errors import UserError


def export_lane(options: argparse.Namespace, subject: Subject, output: Path) -> None:
    """Writes the bundle of a lane and tells what was checked.

    Raises:
        UserError: the model does not fit the lane, or a gate fails.
    """
    gates, notes = {"onnx": _onnx, "mediapipe": _mediapipe, "micro": _micro}[options.lane](options, subject, output)
    for gate in gates:
        say(f"gate {gate.name}: passed ({gate.detail})")
    for note in notes:
        say(f"note: {note}")


def _onnx(options: argparse.Namespace, subject: Subject, output: Path) -> tuple[list, list[str]]:
    from export.onnx_bundle import export_onnx

    if options.weights not in ("float32", "int8"):
        raise UserError(f"--weights: expected float32 or int8 with --lane onnx, found {options.weights}; choose one")
    gate, slow = export_onnx(
        subject.model, subject.spec, output, application=subject.name, arrays=subject.arrays, assets=subject.assets,
        weights=options.weights,
    )  # fmt: skip
    return [gate], [f"{layer} is a loop of single operators: {reason}" for layer, reason in slow.items()]


def _mediapipe(options: argparse.Namespace, subject: Subject, output: Path) -> tuple[list, list[str]]:
    from export.small_lanes import export_mediapipe

    if subject.assets is None or subject.metric is None:
        raise UserError(
            "--lane mediapipe: expected a run of a text classifier, found a lone model; give the run folder"
        )
    gates = export_mediapipe(
        subject.model, subject.spec, output, application=subject.name, arrays=subject.arrays, texts=subject.inputs,
        metric=subject.metric, assets=subject.assets, weights=options.weights,
        max_metric_drop=options.max_metric_drop,
    )  # fmt: skip
    return gates, []


def _micro(options: argparse.Namespace, subject: Subject, output: Path) -> tuple[list, list[str]]:
    from export.small_lanes import export_micro

    gates, why_run = export_micro(
        subject.model, subject.spec, output, application=subject.name, arrays=subject.arrays, assets=subject.assets,
        raw_inputs=subject.inputs or None, decode=subject.decode, weights=options.weights,
        micro_python=Path(options.micro_python) if options.micro_python else None,
    )  # fmt: skip
    return gates, [f"every step is written out, not a `step`: {why_run}"] if why_run else []
