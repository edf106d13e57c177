"""Bundles of the other lanes: checked before they are written, whole or absent."""

from __future__ import annotations

import importlib.util

import keras
import numpy as np
import pytest
from keras import layers

from common.errors import UserError
from common.files import read_json, sha256
from export.model_file import random_examples, spec_of
from export.runtime import load_bundle
from export.small_lanes import export_micro


def _model() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((None, 3), name="x"), layers.GRU(5, return_sequences=True), layers.Dense(2)])


@pytest.mark.skipif(importlib.util.find_spec("tf2onnx") is None, reason="the extra `onnx` is not installed")
def test_an_onnx_bundle_is_checked_and_whole(tmp_path, monkeypatch):
    from export import onnx_bundle

    model = _model()
    spec = spec_of(model, 20)
    given = {"application": "small", "arrays": random_examples(model, spec)}
    gate, slow = onnx_bundle.export_onnx(model, spec, tmp_path / "bundle", **given)
    assert gate.name == "agreement" and not slow
    manifest = read_json(tmp_path / "bundle" / "manifest.json")
    assert (manifest["lane"], manifest["weights"]) == ("onnx", "float32")
    for name, entry in manifest["files"].items():
        assert sha256(tmp_path / "bundle" / name) == entry["sha256"]
    with pytest.raises(UserError, match="lane litert, found 'onnx'"):
        load_bundle(tmp_path / "bundle")

    wrong = {name: np.zeros(()) for name in spec.outputs}
    monkeypatch.setattr(onnx_bundle, "_keras_outputs", lambda model, spec, inputs: wrong)
    with pytest.raises(UserError, match="gate agreement"):
        onnx_bundle.export_onnx(model, spec, tmp_path / "other", **given)
    assert not (tmp_path / "other").exists()


def test_a_micro_bundle_holds_the_model_as_a_file_and_as_an_array(tmp_path):
    model = _model()
    spec = spec_of(model, 6)
    gates, why_run = export_micro(
        model, spec, tmp_path / "bundle", application="small", arrays=random_examples(model, spec), assets=None,
        weights="float32",
    )  # fmt: skip
    assert gates and not why_run
    names = {path.name for path in (tmp_path / "bundle").iterdir()}
    assert {"model.tflite", "model.h", "model.cc", "main.cc", "manifest.json", "testvectors.json"} <= names
    told = read_json(tmp_path / "bundle" / "testvectors.json")
    assert told["signature"] == "step" and len(told["vectors"]) == len(random_examples(model, spec)["x"])
    for vector in told["vectors"]:
        given = np.asarray(vector["inputs"]["x"], np.float32)[None]
        wanted = keras.ops.convert_to_numpy(model(given))[0]
        np.testing.assert_allclose(vector["outputs"][spec.outputs[0]], wanted, atol=1e-5)
    assert read_json(tmp_path / "bundle" / "manifest.json")["signature"] == "step"
    with pytest.raises(UserError, match="--lane micro, found int4"):
        export_micro(model, spec, tmp_path / "x", application="x", arrays={}, assets=None, weights="int4")
