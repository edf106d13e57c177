"""What the commands do with any application: train, evaluate, predict. Prints for people, writes the run folder."""

from __future__ import annotations

import csv
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from common.app import Answer, App, Metrics, Outputs, Runner
from common.config import TrainingConfig
from common.console import counting, say
from common.data.splits import TEST, VALIDATION, Examples, Splits
from common.errors import UserError
from common.files import atomic_path, read_json, write_json, write_text, write_with
from common.fitting import fitted
from common.replicas import ALONE, Replicas
from common.report.card import model_card
from common.report.metric_names import goodness
from common.report.metrics_json import metrics_document, metrics_from_json, read_metrics
from common.report.plots import training_curves
from common.report.tables import print_metrics
from common.runs import Run, refuse_other, start
from common.saved_model import load_saved
from common.training import History, keras_runner

SYNTHETIC = "synthetic data: says nothing about real data"


def train(app: App, config: TrainingConfig, run: Run, cache: Path, replicas: Replicas = ALONE) -> dict[str, Any]:
    """Trains an application into a run folder, or goes on where a killed process stopped; measures it on test once.

    Args:
        app: the application.
        config: its configuration.
        run: the folder.
        cache: where encoded arrays are kept.
        replicas: copies that train together; this process leads them.

    Returns:
        The content of the folder's metrics.json: test metrics with intervals, baselines beside.

    Raises:
        UserError: bad data, another run in the folder, no room.
    """
    replicas.check(config)
    refuse_other(run, app, config)
    started = time.monotonic()
    splits = app.load(config)
    load_seconds = time.monotonic() - started
    with run.locked():
        refuse_other(run, app, config)  # again: another process may have finished it while the data was read
        start(run, app, config)
        counts = ", ".join(f"{len(examples):,} {name}" for name, examples in splits.items())
        say(f"{app.name}: {splits.format} ({counts}){' SYNTHETIC' if splits.synthetic else ''} -> {run.folder}")
        for note in splits.notes:
            say(f"note: {note}")
        with replicas.joined():
            prepared, models, history = fitted(
                app, config, splits, cache, run.preprocessing, run.checkpoints, run.folder / "logs", replicas
            )
        serving = models.serving
        if config.dtype_policy != "float32" or replicas.count > 1:
            serving = app.build(config, prepared.preprocessor).serving
            serving.set_weights(models.serving.get_weights())
        if app.finish:
            found = keras_runner(serving)(prepared.validation)
            app.finish(config, prepared.preprocessor, serving, splits[VALIDATION], found)
        minutes = (load_seconds + prepared.seconds + sum(row["seconds"] for row in history)) / 60
        write_with(run.model, serving.save)
        _write_history(run, history)
        facts = _measure(app, config, run, splits, prepared.preprocessor, serving, history, minutes)
        shutil.rmtree(run.checkpoints, ignore_errors=True)
        if cache.is_relative_to(run.folder):
            shutil.rmtree(cache, ignore_errors=True)
        return facts


def assist(app: App, config: TrainingConfig, run: Run, cache: Path, replicas: Replicas) -> None:
    """Trains beside the process that leads; keeps nothing but the arrays that all share.

    It does all that the leading one does, logs included: what reads a common variable is computed by all or hangs.
    """
    with replicas.joined(), tempfile.TemporaryDirectory() as name:  # the leading one reads, and downloads, first
        splits, own = app.load(config), Path(name)
        fitted(app, config, splits, cache, own / "preprocessing", run.checkpoints, own / "logs", replicas)


def _measure(
    app: App,
    config: Any,
    run: Run,
    splits: Splits,
    preprocessor: Any,
    model: keras.Model,
    history: History,
    minutes: float,
) -> dict[str, Any]:
    """Reads the test split, once; writes predictions, plots, the model card and, last, metrics.json."""
    examples = splits[TEST]
    with counting("test") as update:
        outputs = keras_runner(model, update)(preprocessor.encode(examples.inputs))
    facts = _document(
        app, config, preprocessor, splits, examples, outputs,
        data=splits.source, split=TEST, train_minutes=minutes, parameters=model.count_params(),
    )  # fmt: skip
    note = SYNTHETIC if splits.synthetic else ""
    write_rows(run.folder / "predictions.csv", app.prediction_rows(preprocessor, examples, outputs))
    with atomic_path(run.folder / "plots") as folder:
        folder.mkdir()
        training_curves(folder / "training_curves.png", history, app.objective, note=note)
        app.plots(folder, preprocessor, examples, outputs, note)
    data = {
        "source": splits.source, "format": splits.format, "notes": list(splits.notes), "synthetic": splits.synthetic,
        "labels": list(splits.labels), "counts": {name: len(part) for name, part in splits.items()},
        "unlabelled": len(splits.unlabelled),
    }  # fmt: skip
    write_json(run.folder / "data.json", data)
    environment = read_json(run.folder / "environment.json")
    card = model_card(
        app=app.name, run=str(run.folder), config=read_json(run.config), metrics=facts, environment=environment,
        splits=data, card=app.card,
    )  # fmt: skip
    write_text(run.folder / "MODEL_CARD.md", card)
    run.finish(facts)
    return facts


def _document(
    app: App,
    config: Any,
    preprocessor: Any,
    splits: Splits | None,
    examples: Examples,
    outputs: Outputs,
    **facts: Any,
) -> dict[str, Any]:
    """Metrics beside the baselines fitted on the train split, as metrics.json has them; no baselines without splits."""
    metrics = app.evaluate(preprocessor, examples, outputs)
    answers: Mapping[str, Outputs] = {}
    if splits:
        say("fitting the baselines on the training split")
        answers = app.baselines(config, splits, examples)
    synthetic = bool(splits and splits.synthetic)
    return document(
        app, preprocessor, examples, outputs, answers, metrics, seed=config.seed, synthetic=synthetic, **facts
    )


def document(
    app: App,
    preprocessor: Any,
    examples: Examples,
    outputs: Outputs,
    answers: Mapping[str, Outputs],
    metrics: Metrics | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """The model's metrics, those of the baselines' answers, and the comparison with the best of them, as metrics.json.

    Args:
        app: measures and compares.
        preprocessor: as the application's `evaluate` wants it.
        examples: what was answered.
        outputs: the model's.
        answers: baseline name -> outputs.
        metrics: those of the model, where they are known.
        facts: what else `metrics_document` wants.
    """
    baselines = {name: app.evaluate(preprocessor, examples, answer) for name, answer in answers.items()}
    scored = {name: goodness(app.objective, values[app.objective].value) for name, values in baselines.items()}
    best = max(scored, key=lambda name: scored[name]) if scored else ""
    return metrics_document(
        app=app.name, examples=len(examples), metrics=metrics or app.evaluate(preprocessor, examples, outputs),
        baselines=baselines, compared_with=best,
        comparison=app.compare(preprocessor, examples, outputs, answers[best]) if best else None,
        conclusions=app.conclusions(preprocessor, examples, outputs, answers) if app.conclusions and answers else (),
        **facts,
    )  # fmt: skip


def _write_history(run: Run, history: History) -> None:
    names = list(history[0])
    write_rows(run.folder / "history.csv", [names, *([row.get(name, "") for name in names] for row in history)])


def show(record: dict[str, Any]) -> None:
    """Prints the content of metrics.json as a table."""
    synthetic = " (SYNTHETIC data)" if record["synthetic"] else ""
    title = f"{record['app']}: {record['examples']:,} examples, {record['split']} of {record['data']}{synthetic}"
    baselines = {name: metrics_from_json(values) for name, values in record["baselines"].items()}
    print_metrics(metrics_from_json(record["metrics"]), baselines, title)
    compared = record["comparison"]
    if compared:
        gain = compared["difference"]
        print(
            f"against {compared['baseline']}: {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}] "
            f"{compared['metric']}, {compared['test']} p = {compared['p_value']:.2g}"
        )
    for line in record.get("conclusions", ()):
        print(line)


def write_rows(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    """Writes a CSV file atomically, header first."""
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


class LoadedRun:
    """A finished run, checked against its checksums, ready to answer.

    Attributes:
        app: its application.
        config: the configuration it was trained with.
        preprocessor: loaded from its assets.
        model: the serving model.
    """

    def __init__(self, run: Run, load_app: Any) -> None:
        run.check()
        self.run = run
        self.app: App = load_app(run.app_name())
        self.config = run.read_config(self.app)
        self.preprocessor = self.app.load_preprocessor(run.preprocessing, {})
        self.model = load_saved(run.model, "train again")

    def runner(self, update: Any = None) -> Runner:
        """Runs the model over encoded arrays."""
        return keras_runner(self.model, update)

    def outputs(self, inputs: Sequence[Any], description: str) -> Outputs:
        """The model's outputs for raw inputs, with a progress bar."""
        with counting(description) as update:
            return self.runner(update)(self.preprocessor.encode(inputs))


def evaluate(loaded: LoadedRun, data: str | None, split: str | None) -> dict[str, Any]:
    """Measures a run on its own data or on other data of the same format, beside baselines fitted on its train split.

    Args:
        loaded: the run.
        data: `sample`, `tfds:NAME` or a path; None is the run's own data.
        split: name of the split; None is `test` for the run's own data, the whole of a lone file otherwise.

    Returns:
        A record of the shape of metrics.json, with `shift` when the data is another than the run's: the difference
        of each metric to the run's own test figure.
    """
    app, config = loaded.app, loaded.config
    own = data is None or data == config.data
    splits = _training_splits(app, config, required=own)
    name = split or (TEST if own else None)
    if own and splits:
        examples = splits[name or TEST]
    else:
        examples = app.load_other(config, loaded.preprocessor, data or config.data, name)
    outputs = loaded.outputs(examples.inputs, "evaluating")
    trained = read_metrics(loaded.run.metrics)
    record = _document(
        app, config, loaded.preprocessor, splits, examples, outputs, data=data or config.data,
        split=name or "all", train_minutes=trained["train_minutes"], parameters=trained["parameters"],
    )  # fmt: skip
    if not own:
        before, now = trained["metrics"], record["metrics"]
        record["shift"] = {key: now[key]["value"] - before[key]["value"] for key in now if key in before}
        record["shift_from"] = {"data": trained["data"], "split": trained["split"]}
    return record


def _training_splits(app: App, config: Any, required: bool) -> Splits | None:
    """The run's own data, to fit baselines on; None, with a note, when it is gone and not required."""
    try:
        return app.load(config)
    except UserError as error:
        if required:
            raise
        say(f"note: no baselines beside, because the training data cannot be read ({error})")
        return None


def predict(loaded: LoadedRun, inputs: Sequence[Any]) -> list[Answer]:
    """Answers for raw inputs, in order; none for none."""
    if not inputs:
        return []
    return loaded.app.predict(loaded.preprocessor, inputs, loaded.outputs(inputs, "predicting"))
