"""The JAX backend trains the same models by the same path, to the same losses."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
import keras, numpy as np
from common.app import Models
from common.config import TrainingConfig
from common.data.ragged import Ragged
from common.layers import RecurrentStack, length_mask, pool_sequence
from common.training import fit

generator = np.random.default_rng(0)
rows = [generator.integers(1, 9, 1 + row % 8) for row in range(32)]
arrays = {"tokens": Ragged.from_rows(rows, np.int32)}
arrays["lengths"] = arrays["tokens"].lengths
classes = np.array([int(row.max() > 7) for row in rows], np.int32)
tokens, lengths = keras.Input((None,), dtype="int32", name="tokens"), keras.Input((), dtype="int32", name="lengths")
x = keras.layers.Embedding(9, 4)(tokens)
for cell in ("gru", "min_gru"):
    x = RecurrentStack(cell, 2, bidirectional=True, residual=True, name=cell)(x, lengths)
logits = keras.layers.Dense(2)(pool_sequence(x, length_mask(x, lengths), "attention"))
training = keras.Model([tokens, lengths], logits)
serving = keras.Model([tokens, lengths], {"logits": logits})
# initial weights of the backends differ: the same for both
for weight in training.weights:
    weight.assign(generator.normal(scale=0.4, size=weight.shape))
def validate(run):
    guess = run(arrays)["logits"].argmax(axis=1)
    return {"accuracy": float((guess == classes).mean())}

config = TrainingConfig(epochs=4, batch_size=8, learning_rate=0.05, ema=0.9)
models = Models(training, serving, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
app = SimpleNamespace(objective="accuracy", minimise=False)
history = fit(app, config, models, (arrays, classes), validate, Path(sys.argv[1]))
print(json.dumps({"backend": keras.backend.backend(), "history": history}))
"""


def train_on(backend: str, folder: Path) -> list[dict[str, float]]:
    environment: dict[str, Any] = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["backend"] == backend
    return result["history"]


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="the extra `jax` is not installed")
def test_both_backends_come_to_the_same_losses(tmp_path: Path) -> None:
    histories = {}
    for backend in ("tensorflow", "jax"):
        (tmp_path / backend).mkdir()
        histories[backend] = train_on(backend, tmp_path / backend)
    losses = {backend: [row["loss"] for row in history] for backend, history in histories.items()}
    np.testing.assert_allclose(losses["jax"], losses["tensorflow"], rtol=1e-3)
    assert losses["jax"][-1] < 0.97 * losses["jax"][0]
    scores = [[row["val_accuracy"] for row in histories[backend]] for backend in histories]
    np.testing.assert_allclose(*scores, atol=0.04)  # a row on the edge may fall to either side
