"""From a configuration and its data to fitted weights: what `unroll train` and a trial of `unroll tune` share."""

from __future__ import annotations

from pathlib import Path

import keras

from common.app import App, Models
from common.config import TrainingConfig
from common.console import say
from common.data.splits import VALIDATION, Splits
from common.preparation import Prepared, prepare
from common.replicas import ALONE, Replicas
from common.training import History, fit


def built(
    app: App, config: TrainingConfig, splits: Splits, cache: Path, assets: Path, replicas: Replicas = ALONE
) -> tuple[Prepared, Models]:
    """The encoded data and the models with their initial weights, which depend on the configuration alone."""
    keras.utils.set_random_seed(config.seed)
    prepared = prepare(app, config, splits, cache, assets)
    keras.config.set_dtype_policy(config.dtype_policy)
    try:
        with replicas.scope():
            return prepared, app.build(config, prepared.preprocessor)
    finally:
        keras.config.set_dtype_policy("float32")


def fitted(
    app: App,
    config: TrainingConfig,
    splits: Splits,
    cache: Path,
    assets: Path,
    checkpoints: Path,
    logs: Path | None,
    replicas: Replicas = ALONE,
) -> tuple[Prepared, Models, History]:
    """Trains, as `unroll train` and each trial of `unroll tune` do: the weights of the best epoch, and the history.

    Args:
        app: the application.
        config: its configuration.
        splits: only train, validation and the unlabelled part are used.
        cache: where encoded arrays are kept.
        assets: gets the preprocessing's assets.
        checkpoints: state of an unfinished training, which goes on from there.
        logs: TensorBoard logs, when given.
        replicas: copies that train together.
    """
    prepared, models = built(app, config, splits, cache, assets, replicas)
    say(f"model: {models.serving.count_params():,} parameters")
    with replicas.scope():
        history = fit(
            app,
            config,
            models,
            (prepared.train, prepared.train_targets),
            lambda runner: app.score(prepared.preprocessor, splits[VALIDATION], runner(prepared.validation)),
            checkpoints,
            logs,
            replicas,
        )
    return prepared, models, history
