"""Fitting a model: averaged weights, early stopping, and epochs that a killed process picks up again.

After every epoch all state (weights, optimizer, random states, history, the best weights) goes to disk atomically.
A later call continues from there and ends with the same bits, because an epoch's batches depend only on the seed and
the epoch's number, and dropout's random state is part of the saved state.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from common.app import App, Models, Outputs, Runner
from common.checkpoint import Checkpoint, load_newest, save_checkpoint
from common.config import TrainingConfig
from common.data.batches import TrainingBatches, by_length, gather
from common.data.ragged import Arrays, row_count
from common.errors import UserError
from common.layers import accelerate
from common.optimizers import make_optimizer
from common.progress import EpochProgress
from common.replicas import ALONE, Replicas

PREDICTION_BATCH = 128
ACCELERATED_FROM = 50_000  # timesteps of all batches of a training: fewer do not pay for seconds of compilation
History = list[dict[str, float]]


def compiled(
    models: Models, config: TrainingConfig, batches: TrainingBatches, replicas: Replicas = ALONE
) -> keras.optimizers.Optimizer:
    """Makes `models.training` ready for `fit`: optimizer and schedule, loss, metrics, the fast way through time.

    Args:
        models: as `app.build` made them.
        config: the training fields.
        batches: what one epoch is.
        replicas: copies that train together.

    Returns:
        The optimizer, built.
    """
    long = config.epochs * batches.timesteps >= ACCELERATED_FROM
    changed = accelerate(models.training) if long else 0
    # TensorFlow's copies cannot add up inside what XLA compiles
    optimizer = make_optimizer(config, config.epochs * len(batches), compiled=changed > 0 and replicas.count == 1)
    replicas.adapt(optimizer)
    whole = keras.backend.backend() == "jax"  # it compiles the whole step; TensorFlow the parts where that pays
    models.training.compile(optimizer=optimizer, loss=models.loss, metrics=list(models.metrics), jit_compile=whole)
    scaling: keras.optimizers.Optimizer = models.training.optimizer  # around ours where float16 needs a loss scale
    scaling.build(models.training.trainable_variables)
    return scaling


def balanced_weights(targets: Any) -> dict[int, float]:
    """The weight of each class that makes all count alike: rows / (classes * rows of the class) (King and Zeng 2001).

    Args:
        targets: (rows,) integer class indices.

    Raises:
        UserError: targets of another kind.
    """
    if isinstance(targets, dict) or np.ndim(targets) != 1 or not np.issubdtype(np.asarray(targets).dtype, np.integer):
        raise UserError("--class-weight balanced: expected one class a row, found other targets; leave the flag out")
    classes, counts = np.unique(targets, return_counts=True)
    return {int(c): len(targets) / (len(classes) * int(n)) for c, n in zip(classes, counts, strict=True)}


def keras_runner(
    model: keras.Model, progress: Callable[[int, int], None] | None = None, replicas: Replicas = ALONE
) -> Runner:
    """Runs a Keras model over encoded arrays in batches of like length.

    Args:
        model: names its outputs.
        progress: called with (rows done, rows).
        replicas: the copies that it is trained as, while it is.

    Returns:
        arrays -> output name -> (rows, ...), in the order of the rows; an output with a time axis is padded with zeros
        to the widest batch.
    """

    answer = replicas.answering(model)

    def run(arrays: Arrays) -> Outputs:
        rows, done = row_count(arrays), 0
        if not rows:
            raise ValueError("expected at least one row to predict, found none")
        outputs: dict[str, np.ndarray] = {}
        # the widest batch first: it fixes the width of outputs with a time axis
        for batch in reversed(list(by_length(arrays, PREDICTION_BATCH))):
            for name, value in answer(gather(arrays, batch)).items():
                if name not in outputs:
                    outputs[name] = np.zeros((rows, *value.shape[1:]), value.dtype)
                part = outputs[name] if value.ndim == 1 else outputs[name][:, : value.shape[1]]
                part[batch] = value
            done += len(batch)
            if progress:
                progress(done, rows)
        return outputs

    return run


class _Epochs(keras.callbacks.Callback):
    """Plans each epoch's batches; after it scores the validation split, keeps the best weights, saves the state."""

    def __init__(self, fit: _Fit) -> None:
        super().__init__()
        self.fit = fit

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.fit.batches.epoch = epoch
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logs = logs if logs is not None else {}
        self.fit.end_epoch(epoch, logs, time.monotonic() - self.started)


class _Fit:
    """The state of one training: what a checkpoint holds, and how an epoch ends."""

    def __init__(
        self, config: TrainingConfig, models: Models, batches: TrainingBatches, folder: Path, replicas: Replicas
    ) -> None:
        self.config, self.models, self.batches, self.folder = config, models, batches, folder
        self.leads = replicas.leads
        self.optimizer = compiled(models, config, batches, replicas)
        unique = {id(v): v for v in [*models.training.variables, *models.serving.variables, *self.optimizer.variables]}
        self.variables = list(unique.values())
        self.history: History = []
        self.best: list[np.ndarray] = []
        self.best_score = -np.inf
        self.best_epoch = -1
        self.score: Callable[[], dict[str, float]] = dict
        self.objective, self.sign = "loss", -1.0

    def serving_weights(self) -> list[np.ndarray]:
        return [keras.ops.convert_to_numpy(variable) for variable in self.models.serving.variables]

    def with_averages(self, use: Callable[[], Any]) -> Any:
        """Calls `use` with the averaged weights in place of the raw ones, when averaging is on."""
        if not self.config.ema:
            return use()
        trainable = self.models.training.trainable_variables
        raw = [keras.ops.convert_to_numpy(variable) for variable in trainable]
        self.optimizer.finalize_variable_values(trainable)
        for variable in trainable:  # an array of its own: JAX gives a model's arrays away when it predicts
            variable.assign(np.array(keras.ops.convert_to_numpy(variable)))
        try:
            return use()
        finally:
            for variable, value in zip(trainable, raw, strict=True):
                variable.assign(value)

    def end_epoch(self, epoch: int, logs: dict[str, Any], seconds: float) -> None:
        scores, weights = self.with_averages(lambda: (self.score(), self.serving_weights()))
        for name, value in scores.items():
            logs[f"val_{name}"] = value
        rate = float(keras.ops.convert_to_numpy(self.optimizer.learning_rate))
        self.history.append(
            {"epoch": epoch + 1, **{k: float(v) for k, v in logs.items()}, "learning_rate": rate, "seconds": seconds}
        )
        score = self.sign * scores[self.objective]
        if score > self.best_score or not self.best:
            self.best, self.best_score, self.best_epoch = weights, score, epoch
        if self.config.patience and epoch - self.best_epoch >= self.config.patience:
            self.models.training.stop_training = True
        if not self.leads:
            return
        values = [keras.ops.convert_to_numpy(variable) for variable in self.variables]
        stopped = bool(self.models.training.stop_training)
        save_checkpoint(
            self.folder,
            Checkpoint(epoch + 1, values, self.best, self.best_score, self.best_epoch, stopped, self.history),
        )

    def restore(self) -> Checkpoint | None:
        """Takes the newest whole checkpoint up, if there is one that fits."""
        state = load_newest(
            self.folder,
            [tuple(v.shape) for v in self.variables],
            [tuple(v.shape) for v in self.models.serving.variables],
        )
        if state:
            for variable, value in zip(self.variables, state.values, strict=True):
                variable.assign(value)
            self.history, self.best = state.history, state.best
            self.best_score, self.best_epoch = state.best_score, state.best_epoch
        return state


def fit(
    app: App,
    config: TrainingConfig,
    models: Models,
    train: tuple[Arrays, Any],
    validate: Callable[[Runner], dict[str, float]],
    folder: Path,
    log_folder: Path | None = None,
    replicas: Replicas = ALONE,
) -> History:
    """Trains, and leaves the weights of the best epoch (by `app.objective` on validation) in `models.serving`.

    Args:
        app: names the objective.
        config: the training fields.
        models: as `app.build` made them; `training` is compiled here.
        train: encoded inputs and targets of the training split.
        validate: scores the validation split with the runner it is given.
        folder: checkpoints live here; when it holds one, training goes on from there.
        log_folder: TensorBoard logs, when given.
        replicas: copies that train together; call it in their scope.

    Returns:
        One row an epoch: epoch, loss, metrics, val_ metrics, learning_rate, seconds.
    """
    class_weight = balanced_weights(train[1]) if config.class_weight == "balanced" else None
    batches = TrainingBatches(
        *train, config.batch_size, config.seed, models.augment, parts=replicas.count, part=replicas.part
    )
    state = _Fit(config, models, batches, folder, replicas)
    runner = keras_runner(models.serving, replicas=replicas)
    state.score = lambda: validate(runner)
    state.objective, state.sign = app.objective, -1.0 if app.minimise else 1.0
    resumed = state.restore()
    first = resumed.epoch if resumed else 0
    if first < config.epochs and not (resumed and resumed.stopped):
        progress = EpochProgress(config.epochs, len(batches), first)
        callbacks: list[keras.callbacks.Callback] = [
            _Epochs(state),
            *([progress] if replicas.leads else []),
            keras.callbacks.TerminateOnNaN(raise_error=True),
        ]
        if log_folder:
            callbacks.append(keras.callbacks.TensorBoard(str(log_folder), write_graph=False))
        try:
            models.training.fit(
                batches.dataset(),
                epochs=config.epochs,
                initial_epoch=first,
                shuffle=False,
                class_weight=class_weight,
                verbose=0,
                callbacks=callbacks,
            )
        finally:
            progress.close()
    for variable, value in zip(models.serving.variables, state.best, strict=True):
        variable.assign(value)
    return state.history
