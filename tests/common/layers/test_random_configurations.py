"""Random configurations of a stack go through build, two training steps, save, load and predict.

`make fuzz` draws 500 in ten processes (UNROLL_FUZZ says how many each); the tests draw a few, always the same.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from common.config import TrainingConfig
from common.layers import CELLS, POOLINGS, RecurrentStack, accelerate, length_mask, pool_sequence
from common.optimizers import make_optimizer

EXAMPLES = int(os.environ.get("UNROLL_FUZZ", "5"))
BATCH, FEATURES = 3, 2
RATES = st.sampled_from([0.0, 0.0, 0.3])


@st.composite
def configurations(draw: Any) -> dict[str, Any]:
    bidirectional = draw(st.booleans())
    stack = {
        "cell": draw(st.sampled_from(sorted(CELLS))),
        "units": draw(st.integers(1, 5)),
        "layers": draw(st.integers(1, 3)),
        "bidirectional": bidirectional,
        "residual": draw(st.booleans()),
        "layer_normalization": draw(st.booleans()),
        "input_dropout": draw(RATES),
        "recurrent_dropout": draw(RATES),
        "output_dropout": draw(RATES),
        "return_sequences": draw(st.booleans()),
        "return_state": draw(st.booleans()),
        "stateful": not bidirectional and draw(st.sampled_from([False, False, True])),
        "seed": draw(st.sampled_from([None, 0, 7])),
    }
    return {
        "stack": stack,
        "lengths": draw(st.booleans()),
        "stride": draw(st.sampled_from([1, 1, 3])),
        "start": draw(st.booleans()),  # whether initial states are an input
        "pooling": draw(st.sampled_from(POOLINGS)),
        "steps": draw(st.sampled_from([None, None, 1, 6])),  # known when the model is built, or not
        "policy": draw(st.sampled_from(["float32", "float32", "mixed_bfloat16"])),
        "fast": draw(st.booleans()),
        "ema": draw(st.sampled_from([0.0, 0.9])),
        "clip_norm": draw(st.sampled_from([0.0, 1.0])),
        "widths": draw(st.tuples(st.integers(1, 20), st.integers(1, 20))),
        "data_seed": draw(st.integers(0, 9)),
    }


def build(case: dict[str, Any]) -> keras.Model:
    stack = RecurrentStack(**case["stack"])
    batch = BATCH if case["stack"]["stateful"] else None
    x = keras.Input((case["steps"], FEATURES), batch_size=batch, name="x")
    inputs, lengths, start = {"x": x}, None, None
    if case["lengths"]:
        lengths = inputs["lengths"] = keras.Input((), batch_size=batch, dtype="int32", name="lengths")
    if case["start"]:
        count = len(stack.recurrent) * stack.states_per_layer
        start = [keras.Input((case["stack"]["units"],), batch_size=batch, name=f"state_{i}") for i in range(count)]
        inputs |= {state.name: state for state in start}
    result = stack(x, lengths, stride=case["stride"], initial_state=start)
    states, last = result if stack.return_state else (result, [])
    if stack.return_sequences and case["pooling"] != "last" and lengths is not None:
        states = pool_sequence(states, length_mask(states, lengths, case["stride"]), case["pooling"])
    if last:
        ends = keras.layers.Concatenate()(last) if len(last) > 1 else last[0]
        if len(states.shape) == 3 and lengths is not None:  # Keras' own average is 0/0 for a row without a real step
            states = pool_sequence(states, length_mask(states, lengths, case["stride"]), "mean")
        elif len(states.shape) == 3:
            states = keras.layers.GlobalAveragePooling1D()(states)
        states = keras.layers.Concatenate()([states, ends])
    return keras.Model(inputs, keras.layers.Dense(2, dtype="float32")(states))


def batch_of(model: keras.Model, case: dict[str, Any], width: int, seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng((case["data_seed"], seed))
    width = case["steps"] or width
    arrays: dict[str, np.ndarray] = {}
    for name, value in model.input.items():
        shape = (BATCH, width, FEATURES) if name == "x" else (BATCH, *value.shape[1:])
        arrays[name] = generator.normal(size=shape).astype(np.float32)
    if "lengths" in arrays:
        arrays["lengths"] = generator.integers(0, case["stride"] * width + 1, BATCH).astype(np.int32)
    return arrays


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize="UNROLL_FUZZ" not in os.environ, database=None,
    suppress_health_check=list(HealthCheck), phases=[Phase.generate],
)  # fmt: skip
@given(case=configurations())
def check(case: dict[str, Any]) -> None:
    keras.utils.clear_session()
    keras.utils.set_random_seed(case["data_seed"])
    keras.config.set_dtype_policy(case["policy"])
    try:
        model = build(case)
        if case["fast"]:
            accelerate(model)
        config = TrainingConfig(ema=case["ema"], clip_norm=case["clip_norm"], warmup=0.0)
        model.compile(make_optimizer(config, 2, compiled=case["fast"]), "mse", jit_compile=False)
        before = [np.array(weight) for weight in model.get_weights()]
        for step, width in enumerate(case["widths"]):
            arrays = batch_of(model, case, width, step)
            targets = np.ones(model.compute_output_shape({name: a.shape for name, a in arrays.items()}), np.float32)
            assert np.isfinite(model.train_on_batch(arrays, targets))
        assert any((new != old).any() for new, old in zip(model.get_weights(), before, strict=True))
        assert all(np.isfinite(weight).all() for weight in model.get_weights())
        arrays = batch_of(model, case, 9, 2)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            model.save(path)
            loaded = keras.saving.load_model(path)
        for one in (model, loaded):
            reset_states(one)
        expected, found = (one.predict(arrays, batch_size=BATCH, verbose=0) for one in (model, loaded))
        assert np.isfinite(found).all()
        rounding = 1e-6 if case["policy"] == "float32" else 0.05  # of bfloat16's 8 bits
        np.testing.assert_allclose(found, expected, rtol=rounding, atol=rounding)
    finally:
        keras.config.set_dtype_policy("float32")


def reset_states(model: keras.Model) -> None:
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


@pytest.mark.usefixtures("few_steps_a_block")
def test_random_configurations_build_train_save_load_and_predict() -> None:
    check()
