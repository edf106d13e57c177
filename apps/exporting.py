"""The export of a run: hands the exporter the application's examples, decoder and metric."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common.app import Outputs, Runner
from common.console import say
from common.data.splits import TEST
from common.errors import UserError
from common.pipeline import LoadedRun
from export.gates import TaskMetric
from export.pipeline import Examples, Options, Summary, export_model


def export_run(loaded: LoadedRun, output: Path, weights: Any, limit: int | None, max_metric_drop: float) -> Summary:
    """Exports a run into a bundle, its task metric measured on the test split before and after.

    Args:
        loaded: the run.
        output: the bundle's folder.
        weights: `float32`, `float16` or `int8`.
        limit: how many test examples the metric is measured on; None is all.
        max_metric_drop: how much lower the converted model's metric may be, as a fraction.

    Raises:
        UserError: the run's data cannot be read, or a gate fails.
    """
    if limit is not None and limit < 1:
        raise UserError(f"--examples: expected 1 or more, found {limit}; correct it")
    app, preprocessor = loaded.app, loaded.preprocessor
    splits = app.load(loaded.config)
    test = splits[TEST]
    if limit is not None and limit < len(test):
        rows = np.sort(np.random.default_rng(loaded.config.seed).choice(len(test), limit, replace=False))
        test = test.take(rows)
    arrays = preprocessor.encode(test.inputs)

    def metric(runner: Runner) -> float:
        return app.score(preprocessor, test, runner(arrays))[app.objective]

    def decode(inputs: Sequence[Any], outputs: Outputs) -> list[Any]:
        return [answer.record for answer in app.predict(preprocessor, inputs, outputs)]

    say(f"converting with {weights} weights, then measuring on {len(test):,} test examples")
    summary = export_model(
        loaded.model,
        app.export_spec(loaded.config, preprocessor),
        output,
        application=app.name,
        assets=loaded.run.preprocessing,
        weights=weights,
        examples=Examples(
            arrays,
            raw_inputs=test.inputs,
            decode=decode,
            metric=TaskMetric(app.objective, metric, higher_is_better=not app.minimise),
        ),
        options=Options(max_metric_drop=max_metric_drop),
    )
    for gate in summary.gates:
        say(f"gate {gate.name}: passed ({gate.detail})" if gate.detail else f"gate {gate.name}: passed")
    return summary
