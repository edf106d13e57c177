"""One trial: a configuration trained as `unroll train` trains it, and what it costs on the device."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras

from common.app import App
from common.config import TrainingConfig
from common.console import console
from common.data.splits import Splits
from common.errors import UserError
from common.fitting import built, fitted
from common.report.metric_names import goodness


@dataclass(frozen=True)
class Cost:
    """What a model costs on the device.

    Attributes:
        size_kb: the int8 .tflite file in units of 1,024 bytes.
        latency_us: of one inference at the greatest length, one thread: the fastest of many; None when not measured.
        multiply_adds: of the same inference, counted (`export/multiply_adds.py`); None when they cannot be.
    """

    size_kb: float
    latency_us: float | None = None
    multiply_adds: int | None = None


@dataclass(frozen=True)
class Budget:
    """Limits on the converted model; None is no limit."""

    max_size_kb: float | None = None
    max_latency_us: float | None = None
    max_multiply_adds: float | None = None

    def __bool__(self) -> bool:
        return any(limit is not None for limit in vars(self).values())

    @property
    def timed(self) -> bool:
        """Whether candidates are timed: not where the stable figure was asked for in its place."""
        return self.max_latency_us is not None or self.max_multiply_adds is None

    def broken_by(self, cost: Cost) -> str:
        """Which limit a cost is beyond, in words; empty when none."""
        if self.max_size_kb is not None and cost.size_kb > self.max_size_kb:
            return f"{cost.size_kb:.0f} KB as int8, at most {self.max_size_kb:g} allowed"
        if self.max_latency_us is not None and cost.latency_us is not None and cost.latency_us > self.max_latency_us:
            return f"{cost.latency_us:.0f} us an inference, at most {self.max_latency_us:g} allowed"
        most = self.max_multiply_adds
        if most is not None and cost.multiply_adds is not None and cost.multiply_adds > most:
            return f"{cost.multiply_adds:,} multiply-adds an inference, at most {most:,.0f} allowed"
        return ""


class Rejected(Exception):  # noqa: N818  (a candidate over budget, not an error)
    """A candidate over budget, which is not trained: its cost and the reason."""

    def __init__(self, cost: Cost, reason: str) -> None:
        super().__init__(reason)
        self.cost = cost


class UnknownMetricError(UserError):
    """The objective is none of the application's metrics: no trial can have a result."""


@dataclass(frozen=True)
class Outcome:
    """What a trial gave.

    Attributes:
        value: of the objective, in the best epoch.
        metrics: all validation metrics of that epoch.
        epochs: epochs trained.
        best_epoch: from 1.
        seconds: of the whole trial.
        parameters: of the serving model.
        cost: on the device, where it could be converted.
    """

    value: float
    metrics: Mapping[str, float] = field(default_factory=dict)
    epochs: int = 0
    best_epoch: int = 0
    seconds: float = 0.0
    parameters: int = 0
    cost: Cost | None = None

    def as_json(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


# configuration, a folder of the trial's own -> its outcome
Trial = Callable[[Any, Path], Outcome]


class TrainingTrial:
    """Trains trials of one data set.

    Args:
        app: the application.
        splits: its data; the test split is never read.
        cache: where encoded arrays are kept, shared by trials and workers.
        objective: name of the metric, without `val_`.
        budget: checked before a model is trained: neither size nor speed depends on what it learns.
    """

    def __init__(self, app: App, splits: Splits, cache: Path, objective: str, budget: Budget) -> None:
        self.app, self.splits, self.cache = app, splits, cache
        self.objective, self.budget = objective, budget

    def __call__(self, config: TrainingConfig, folder: Path) -> Outcome:
        """Trains and scores on the validation split.

        Raises:
            Rejected: over budget.
        """
        started = time.monotonic()
        console.quiet = True  # the table of trials is what people watch
        try:
            cost, parameters = self._cost(config, folder)
            reason = self.budget.broken_by(cost) if cost else ""
            if cost and reason:
                raise Rejected(cost, reason)
            history = fitted(
                self.app, config, self.splits, self.cache, folder / "preprocessing", folder / "checkpoint", None
            )[2]
        finally:
            console.quiet = False
            keras.backend.clear_session()
        own = f"val_{self.app.objective}"  # the epoch whose weights `unroll train` keeps
        best = max(history, key=lambda row: goodness(own, row[own]))
        metrics = {name.removeprefix("val_"): value for name, value in best.items() if name.startswith("val_")}
        if self.objective not in metrics:
            raise UnknownMetricError(
                f"--objective: expected one of {', '.join(metrics)}, found {self.objective!r}; choose another"
            )
        return Outcome(
            metrics[self.objective], metrics, len(history), int(best["epoch"]), time.monotonic() - started,
            parameters, cost,
        )  # fmt: skip

    def _cost(self, config: TrainingConfig, folder: Path) -> tuple[Cost | None, int]:
        """The cost of the untrained model and its parameters; no cost where it cannot be converted."""
        prepared, models = built(self.app, config, self.splits, self.cache, folder / "preprocessing")
        try:
            spec = self.app.export_spec(config, prepared.preprocessor)
            parameters = models.serving.count_params()
            most = self.budget.max_size_kb
            if most is not None and parameters / 1024 > 2 * most:  # int8: about a byte a parameter
                return Cost(parameters / 1024), parameters
            return measured_cost(models.serving, spec, self.budget), parameters
        except UserError:
            if self.budget:
                raise
            return None, parameters
        finally:
            keras.backend.clear_session()


def measured_cost(model: keras.Model, spec: Any, budget: Budget) -> Cost:
    """Converts to int8 as `unroll export` does, counts its multiply-adds, and times it where the budget wants that.

    Raises:
        UserError: the model cannot be converted, or not counted though its multiply-adds are limited.
    """
    from export.benchmark import some_inputs
    from export.convert import Form, convert
    from export.multiply_adds import multiply_adds

    data, inputs, counted = convert(model, spec, Form("int8")).data, some_inputs(spec.inputs), None
    try:
        counted = multiply_adds(data, inputs)
    except UserError:
        if budget.max_multiply_adds is not None:
            raise
    return Cost(len(data) / 1024, _latency_us(data, inputs) if budget.timed else None, counted)


def _latency_us(data: bytes, inputs: Mapping[str, Any]) -> float:
    import tempfile

    from export.sessions import LITERT, open_session
    from export.timing import interleaved

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "model.tflite"
        path.write_bytes(data)
        session = open_session(LITERT, path, 1, "run")
        session.feed(inputs)
        return interleaved({"model": session.invoke}, 5)["model"].min
