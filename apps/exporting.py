"""`unroll export`: hands the exporter a run's examples, decoder and metric, or a model file, for a lane."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from apps.bundles import is_bundle
from common.app import ExportSpec, Outputs, Runner
from common.console import say
from common.data.ragged import Arrays
from common.data.splits import TEST, Examples
from common.errors import UserError
from common.files import read_json
from common.pipeline import LoadedRun
from export.any_model import export_file, rows_of
from export.convert import Form
from export.gates import TaskMetric
from export.model_file import load_model, spec_of
from export.pipeline import Examples as Checks
from export.pipeline import Options, Summary, export_model
from export.vectors import Decode


def export_command(options: argparse.Namespace, load_run: Callable[[str], LoadedRun]) -> None:
    """Exports what the command line names, and tells what was checked."""
    source, android = Path(options.run), Path(options.android) if options.android else None
    if android is not None:
        _check_android(options, android)
    if is_bundle(source):
        if android is None or options.output:
            raise UserError(
                f"{source}: expected a run or a .keras file, found a bundle; give --android DIR alone with it"
            )
        _drop(source, android)
        return
    if not options.output:
        raise UserError("--output: expected the bundle's folder, found none; name one")
    if options.micro_python and options.lane != "micro":
        raise UserError(f"--micro-python: expected --lane micro with it, found {options.lane}; leave one out")
    output = Path(options.output)
    loaded = load_run(options.run) if source.is_dir() else None
    if options.lane != "litert":
        from apps.lanes import export_lane

        subject = subject_of_run(loaded, options.examples) if loaded else _subject_of_file(source, options)
        export_lane(options, subject, output)
    else:
        form, limits = Form(options.weights, fastest=options.fastest, step=True), _limits(options)
        if loaded is not None:
            _tell(export_run(loaded, output, form, options.examples, limits))
        else:
            inputs = Path(options.inputs) if options.inputs else None
            _tell(export_file(source, output, form, options.max_length, limits, inputs))
    say(f"done: {output} ({', '.join(sorted(read_json(output / 'manifest.json')['files']))})")
    if android is not None:
        _drop(output, android)


def _check_android(options: argparse.Namespace, project: Path) -> None:
    """Refuses before anything is converted what could not be dropped into a project afterwards."""
    from export.android_project import checked_project

    if options.lane != "litert":
        raise UserError(f"--android: expected the lane litert, found {options.lane}; leave one of the two out")
    if Path(options.run).is_file():
        raise UserError(
            "--android: expected a run or its bundle, found a lone model, which has no reader; leave it out"
        )
    checked_project(project)


def _drop(bundle: Path, project: Path) -> None:
    from export.android_project import drop

    say(f"done: {drop(bundle, project)} of the Android project {project}")


def _limits(options: argparse.Namespace) -> Options:
    return Options(max_metric_drop=options.max_metric_drop)


def _tell(summary: Summary) -> None:
    for gate in summary.gates:
        say(f"gate {gate.name}: passed ({gate.detail})")
    for name, reason in summary.converted.slow.items():
        say(f"note: {name} goes Keras' own way, which is slower: {reason}")
    if summary.converted.no_step:
        say(f"note: no signature `step`: {summary.converted.no_step}")


@dataclass(frozen=True)
class Subject:
    """What is exported, and the rows to check it with.

    Attributes:
        model, spec, name: the model, what the exporter must know of it, and its name for the manifest.
        arrays: encoded rows.
        assets: the folder of the preprocessing assets; None for a lone model.
        inputs: the raw inputs of the rows; empty for a lone model.
        metric: the task's metric on those rows; None for a lone model.
        decode: raw inputs and outputs -> answers.
    """

    model: Any
    spec: ExportSpec
    name: str
    arrays: Arrays
    assets: Path | None = None
    inputs: Sequence[Any] = ()
    metric: TaskMetric | None = None
    decode: Decode | None = None


def _subject_of_file(source: Path, options: argparse.Namespace) -> Subject:
    model = load_model(source)
    spec = spec_of(model, options.max_length)
    return Subject(model, spec, source.stem, rows_of(model, spec, Path(options.inputs) if options.inputs else None))


def subject_of_run(loaded: LoadedRun, limit: int | None) -> Subject:
    """A run with its test examples, or `limit` of them."""
    app, preprocessor = loaded.app, loaded.preprocessor
    test = _test_examples(loaded, limit)
    arrays = preprocessor.encode(test.inputs)

    def metric(runner: Runner) -> float:
        return app.score(preprocessor, test, runner(arrays))[app.objective]

    def decode(inputs: Sequence[Any], outputs: Outputs) -> list[Any]:
        return [answer.record for answer in app.predict(preprocessor, inputs, outputs)]

    return Subject(
        loaded.model,
        replace(
            app.export_spec(loaded.config, preprocessor),
            synthetic=bool(read_json(loaded.run.folder / "data.json")["synthetic"]),
        ),
        app.name,
        arrays,
        loaded.run.preprocessing,
        test.inputs,
        TaskMetric(app.objective, metric, higher_is_better=not app.minimise),
        decode,
    )


def _test_examples(loaded: LoadedRun, limit: int | None) -> Examples:
    """The run's test examples, or so many of them drawn with its seed."""
    if limit is not None and limit < 1:
        raise UserError(f"--examples: expected 1 or more, found {limit}; correct it")
    test = loaded.app.load(loaded.config)[TEST]
    if limit is None or limit >= len(test):
        return test
    rows = np.sort(np.random.default_rng(loaded.config.seed).choice(len(test), limit, replace=False))
    return test.take(rows)


def export_run(loaded: LoadedRun, output: Path, form: Form, limit: int | None, options: Options) -> Summary:
    """Exports a run into a bundle, its task metric measured on the test split before and after.

    Args:
        loaded: the run.
        output: the bundle's folder.
        form: the kind of weights and of loops.
        limit: how many test examples the metric is measured on; None is all.
        options: the gates' limits.

    Raises:
        UserError: the run's data cannot be read, or a gate fails.
    """
    subject = subject_of_run(loaded, limit)
    say(f"converting with {form.weights} weights, then measuring on {len(subject.inputs):,} test examples")
    return export_model(
        subject.model,
        subject.spec,
        output,
        application=subject.name,
        assets=subject.assets,
        form=form,
        examples=Checks(subject.arrays, raw_inputs=subject.inputs, decode=subject.decode, metric=subject.metric),
        options=options,
    )
