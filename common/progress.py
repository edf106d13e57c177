"""Progress on the terminal: a bar with loss, metric and time left; plain lines where there is no terminal."""

from __future__ import annotations

import time
from typing import Any

import keras
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from common.console import console, say


class EpochProgress(keras.callbacks.Callback):
    """A bar over all steps of the training; a line an epoch that stays.

    Args:
        epochs: int. Epochs of the whole training.
        steps: int. Steps of an epoch.
        first: int. Epochs already finished.
    """

    def __init__(self, epochs: int, steps: int, first: int) -> None:
        super().__init__()
        self.epochs, self.steps, self.first = epochs, steps, first
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[state]}"),
            TextColumn("left"), TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip

    def on_train_begin(self, logs: dict | None = None) -> None:
        total = self.epochs * self.steps
        self.task = self.bar.add_task("training", total=total, completed=self.first * self.steps, state="")
        self.bar.start()

    def close(self) -> None:
        """Takes the bar off the screen; also after an interrupt, when Keras does not call `on_train_end`."""
        self.bar.stop()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.epoch, self.started = epoch, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        state = "  ".join(f"{name} {float(value):.4f}" for name, value in (logs or {}).items())
        self.bar.update(self.task, completed=self.epoch * self.steps + batch + 1, state=state)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        shown = "  ".join(f"{name} {float(value):.4f}" for name, value in (logs or {}).items())
        say(f"epoch {epoch + 1}/{self.epochs}  {shown}  {time.monotonic() - self.started:.0f} s")
