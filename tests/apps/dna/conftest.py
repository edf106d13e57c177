"""A small model trained on the sample once, for the tests that need one that knows something."""

from __future__ import annotations

import types

import keras
import numpy as np
import pytest

from apps.dna import sample
from apps.dna.app import APP
from apps.dna.config import DnaConfig
from apps.dna.model import build
from apps.dna.preprocess import fit_preprocessor
from common.data.ragged import joined
from common.training import keras_runner

LENGTH = 60
CONFIG = DnaConfig(
    front="bases",
    filters=16,
    second_filters=0,
    units=16,
    dropout=0.1,
    convolution_dropout=0.0,
    epoch_records=1,
    ensemble=1,
)


@pytest.fixture(scope="session")
def trained():
    """What of a `LoadedRun` an explanation and a scan use: app, preprocessor, model, runner, outputs."""
    splits = sample.generate(1500, LENGTH, seed=0)
    preprocessor = fit_preprocessor(CONFIG, splits["train"], (), splits.labels)
    keras.utils.set_random_seed(0)
    models = build(CONFIG, preprocessor)
    models.training.compile(keras.optimizers.Adam(5e-3), loss=models.loss)
    arrays = joined(preprocessor.encode_training(splits["train"]))
    rows = np.arange(len(splits["train"]))
    inputs = {"sequence": arrays["sequence"].padded(rows, preprocessor.max_length), "lengths": arrays["lengths"]}
    models.training.fit(
        inputs, preprocessor.encode_targets(splits["train"].targets), batch_size=32, epochs=8, verbose=0
    )
    run = keras_runner(models.serving)
    return types.SimpleNamespace(
        app=APP,
        config=DnaConfig(),
        preprocessor=preprocessor,
        model=models.serving,
        splits=splits,
        runner=lambda update=None: run,
        outputs=lambda inputs, description: run(preprocessor.encode(inputs)),
    )
