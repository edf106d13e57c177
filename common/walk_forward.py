"""Walk-forward backtest: the test period in pieces, each forecast by a model fitted to all that came before it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from common.app import App, Outputs, Runner
from common.config import TrainingConfig
from common.console import say
from common.data.ragged import joined
from common.data.splits import TEST, TRAIN, VALIDATION, Examples, Splits
from common.errors import UserError
from common.pipeline import LoadedRun, document
from common.report.metrics_json import read_metrics
from common.training import fit, keras_runner


def evaluate_walking(loaded: LoadedRun, every: int) -> dict[str, Any]:
    """Measures a run's configuration on its own test period, model and baselines fitted anew for each piece.

    Args:
        loaded: the run; its configuration is trained, its weights are not used.
        every: int. Dates per piece.

    Returns:
        A record of the shape of metrics.json.

    Raises:
        UserError: the application has no dates to walk over.
    """
    app, config = loaded.app, loaded.config
    if app.folds is None:
        raise UserError(f"--refit-every: expected a forecasting application, found {app.name}; leave the flag out")
    folds = app.folds(config, every)
    examples: list[Examples] = []
    outputs: list[Outputs] = []
    answers: list[Mapping[str, Outputs]] = []
    for number, splits in enumerate(folds, 1):
        counts = ", ".join(f"{len(part):,} {name}" for name, part in splits.items())
        say(f"piece {number} of {len(folds)}: {counts}")
        examples.append(splits[TEST])
        outputs.append(_forecast(app, config, splits))
        answers.append(app.baselines(config, splits, splits[TEST]))
    trained = read_metrics(loaded.run.metrics)
    return document(
        app, loaded.preprocessor, _joined(examples), _stacked(outputs),
        {name: _stacked([answer[name] for answer in answers]) for name in answers[0]},
        seed=config.seed, synthetic=folds[0].synthetic,
        data=config.data, split=f"{TEST}, fitted anew every {every} dates", train_minutes=trained["train_minutes"],
        parameters=trained["parameters"],
    )  # fmt: skip


def _forecast(app: App, config: TrainingConfig, splits: Splits) -> Outputs:
    """Trains on one piece's past and forecasts the piece."""
    keras.utils.set_random_seed(config.seed)
    preprocessor = app.fit_preprocessor(config, splits[TRAIN], splits.unlabelled, splits.labels)
    models = app.build(config, preprocessor)
    training = joined(preprocessor.encode_training(splits[TRAIN])), preprocessor.encode_targets(splits[TRAIN].targets)
    validation = splits[VALIDATION]
    encoded = preprocessor.encode(validation.inputs)

    def score(runner: Runner) -> dict[str, float]:
        return app.score(preprocessor, validation, runner(encoded))

    with tempfile.TemporaryDirectory() as folder:
        fit(app, config, models, training, score, Path(folder))
    return keras_runner(models.serving)(preprocessor.encode(splits[TEST].inputs))


def _joined(parts: Sequence[Examples]) -> Examples:
    inputs = [part.inputs[row] for part in parts for row in range(len(part))]
    return Examples(inputs, [part.targets[row] for part in parts for row in range(len(part))])


def _stacked(parts: Sequence[Outputs]) -> Outputs:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
