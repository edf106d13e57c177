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
from export.convert import Form
from export.gates import TaskMetric
from export.pipeline import Examples, Options, Summary, export_model


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

    say(f"converting with {form.weights} weights, then measuring on {len(test):,} test examples")
    return export_model(
        loaded.model,
        app.export_spec(loaded.config, preprocessor),
        output,
        application=app.name,
        assets=loaded.run.preprocessing,
        form=form,
        examples=Examples(
            arrays,
            raw_inputs=test.inputs,
            decode=decode,
            metric=TaskMetric(app.objective, metric, higher_is_better=not app.minimise),
        ),
        options=options,
    )
