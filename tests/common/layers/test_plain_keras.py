"""What a stack saves is loaded and trained further by plain Keras, where Unroll is not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from common.config import TrainingConfig
from common.layers import CELLS, RecurrentStack
from common.optimizers import make_optimizer

PLAIN = """
import json, sys
import keras, numpy as np
data = np.load("data.npz")
losses = {}
for name in sys.argv[1:]:
    model = keras.saving.load_model(name)
    losses[name] = [float(model.train_on_batch([data["x"], data["lengths"]], data["y"])) for _ in range(3)]
assert not any(name.split(".")[0] == "common" for name in sys.modules)
print(json.dumps(losses))
"""
WITH_MIN_GRU = PLAIN.replace("import keras,", "from common.layers.min_gru import MinGRU, MinGRUCell\nimport keras,")
WITH_MIN_GRU = WITH_MIN_GRU.replace(
    "load_model(name)", 'load_model(name, custom_objects={"MinGRU": MinGRU, "MinGRUCell": MinGRUCell})'
).replace("assert", "assert True or")
BUILDS = {
    "plain": {"return_sequences": False},
    "deep": {"layers": 2, "bidirectional": True, "residual": True, "layer_normalization": True},
}


def train_save_and_go_on(cell: str, options: dict, path: Path, data: dict[str, np.ndarray]) -> list[float]:
    keras.utils.set_random_seed(0)
    x, lengths = keras.Input((None, 3), name="x"), keras.Input((), dtype="int32", name="lengths")
    states = RecurrentStack(cell, 4, **options)(x, lengths)
    if len(states.shape) == 3:
        states = keras.layers.GlobalMaxPooling1D()(states)
    model = keras.Model([x, lengths], keras.layers.Dense(1)(states))
    # no weight decay: Keras does not save which variables are left out of it
    model.compile(make_optimizer(TrainingConfig(learning_rate=0.01, weight_decay=0.0), 9), "mse", run_eagerly=True)
    inputs = [data["x"], data["lengths"]]
    for _ in range(2):
        model.train_on_batch(inputs, data["y"])
    model.save(path)
    return [float(model.train_on_batch(inputs, data["y"])) for _ in range(3)]


@pytest.mark.parametrize("standard", [True, False], ids=["standard cells", "minGRU"])
def test_plain_keras_goes_on_where_we_stopped(standard: bool, tmp_path: Path) -> None:
    """The same losses step by step: weights, optimizer and schedule are all there."""
    generator = np.random.default_rng(0)
    data = {
        "x": generator.normal(size=(4, 7, 3)).astype(np.float32),
        "lengths": np.array([7, 1, 4, 6], np.int32),
        "y": generator.normal(size=(4, 1)).astype(np.float32),
    }
    np.savez(tmp_path / "data.npz", **data)
    cells = [cell for cell in CELLS if (cell != "min_gru") is standard]
    expected = {
        f"{cell}-{build}.keras": train_save_and_go_on(cell, options, tmp_path / f"{cell}-{build}.keras", data)
        for cell in cells
        for build, options in BUILDS.items()
    }
    environment = {**os.environ, "PYTHONPATH": "" if standard else str(Path(__file__).parents[3])}
    script = PLAIN if standard else WITH_MIN_GRU
    done = subprocess.run(
        [sys.executable, "-c", script, *expected], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    for name, losses in expected.items():
        np.testing.assert_allclose(found[name], losses, rtol=1e-4, err_msg=name)
        assert losses[2] < losses[0]
