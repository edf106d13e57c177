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


def test_the_averaged_weights_of_a_short_training_have_left_the_start_behind() -> None:
    assert make_optimizer(TrainingConfig(ema=0.995), 10_000).ema_momentum == 0.995
    short = make_optimizer(TrainingConfig(ema=0.995), 200).ema_momentum
    assert short**200 < 0.02
    assert make_optimizer(TrainingConfig(ema=0.995), 2).ema_momentum == 0.0


@pytest.mark.parametrize("options", [{"ema": 0.9, "clip_norm": 0.1, "weight_decay": 0.1}, {"clip_norm": 0.0}])
def test_the_compiled_update_is_that_of_keras_also_for_a_word_that_occurs_twice(options: dict[str, Any]) -> None:
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


def test_the_compiled_update_runs_through_xla() -> None:
    variable = keras.Variable(np.ones(3, np.float32))
    optimizer = make_optimizer(TrainingConfig(), 10, compiled=True)
    optimizer.build([variable])
    graph = tf.function(lambda: optimizer.apply([tf.ones(3)], [variable]), autograph=False).get_concrete_function()
    (call,) = [node for node in graph.graph.as_graph_def().node if node.op == "StatefulPartitionedCall"]
    assert call.attr["_XlaMustCompile"].b or any(
        function.attr["_XlaMustCompile"].b for function in graph.graph.as_graph_def().library.function
    )
