"""The fitting path: what stops it, what it keeps, what it weighs, and that mixed widths are traced once."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from common import training
from common.app import Models
from common.config import TrainingConfig
from common.data.batches import TrainingBatches
from common.data.ragged import Ragged
from common.errors import UserError
from common.layers import RecurrentStack
from common.training import balanced_weights, compiled, fit

APP: Any = SimpleNamespace(objective="accuracy", minimise=False)
WORDS = 9


class CountingLoss(keras.losses.SparseCategoricalCrossentropy):
    """Cross-entropy that counts how often it is traced."""

    def __init__(self) -> None:
        super().__init__(from_logits=True)
        self.traced = 0

    def call(self, y_true: Any, y_pred: Any) -> Any:
        self.traced += 1
        return super().call(y_true, y_pred)


def small_models(policy: str = "float32") -> Models:
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    try:
        tokens = keras.Input((None,), dtype="int32", name="tokens")
        lengths = keras.Input((), dtype="int32", name="lengths")
        x = keras.layers.Embedding(WORDS, 4)(tokens)
        x = RecurrentStack("gru", 3, return_sequences=False)(x, lengths)
        logits = keras.layers.Dense(2)(x)
    finally:
        keras.config.set_dtype_policy("float32")
    model = keras.Model([tokens, lengths], {"logits": logits})
    return Models(keras.Model([tokens, lengths], logits), model, CountingLoss())


def test_one_graph_gives_all_answers_so_that_none_depends_on_what_was_asked_before() -> None:
    serving = small_models().serving
    for rows in (40, 3, 7):
        arrays, _ = data(rows)
        found = training.keras_runner(serving)(arrays)["logits"]
        np.testing.assert_allclose(found, training.keras_runner(small_models().serving)(arrays)["logits"], atol=1e-6)
    assert serving.predict_function.experimental_get_tracing_count() == 1


def data(rows: int, targets: list[int] | None = None) -> tuple[dict[str, Any], np.ndarray]:
    generator = np.random.default_rng(0)
    tokens = Ragged.from_rows([generator.integers(1, WORDS, 1 + 5 * (row % 12)) for row in range(rows)], np.int32)
    wanted = np.array(targets or [row % 2 for row in range(rows)], np.int32)
    return {"tokens": tokens, "lengths": tokens.lengths}, wanted


def run(folder: Path, scores: list[float] | None = None, **fields: Any) -> tuple[Models, Any, list[list[np.ndarray]]]:
    models, seen, left = small_models(fields.get("dtype_policy", "float32")), [], list(scores or [])

    def validate(runner: Any) -> dict[str, float]:
        seen.append(models.serving.get_weights())
        return {"accuracy": left.pop(0) if left else 0.5}

    config = TrainingConfig(**{"batch_size": 8, "warmup": 0.0, "schedule": "constant", **fields})
    return models, fit(APP, config, models, data(48), validate, folder), seen


def test_it_stops_without_progress_and_keeps_the_best_epoch(tmp_path: Path) -> None:
    models, history, seen = run(tmp_path, [0.5, 0.8, 0.7, 0.6, 0.9], epochs=9, patience=2)
    assert [row["val_accuracy"] for row in history] == [0.5, 0.8, 0.7, 0.6]
    for found, best, last in zip(models.serving.get_weights(), seen[1], seen[3], strict=True):
        np.testing.assert_array_equal(found, best)
        assert (found != last).any()


def test_averaged_weights_are_scored_and_kept(tmp_path: Path) -> None:
    _, _, raw = run(tmp_path / "raw", epochs=1)
    models, _, averaged = run(tmp_path / "averaged", epochs=1, ema=0.9)
    start = small_models().serving.get_weights()
    for found, scored, plain, first in zip(models.serving.get_weights(), averaged[0], raw[0], start, strict=True):
        np.testing.assert_array_equal(found, scored)
        assert np.abs(found - first).sum() < np.abs(plain - first).sum()  # an average lags behind


def test_batches_of_many_widths_and_sizes_are_traced_once() -> None:
    models = small_models()
    batches = TrainingBatches(*data(44), batch_size=8, seed=0)
    widths = {batch["tokens"].shape for batch, _ in batches}
    assert len(widths) > 3
    compiled(models, TrainingConfig(epochs=2), batches)
    for _ in range(2):
        models.training.fit(batches.dataset(), verbose=0, shuffle=False)
    assert models.loss.traced == 1


@pytest.mark.parametrize(("threshold", "changed"), [(0, True), (10**9, False)])
def test_long_trainings_are_accelerated(monkeypatch: pytest.MonkeyPatch, threshold: int, changed: bool) -> None:
    monkeypatch.setattr(training, "ACCELERATED_FROM", threshold)
    models = small_models()
    compiled(models, TrainingConfig(), TrainingBatches(*data(16), batch_size=8, seed=0))
    (layer,) = [layer for layer in models.training.layers if isinstance(layer, keras.layers.GRU)]
    assert ("inner_loop" in vars(layer)) is changed


def test_the_fast_way_trains_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, *_ = run(tmp_path / "slow", epochs=2)
    monkeypatch.setattr(training, "ACCELERATED_FROM", 0)
    fast, *_ = run(tmp_path / "fast", epochs=2)
    for one, other in zip(slow.serving.get_weights(), fast.serving.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_float32_variables(tmp_path: Path, policy: str) -> None:
    models, history, _ = run(tmp_path, epochs=2, dtype_policy=policy, learning_rate=0.01)
    assert history[1]["loss"] < history[0]["loss"]
    assert {np.dtype(weight.dtype) for weight in models.serving.get_weights()} == {np.dtype(np.float32)}


def test_balanced_classes_weigh_alike() -> None:
    weights = balanced_weights(np.array([0] * 9 + [1]))
    assert weights[0] * 9 == pytest.approx(weights[1])
    assert weights[0] * 9 + weights[1] == pytest.approx(10)


@pytest.mark.parametrize("targets", [np.zeros((3, 2), np.int32), np.zeros(3, np.float32), {"a": np.zeros(3)}])
def test_weights_for_other_targets_are_refused(targets: Any) -> None:
    with pytest.raises(UserError, match="expected one class a row"):
        balanced_weights(targets)


def test_balanced_training_finds_the_rare_class(tmp_path: Path) -> None:
    """Inputs that say nothing: the model learns the classes' shares, or halves when they are balanced."""
    shares, rising = {}, itertools.count()
    for kind in ("none", "balanced"):
        models = small_models()
        arrays, targets = data(40, [0] * 36 + [1] * 4)
        arrays["tokens"] = Ragged.from_rows([[1, 1]] * 40, np.int32)
        arrays["lengths"] = arrays["tokens"].lengths
        config = TrainingConfig(
            class_weight=kind, epochs=25, batch_size=8, learning_rate=0.1, weight_decay=0.0, schedule="constant"
        )
        fit(APP, config, models, (arrays, targets), lambda runner: {"accuracy": next(rising)}, tmp_path / kind)
        logits = np.asarray(models.training([arrays["tokens"].padded(np.arange(1), 2), arrays["lengths"][:1]]))[0]
        shares[kind] = float(keras.ops.softmax(logits)[1])
    assert shares["none"] < 0.25
    assert shares["balanced"] > 0.35
