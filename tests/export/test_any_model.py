"""Any Keras model with recurrent layers is converted, or refused with a reason; never wrong in silence."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from keras import layers

from common.errors import UserError
from common.files import read_json
from export.any_model import export_file, export_loaded
from export.convert import Form
from export.runtime import Runtime, Stepper, load_bundle
from tests.export.random_models import TIMESTEPS, models

EXAMPLES = int(os.environ.get("UNROLL_FUZZ", "6"))


@settings(
    max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], derandomize=EXAMPLES < 100, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(models(), st.booleans())
def test_a_random_model_agrees_with_keras_or_is_refused_with_a_reason(model, fastest):
    with TemporaryDirectory() as folder:
        output = Path(folder) / "bundle"
        try:
            # the gates compare with Keras at eight lengths and more, within 1e-4
            export_loaded(model, "random", output, Form("float32", fastest=fastest, step=True), TIMESTEPS)
        except UserError as reason:
            text = str(reason)
            assert "expected" in text and "found" in text and "\n" not in text
            assert not text.startswith(("gate agreement", "gate invocations")), f"{text}\n{model.to_json()}"
            assert not output.exists()
            return
        load_bundle(output).runtime()


def test_what_the_converter_cannot_do_is_refused_with_the_layer_s_name() -> None:
    from export.convert import refusal

    log = 'error: loc(callsite(fused["BiasAdd:", "inner_3/add_37_1/BiasAdd@__inference_forward_8"])): of the same rank'
    told = refusal(log, ["add_3", "add_37", "dense"])
    assert told.startswith("expected a convertible model, found in layer add_37: ") and "\n" not in told


def test_a_file_is_exported_with_lengths_and_step(tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((None, 5), name="x"), layers.LSTM(24, return_sequences=True, name="memory"), layers.Dense(2)]
    )
    model.save(tmp_path / "model.keras")
    summary = export_file(tmp_path / "model.keras", tmp_path / "bundle", Form("float32", step=True), max_length=30)
    assert summary.converted.reads_lengths and not summary.converted.slow
    assert {gate.name for gate in summary.gates} >= {"operators", "invocations", "agreement", "step"}
    manifest = read_json(tmp_path / "bundle" / "manifest.json")
    assert [state["layer"] for state in manifest["signatures"]["step"]["states"]] == ["memory", "memory"]
    rows = np.random.default_rng(0).normal(size=(1, 30, 5)).astype(np.float32)
    stepper = Stepper(tmp_path / "bundle" / "model.tflite")
    name = next(iter(stepper.inputs))
    runtime = load_bundle(tmp_path / "bundle").runtime()
    for length in (1, 4, 30):
        (found,) = runtime.invoke({name: rows, "lengths": np.array([length], np.int32)}).values()
        np.testing.assert_allclose(found[:, :length], model(rows[:, :length]), atol=1e-5)
    stepper.reset()
    stepped = [next(iter(stepper.step({name: rows[:, t : t + 1]}).values())) for t in range(30)]
    np.testing.assert_allclose(np.concatenate(stepped, axis=1), model(rows), atol=1e-5)


def test_a_model_that_reads_backwards_has_no_step_and_says_why(tmp_path):
    model = keras.Sequential([keras.Input((9, 4)), layers.Bidirectional(layers.GRU(6)), layers.Dense(1)])
    summary = export_loaded(model, "both", tmp_path / "bundle", Form("float32", step=True))
    assert "reads backwards" in summary.converted.no_step
    assert "reads backwards" in (tmp_path / "bundle" / "REPORT.md").read_text()


def test_a_convolution_before_the_recurrence_leaves_step_out_by_measurement(tmp_path):
    given = keras.Input((12, 4))
    hidden = layers.Conv1D(8, 3, padding="causal")(given)
    model = keras.Model(given, layers.Dense(1)(layers.GRU(6)(hidden)))
    summary = export_loaded(model, "conv", tmp_path / "bundle", Form("float32", step=True))
    assert "looks beyond one timestep" in summary.converted.no_step
    assert not Runtime(tmp_path / "bundle" / "model.tflite").has_step


def test_an_unknown_activation_goes_the_slow_way_and_the_report_says_so(tmp_path):
    model = keras.Sequential([keras.Input((9, 4)), layers.LSTM(6, activation="softsign", name="odd"), layers.Dense(1)])
    summary = export_loaded(model, "odd", tmp_path / "bundle", Form("float32"))
    assert summary.converted.slow == {"odd": "the activation softsign is unknown"}
    assert "Keras' own loop" in (tmp_path / "bundle" / "REPORT.md").read_text()


def test_initial_states_as_inputs_and_last_states_as_outputs(tmp_path):
    keras.utils.set_random_seed(1)
    x, h, c = keras.Input((10, 3), name="x"), keras.Input((7,), name="h"), keras.Input((7,), name="c")
    found, last_h, last_c = layers.LSTM(7, return_sequences=True, return_state=True)(x, initial_state=[h, c])
    model = keras.Model([x, h, c], {"sequence": found, "last_h": last_h, "last_c": last_c})
    summary = export_loaded(model, "states", tmp_path / "bundle", Form("float32", step=True))
    assert not summary.converted.slow
    assert set(Runtime(tmp_path / "bundle" / "model.tflite").outputs) == {"sequence", "last_h", "last_c"}


@pytest.mark.parametrize(
    ("content", "named"),
    [(None, "found none"), (b"", "zip archive"), (b"PK\x03\x04 cut", "zip archive")],
)
def test_a_broken_model_file_is_one_line(tmp_path, content, named):
    path = tmp_path / "model.keras"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=named) as caught:
        export_file(path, tmp_path / "bundle")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "bundle").exists()


def test_a_lambda_layer_is_never_run(tmp_path):
    model = keras.Sequential([keras.Input((4, 3)), layers.Lambda(lambda x: x + 1), layers.GRU(3)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(UserError, match="cannot be loaded safely"):
        export_file(tmp_path / "model.keras", tmp_path / "bundle")


def test_an_open_time_axis_needs_a_length(tmp_path):
    model = keras.Sequential([keras.Input((None, 3)), layers.GRU(3)])
    with pytest.raises(UserError, match="--max-length"):
        export_loaded(model, "open", tmp_path / "bundle")
