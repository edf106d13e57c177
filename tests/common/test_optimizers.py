"""The optimizer: its schedule, and the compiled update that gives the numbers of Keras'."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from common.config import TrainingConfig
from common.optimizers import make_optimizer


def test_the_rate_rises_then_falls() -> None:
    optimizer = make_optimizer(TrainingConfig(warmup=0.1, learning_rate=1.0), 100)
    rates = [float(optimizer._learning_rate(step)) for step in (1, 5, 10, 50, 100)]
    assert rates[0] < rates[1] < rates[2] == pytest.approx(1.0)
    assert rates[2] > rates[3] > rates[4] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("options", [{"ema": 0.9, "clip_norm": 0.1, "weight_decay": 0.1}, {"clip_norm": 0.0}])
def test_the_compiled_update_is_that_of_keras_on_dense_gradients(options: dict[str, Any]) -> None:
    results = []
    for compiled in (False, True):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((None,), dtype="int32"), keras.layers.Embedding(9, 3)])
        model.add(keras.layers.GlobalAveragePooling1D())
        model.add(keras.layers.Dense(1))
        optimizer = make_optimizer(TrainingConfig(learning_rate=0.1, **options), 10, compiled)
        model.compile(optimizer, "mse", jit_compile=False)
        for _ in range(6):
            model.train_on_batch(np.array([[1, 1, 2], [3, 1, 4]]), np.array([[1.0], [-1.0]]))
        results.append([np.asarray(variable) for variable in (*model.variables, *optimizer.variables)])
        assert type(optimizer) is keras.optimizers.AdamW
    for plain, fused in zip(*results, strict=True):
        np.testing.assert_allclose(fused, plain, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_word_that_occurs_twice_moves_as_adam_says(compiled: bool) -> None:
    """The first step of Adam is the rate in the gradient's direction, whatever its size: also where two rows add."""
    inputs = keras.Input((3,), dtype="int32")
    table = keras.layers.Embedding(4, 1)
    model = keras.Model(inputs, table(inputs))
    before = np.array(table.embeddings)
    rates = {"learning_rate": 0.1, "weight_decay": 0.0, "clip_norm": 0.0, "warmup": 0.0, "schedule": "constant"}
    model.compile(make_optimizer(TrainingConfig(**rates), 10, compiled), "mae", jit_compile=False)
    model.train_on_batch(np.array([[1, 1, 2]]), np.full((1, 3, 1), 5.0))
    np.testing.assert_allclose(np.array(table.embeddings) - before, [[0], [0.1], [0.1], [0]], atol=1e-5)


def test_the_compiled_update_runs_through_xla() -> None:
    variable = keras.Variable(np.ones(3, np.float32))
    optimizer = make_optimizer(TrainingConfig(), 10, compiled=True)
    optimizer.build([variable])
    graph = tf.function(lambda: optimizer.apply([tf.ones(3)], [variable]), autograph=False).get_concrete_function()
    (call,) = [node for node in graph.graph.as_graph_def().node if node.op == "StatefulPartitionedCall"]
    assert call.attr["_XlaMustCompile"].b or any(
        function.attr["_XlaMustCompile"].b for function in graph.graph.as_graph_def().library.function
    )
