"""What each command of `unroll` does once its flags are read; TensorFlow is imported from here on."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from apps import load_app, load_commands, load_config
from common.config import from_flags, read_config
from common.errors import UserError
from common.files import decode_utf8, read_text
from common.quiet import silenced


def _start_tensorflow() -> None:
    """Imports TensorFlow without the start-up notes that its C++ part writes past every log level."""
    if importlib.util.find_spec("tensorflow") is None:
        raise UserError("expected a bundle, or TensorFlow for all else, found neither; give the folder of a bundle")
    with silenced():
        import tensorflow  # noqa: F401


def data(options: argparse.Namespace) -> None:
    """`unroll data APP`: what is in the data, before any training."""
    config = from_flags(load_config(options.app), options)
    _start_tensorflow()
    app = load_app(options.app)
    print("\n".join(app.inspect(config, app.load(config))))


def train(options: argparse.Namespace) -> None:
    """`unroll train APP`: a new run, or the rest of a killed one."""
    from common import runs
    from common.processes import leave_with_the_supervisor

    config_type = load_config(options.app)
    config = from_flags(
        config_type, options, read_config(config_type, Path(options.config)) if options.config else None
    )
    if options.run_dir:
        run = runs.Run(Path(options.run_dir))
    elif options.resume:
        run = runs.Run(runs.newest_unfinished(options.app))
    else:
        run = runs.Run(runs.new_run_folder(options.app, config))
    _one_way(options)
    leave_with_the_supervisor()
    beside = run.folder / "cache" if options.run_dir else run.folder.parent / ".cache"
    cache = Path(options.cache_dir) if options.cache_dir else beside
    replicas = _replicas(options, run, cache)
    if replicas is None:
        return
    from common import pipeline
    from common.console import say

    app = load_app(options.app)
    if options.resume and run.config.exists():
        config = from_flags(config_type, options, run.read_config(app))
    if options.folds is not None:
        from common.cross_validation import cross_validate, show_folds

        show_folds(cross_validate(app, config, run.folder, options.folds))
        say(f"done: {run.folder} (folds.json, fold-*/)")
        return
    if not replicas.leads:
        pipeline.assist(app, config, run, cache, replicas)
        return
    pipeline.show(pipeline.train(app, config, run, cache, replicas))
    say(f"done: {run.folder} (metrics.json, MODEL_CARD.md, plots/)")
    given = "--file FILE" if app.read_path else "--text '...'"
    say(f"next: unroll predict {run.folder} {given}   unroll export {run.folder} --output bundle")


def _one_way(options: argparse.Namespace) -> None:
    """Refuses more than one of the ways to train that exclude each other."""
    given = [name for name in ("processes", "devices", "folds") if getattr(options, name) is not None]
    if len(given) > 1:
        raise UserError(f"expected one of {', '.join(f'--{name}' for name in given)}, found all; leave one out")


def _replicas(options: argparse.Namespace, run: Any, cache: Path) -> Any:
    """The copies that train together; None when they did, in processes of their own."""
    if options.processes is None:
        _start_tensorflow()
        if options.devices is not None:
            from common.mirrored import mirrored

            return mirrored(options.devices)
        from common.replicas import ALONE

        return ALONE
    from common.jax_processes import from_environment, is_one_of_several

    if is_one_of_several():
        _start_tensorflow()
        return from_environment()
    from apps.training_processes import train_in_processes

    places = [] if options.run_dir else ["--run-dir", str(run.folder)]
    places += [] if options.cache_dir else ["--cache-dir", str(cache)]
    train_in_processes([*options.arguments, *places], run.folder, options.processes)
    return None


def tune(options: argparse.Namespace) -> None:
    """`unroll tune APP`: a search that goes on where it was."""
    _start_tensorflow()
    from apps.searching import tune_command

    tune_command(options, options.arguments)


def _load_run(folder: str) -> Any:
    _start_tensorflow()
    from common import pipeline, runs

    return pipeline.LoadedRun(runs.Run(Path(folder)), load_app)


def evaluate(options: argparse.Namespace) -> None:
    """`unroll evaluate RUN`: metrics with intervals and baselines, on the run's data or on other data."""
    loaded = _load_run(options.run)
    from common import pipeline

    own = getattr(load_commands(loaded.app.name), "evaluate", None)
    if own and own(options, loaded):
        return
    if options.refit_every is not None:
        if options.data is not None or options.split is not None:
            raise UserError("--refit-every: expected no --data and no --split beside it; leave them out")
        from common.walk_forward import evaluate_walking

        record = evaluate_walking(loaded, options.refit_every)
    else:
        record = pipeline.evaluate(loaded, options.data, options.split)
    if options.json:
        print(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False))
        return
    pipeline.show(record)
    for name, difference in record.get("shift", {}).items():
        before = record["shift_from"]
        print(f"shift: {name} {difference:+.4f} against {before['split']} of {before['data']}")


def predict(options: argparse.Namespace) -> None:
    """`unroll predict RUN_OR_BUNDLE`: answers for a text, a file or standard input."""
    from apps.bundles import is_bundle, predict_bundle

    _one_input(options)
    if is_bundle(Path(options.run)):
        predict_bundle(options)
        return
    loaded = _load_run(options.run)
    from common import pipeline

    own = getattr(load_commands(loaded.app.name), "predict", None)
    if own and own(options, loaded):
        return
    for answer in pipeline.predict(loaded, read_inputs(options, loaded.app, loaded.config)):
        print(json.dumps(answer.record, ensure_ascii=False, allow_nan=False) if options.json else answer.text)


def verify(options: argparse.Namespace) -> None:
    """`unroll verify BUNDLE`: the bundle's test vectors on this machine; no TensorFlow."""
    from apps.bundles import verify_bundle

    verify_bundle(options)


def explain(options: argparse.Namespace) -> None:
    """`unroll explain RUN`: what the answers rest on, where the application can tell."""
    _one_input(options)
    loaded = _load_run(options.run)
    own = getattr(load_commands(loaded.app.name), "explain", None)
    if own is None:
        raise UserError(f"expected an application that explains its answers, found {loaded.app.name}; use predict")
    own(options, loaded)


def _one_input(options: argparse.Namespace) -> None:
    given = [options.text is not None, options.file is not None, options.stdin is not None]
    if sum(given) != 1:
        raise UserError(
            f"expected one of --text, --file and -, found {sum(given)} of them; give one, or pipe inputs with -"
        )


def read_inputs(options: argparse.Namespace, app: Any, config: Any) -> list[Any]:
    """The raw inputs that --text, --file or - name, as the application reads them."""
    if app.read_path is None:
        return named_inputs(options, app.read_inputs, lambda path: app.read_inputs(read_text(path), False))
    return named_inputs(options, app.read_inputs, lambda path: app.read_path(config, path))


def named_inputs(
    options: argparse.Namespace, read: Callable[[str, bool], list[Any]], read_path: Callable[[Path], list[Any]]
) -> list[Any]:
    """The raw inputs that --text, --file or - name.

    Args:
        options: the flags.
        read: text, whether it is a single input -> raw inputs.
        read_path: file -> raw inputs.
    """
    if options.text is not None:
        for text in options.text:  # bytes of the command line that are no UTF-8 become halves of surrogate pairs
            decode_utf8(text.encode("utf-8", "surrogateescape"), "--text")
        return [item for text in options.text for item in read(text, True)]
    return read_path(Path(options.file)) if options.file else read(_standard_input(), False)


def _standard_input() -> str:
    return decode_utf8(sys.stdin.buffer.read(), "standard input")


def export(options: argparse.Namespace) -> None:
    """`unroll export MODEL_OR_RUN`: a bundle for phones and edge devices, checked before it is written."""
    _start_tensorflow()
    from apps.exporting import export_command

    export_command(options, _load_run)


def serve(options: argparse.Namespace) -> None:
    """`unroll serve BUNDLE...`: the web page with exported models, on this machine alone; no TensorFlow."""
    from apps.serving import serve_bundles

    serve_bundles(options)


def inspect(options: argparse.Namespace) -> None:
    """`unroll inspect gradients`: how far the error reaches back, measured, drawn and told; no TensorFlow."""
    from common.console import counting, say
    from common.files import write_text
    from common.inspection.gradient_plot import gradient_plot
    from common.inspection.gradients import Settings, study

    settings = Settings(options.steps, options.units, options.updates, options.seed)
    output = Path(options.output)
    if output.exists() and not output.is_dir():
        raise UserError(f"--output: expected a folder, found the file {output}; choose another")
    with counting("training") as progress:
        found = study(settings, progress)
    write_text(output / "gradients.json", json.dumps(found.record(), allow_nan=False) + "\n")
    gradient_plot(output / "gradients.png", found)
    print("\n".join(found.summary()))
    say(f"done: {output} (gradients.png, gradients.json)")


def benchmark(options: argparse.Namespace) -> None:
    """`unroll benchmark TARGET`: latency, size, load time and memory beside the stock conversion and ONNX Runtime."""
    from apps.bundles import is_bundle, time_bundle

    if importlib.util.find_spec("tensorflow") is None and options.target and is_bundle(Path(options.target)):
        time_bundle(options)
        return
    _start_tensorflow()
    from apps.benchmarking import benchmark_target

    benchmark_target(options)
