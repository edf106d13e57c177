"""`unroll benchmark` once its flags are read."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from common.console import counting, say
from common.errors import UserError
from common.files import write_json
from export import benchmark_targets as targets
from export.benchmark import benchmark
from export.benchmark_report import chart, print_benchmark
from export.contenders import onnx_model


def benchmark_target(options: argparse.Namespace) -> None:
    """Measures and prints; with --output also writes benchmark.json and benchmark.png.

    Raises:
        UserError: the flags do not fit each other, or the target cannot be measured.
    """
    _check(options)
    found = _target(options)
    threads = sorted({int(part) for part in options.threads.split(",")}) if options.threads else ()
    with counting("timing") as progress:
        result = benchmark(
            found.title,
            found.field.contenders,
            found.inputs,
            expected=found.expected,
            threads=threads,
            rounds=options.rounds,
            notes=found.field.notes,
            progress=progress,
        )
    record = result.record()
    if options.json:
        print(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print_benchmark(result)
    if options.output:
        output = Path(options.output)
        write_json(output / "benchmark.json", record)
        chart(output / "benchmark.png", result)
        say(f"done: {output} (benchmark.json, benchmark.png)")


def _check(options: argparse.Namespace) -> None:
    if (options.target is None) == (options.shape is None):
        raise UserError("expected a model or --shape T,F,H, found both or neither; give one of them")
    if options.shape is None and (options.bidirectional or options.last):
        raise UserError("--bidirectional, --last: expected with --shape, found a model; leave them out")
    if options.rounds < 1 or options.max_length < 1:
        raise UserError("--rounds, --max-length: expected at least 1, found less; correct them")
    if options.threads and not all(part.isdigit() and int(part) for part in options.threads.split(",")):
        raise UserError(f"--threads: expected numbers such as 1,4, found {options.threads!r}; correct it")
    if options.output and Path(options.output).exists() and not Path(options.output).is_dir():
        raise UserError(f"--output: expected a folder, found the file {options.output}; choose another")


def _target(options: argparse.Namespace) -> targets.Target:
    weights = targets.checked_weights(options.weights)
    if options.shape is not None:
        return targets.layer_target(
            options.shape, options.cell, weights,
            bidirectional=options.bidirectional, last=options.last, fastest=options.fastest,
        )  # fmt: skip
    path, keras_file = Path(options.target), Path(options.keras) if options.keras else None
    if targets.is_bundle(path):
        return targets.bundle_target(path, keras_file, onnx_model)
    if keras_file is not None:
        raise UserError(f"--keras: expected with a bundle, found the model {path}; give one of them")
    return targets.file_target(path, options.max_length, weights, onnx_model, fastest=options.fastest)
