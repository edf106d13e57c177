"""One process of `test_replicas.py`: fits a small masked network alone, on two devices, or as one of two processes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from common.app import Models
from common.config import TrainingConfig
from common.data.ragged import Ragged
from common.layers import RecurrentStack, length_mask, pool_sequence
from common.replicas import ALONE, Replicas
from common.training import fit


def data(rows: int) -> tuple[dict[str, Any], np.ndarray]:
    generator = np.random.default_rng(0)
    tokens = Ragged.from_rows([generator.integers(1, 9, 6 + row % 3) for row in range(rows)], np.int32)
    return {"tokens": tokens, "lengths": tokens.lengths}, generator.integers(0, 2, rows).astype(np.int32)


def models(dropout: float) -> Models:
    keras.utils.set_random_seed(1)
    tokens, lengths = keras.Input((None,), dtype="int32", name="tokens"), keras.Input((), dtype="int32", name="lengths")
    x = keras.layers.Embedding(9, 4)(tokens)
    x = keras.layers.Dropout(dropout, seed=3)(x)
    x = RecurrentStack("gru", 3, name="gru")(x, lengths)
    logits = keras.layers.Dense(2)(pool_sequence(x, length_mask(x, lengths), "mean"))
    training, serving = keras.Model([tokens, lengths], logits), keras.Model([tokens, lengths], {"logits": logits})
    return Models(training, serving, keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def main(folder: Path, way: str, rows: int, dropout: float, epochs: int) -> None:
    replicas: Replicas = ALONE
    if way == "devices":
        from common.mirrored import mirrored

        replicas = mirrored(2)
    elif way == "processes":
        from common.jax_processes import from_environment

        replicas = from_environment()
    arrays, classes = data(rows)

    def validate(run: Any) -> dict[str, float]:
        logits = run(arrays)["logits"]
        return {"likelihood": float(np.take_along_axis(logits, classes[:, None], 1).mean())}

    app: Any = SimpleNamespace(objective="likelihood", minimise=False)
    config = TrainingConfig(epochs=epochs, batch_size=8, learning_rate=0.05, ema=0.9, clip_norm=0.1)
    with replicas.joined(), replicas.scope():
        made = models(dropout)
        history = fit(app, config, made, (arrays, classes), validate, folder, replicas=replicas)
        weights = [np.asarray(weight) for weight in made.serving.get_weights()]
    if replicas.leads:
        shown = {"history": history, "weights": [weight.tolist() for weight in weights]}
        print(json.dumps(shown))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
