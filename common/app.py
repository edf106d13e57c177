"""The contract every application keeps: a frozen dataclass of plain functions.

The training loop, the command line, the tuner and the exporter work on any `App`; they know no application by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from common.config import TrainingConfig
from common.data.ragged import Arrays
from common.data.splits import Examples, Splits

if TYPE_CHECKING:
    import keras

    from common.evaluation.bootstrap import Comparison


class Interval(NamedTuple):
    """A metric with its 95% interval, as fractions."""

    value: float
    low: float
    high: float


Metrics = dict[str, Interval]
Outputs = Mapping[str, np.ndarray]
# Encoded arrays -> outputs, one row per example: Keras, a converted model and a remote device all fit.
Runner = Callable[[Arrays], Outputs]
Augment = Callable[[Arrays, np.random.Generator], Arrays]


class Preprocessor(Protocol):
    """Turns raw inputs into arrays; NumPy only, saved as plain text and JSON, the same on a device."""

    def encode(self, inputs: Sequence[Any]) -> Arrays:
        """Model inputs for raw inputs, one row each, which no other input changes."""

    def encode_training(self, examples: Examples) -> Iterator[Arrays]:
        """Arrays for the training model, in parts that fit into memory, one at least: those of `encode`, and whatever
        only training sees (cross-fitted columns)."""

    def encode_targets(self, targets: Sequence[Any]) -> np.ndarray | Arrays:
        """Targets as the loss wants them."""

    def save(self, folder: Path) -> None:
        """Writes the assets that a device needs into an existing folder, as plain text and JSON."""

    def fitted_arrays(self) -> dict[str, np.ndarray]:
        """What was fitted only to start training from (pretrained embeddings, ratio tables); never shipped."""


@dataclass(frozen=True)
class Models:
    """One set of weights seen twice.

    Attributes:
        training: takes the arrays of `encode_training`; not compiled, `common.training` does that.
        serving: takes the arrays of `encode`, names its outputs, is saved as `model.keras` and exported.
        loss: what `training` minimises, a Keras loss of (encoded targets, training outputs).
        metrics: Keras metrics shown while training.
        augment: arrays of a batch and a random generator -> arrays that `training` takes, changed at random; called
            anew for every batch, with rows of any length. Without it `training` takes the arrays as they are.
    """

    training: keras.Model
    serving: keras.Model
    loss: Any
    metrics: tuple[Any, ...] = ()
    augment: Augment | None = None


@dataclass(frozen=True)
class InputSpec:
    """One model input on the device: shape without the batch axis, NumPy dtype name, what fills shorter rows."""

    shape: tuple[int, ...]
    dtype: str
    fill: float = 0


@dataclass(frozen=True)
class ExportSpec:
    """All the exporter needs to know of an application.

    Attributes:
        inputs: input name -> static shape (a ragged input is padded to its first dimension).
        outputs: names of the serving model's outputs to keep, in order.
        decoder: how a runtime turns outputs into an answer, as JSON (`{"kind": "softmax", "labels": [...]}`).
        preprocessing: the preprocessing specification, as JSON; names the asset files it needs.
        assets: file names inside the run's `preprocessing/` folder that travel with the model.
        synthetic: whether the model learned from synthetic data; set by the export command, and told in every bundle.
    """

    inputs: Mapping[str, InputSpec]
    outputs: tuple[str, ...]
    decoder: Mapping[str, Any]
    preprocessing: Mapping[str, Any]
    assets: tuple[str, ...]
    synthetic: bool = False

    def without(self, name: str) -> ExportSpec:
        """The same without one input."""
        return replace(self, inputs={key: item for key, item in self.inputs.items() if key != name})


@dataclass(frozen=True)
class Answer:
    """One answer for a person and for a program: `text` is a line to print, `record` is JSON."""

    text: str
    record: Mapping[str, Any]


@dataclass(frozen=True)
class App:
    """An application. Every field is a plain function unless said.

    Attributes:
        name: the word on the command line.
        config: the configuration dataclass (a `TrainingConfig`).
        objective: the metric of `score` that picks the best epoch, larger is better unless `minimise`.
        minimise: True when a smaller objective is better.
        preprocessing_fields: names of the config fields that change what `fit_preprocessor` and `encode` return.
        load: config -> Splits with train, validation and test.
        load_other: config, preprocessor, source, split -> Examples of other data, targets as the model knows them.
        inspect: config, splits -> lines for `unroll data`: counts, classes, lengths, duplicates, bad rows.
        fit_preprocessor: config, train examples, unlabelled inputs, labels -> Preprocessor; sees nothing else.
        load_preprocessor: assets folder, fitted arrays (empty when only predicting) -> Preprocessor.
        build: config, preprocessor -> Models.
        score: preprocessor, examples, outputs -> metrics without intervals, `loss` among them; cheap.
        evaluate: preprocessor, examples, outputs -> metrics with 95% intervals.
        baselines: config, splits, examples -> baseline name -> outputs for those examples; fitted on train only.
        compare: preprocessor, examples, outputs, a baseline's outputs -> paired comparison.
        predict: preprocessor, raw inputs, outputs -> one Answer per input.
        read_inputs: text, whether it is a single input -> raw inputs for `predict` (a file may hold many).
        export_spec: config, preprocessor -> ExportSpec.
        prediction_rows: preprocessor, examples, outputs -> table for predictions.csv, header first.
        plots: folder, preprocessor, examples, outputs, note -> writes the task's pictures there, the note in each.
        conclusions: preprocessor, examples, outputs, baseline name -> outputs -> what follows from the figures, a
            sentence a line; where a task's result needs words.
        folds: config, dates per piece -> Splits whose test parts are the test period in pieces, their train and
            validation parts all that comes before; where examples have dates.
        read_path: config, a file or folder -> raw inputs for `predict`, where a file is more than lines of text.
        card: facts for the model card: `intended_use`, `limits`.
        finish: config, preprocessor, the trained serving model, validation examples, its outputs for them -> changes
            the model before it is saved and measured (calibration).
    """

    name: str
    config: type[TrainingConfig]
    objective: str
    preprocessing_fields: tuple[str, ...]
    load: Callable[[Any], Splits]
    load_other: Callable[[Any, Any, str, str | None], Examples]
    inspect: Callable[[Any, Splits], list[str]]
    fit_preprocessor: Callable[[Any, Examples, Sequence[Any], Sequence[str]], Any]
    load_preprocessor: Callable[[Path, Mapping[str, Any]], Any]
    build: Callable[[Any, Any], Models]
    score: Callable[[Any, Examples, Outputs], dict[str, float]]
    evaluate: Callable[[Any, Examples, Outputs], Metrics]
    baselines: Callable[[Any, Splits, Examples], dict[str, Outputs]]
    compare: Callable[[Any, Examples, Outputs, Outputs], Comparison]
    predict: Callable[[Any, Sequence[Any], Outputs], list[Answer]]
    read_inputs: Callable[[str, bool], list[Any]]
    export_spec: Callable[[Any, Any], ExportSpec]
    prediction_rows: Callable[[Any, Examples, Outputs], list[list[Any]]]
    plots: Callable[[Path, Any, Examples, Outputs, str], None]
    card: Mapping[str, str] = field(default_factory=dict)
    minimise: bool = False
    finish: Callable[[Any, Any, keras.Model, Examples, Outputs], None] | None = None
    conclusions: Callable[[Any, Examples, Outputs, Mapping[str, Outputs]], list[str]] | None = None
    folds: Callable[[Any, int], Sequence[Splits]] | None = None
    read_path: Callable[[Any, Path], list[Any]] | None = None
