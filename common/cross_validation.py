"""Cross-validation of any application: one run folder a fold, what the folds say together in folds.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from common import pipeline
from common.app import App, Interval, Metrics, Outputs
from common.config import TrainingConfig
from common.console import say
from common.data.archives import read_npz
from common.data.folds import fold_splits
from common.data.splits import TEST, Examples, Splits
from common.errors import UserError
from common.files import read_json, write_json, write_with
from common.runs import Run

FOLDS, OUTPUTS, MODEL = "folds.json", "outputs.npz", "this model"


def cross_validate(app: App, config: TrainingConfig, folder: Path, folds: int) -> dict[str, Any]:
    """Trains and measures once per fold; finished folds in the folder are taken as they are, a killed one goes on.

    Returns:
        The content of folds.json: `pooled` (as metrics.json, over the test examples of all folds together) and
        `over_folds` (model or baseline -> metric -> mean with its interval over folds).

    Raises:
        UserError: as `pipeline.train`; too few groups; the folder holds folds of another kind.
    """
    splits = app.load(config)
    share = getattr(config, "validation_fraction", 0.1)
    facts, tests = [], []
    for number, part in enumerate(fold_splits(splits, folds, share, config.seed), 1):
        run = Run(folder / f"fold-{number:0{len(str(folds))}d}")
        if run.finished:
            _require_same(run, app, config, part)
            facts.append(read_json(run.metrics))
        else:
            say(f"fold {number} of {folds}")
            facts.append(pipeline.train(_recording(app, part, run), config, run, run.folder / "cache"))
            keras.backend.clear_session()
        tests.append((run, part[TEST]))
    found = {
        "folds": folds,
        "pooled": _pooled(app, config, splits, tests, sum(fact["train_minutes"] for fact in facts), facts[-1]),
        "over_folds": {name: _as_json(_over_folds(values)) for name, values in _by_model(facts).items()},
    }
    write_json(folder / FOLDS, found)
    return found


def show_folds(found: Mapping[str, Any]) -> None:
    """Prints the content of folds.json as tables."""
    pipeline.show(found["pooled"])
    print(f"mean over {found['folds']} folds with its 95% interval over folds:")
    for model, metrics in found["over_folds"].items():
        told = ", ".join(f"{name} {m['value']:.4f} [{m['low']:.4f}, {m['high']:.4f}]" for name, m in metrics.items())
        print(f"  {model}: {told}")


def fold_interval(values: Sequence[float]) -> Interval:
    """The mean over folds with its 95% t-interval, the variance corrected for training splits that overlap.

    Nadeau and Bengio (2003), "Inference for the generalization error", section 5: s^2 (1/n + 1/(n - 1)).
    """
    from scipy.stats import t

    count, mean = len(values), float(np.mean(values))
    if count < 2:
        return Interval(mean, mean, mean)
    half = float(t.ppf(0.975, count - 1)) * float(np.std(values, ddof=1)) * math.sqrt(1 / count + 1 / (count - 1))
    return Interval(mean, mean - half, mean + half)


def _recording(app: App, part: Splits, run: Run) -> App:
    """The application on one fold, without pictures; the outputs on its test split are kept in the run folder."""
    kept: dict[str, Outputs] = {}

    def evaluate(preprocessor: Any, examples: Examples, outputs: Outputs) -> Metrics:
        kept.setdefault(MODEL, outputs)  # the model is measured before the baselines
        return app.evaluate(preprocessor, examples, outputs)

    def baselines(config: Any, splits: Splits, examples: Examples) -> dict[str, Outputs]:
        kept.update(app.baselines(config, splits, examples))
        arrays = {f"{model}/{name}": value for model, outputs in kept.items() for name, value in outputs.items()}
        write_with(run.folder / OUTPUTS, lambda path: np.savez(path, **arrays))  # type: ignore[arg-type]
        return {name: outputs for name, outputs in kept.items() if name != MODEL}

    return replace(app, load=lambda config: part, plots=lambda *_: None, evaluate=evaluate, baselines=baselines)


def _require_same(run: Run, app: App, config: TrainingConfig, part: Splits) -> None:
    run.check()
    if run.app_name() != app.name or run.read_config(app) != config:
        raise UserError(f"{run.folder}: expected a fold of this configuration, found another; choose another --run-dir")
    if part.notes[-1] not in read_json(run.folder / "data.json")["notes"]:
        raise UserError(f"{run.folder}: expected {part.notes[-1]!r}, found another; choose another --run-dir")


def _pooled(
    app: App,
    config: Any,
    splits: Splits,
    tests: Sequence[tuple[Run, Examples]],
    minutes: float,
    last: Mapping[str, Any],
) -> dict[str, Any]:
    """Metrics of the test examples of all folds together, in the form of metrics.json."""
    collected: dict[str, dict[str, list[np.ndarray]]] = {}
    for run, _ in tests:
        for key, values in read_npz(run.folder / OUTPUTS, "the outputs of a fold").items():
            model, _, name = key.partition("/")
            collected.setdefault(model, {}).setdefault(name, []).append(values)
    outputs = {
        model: {name: np.concatenate(values) for name, values in named.items()} for model, named in collected.items()
    }
    examples = Examples(
        [item for _, part in tests for item in part.inputs], [item for _, part in tests for item in part.targets]
    )
    preprocessor = app.load_preprocessor(tests[-1][0].preprocessing, {})
    return pipeline.document(
        app, preprocessor, examples, outputs.pop(MODEL), outputs,
        data=splits.source, split=f"{len(tests)} folds", train_minutes=minutes, parameters=last["parameters"],
        seed=config.seed, synthetic=splits.synthetic,
    )  # fmt: skip


def _by_model(facts: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, list[float]]]:
    """Model or baseline -> metric -> its value in each fold; metrics that a fold lacks are left out."""
    found = {}
    for model in (MODEL, *facts[0]["baselines"]):
        measured = [fact["metrics"] if model == MODEL else fact["baselines"][model] for fact in facts]
        names = [name for name in measured[0] if all(name in values for values in measured)]
        found[model] = {name: [float(values[name]["value"]) for values in measured] for name in names}
    return found


def _over_folds(values: Mapping[str, Sequence[float]]) -> Metrics:
    return {name: fold_interval(numbers) for name, numbers in values.items()}


def _as_json(metrics: Metrics) -> dict[str, dict[str, float]]:
    return {name: interval._asdict() for name, interval in metrics.items()}
