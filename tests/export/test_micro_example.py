"""The C++ example of a micro bundle compiles against a stub of TensorFlow Lite Micro and carries its states."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from export.micro import MicroWeights
from export.model_file import spec_of
from export.small_lanes import export_micro

STUBS = Path(__file__).with_name("micro_stubs")
STRICT = ["-std=c++17", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fno-exceptions", "-fno-rtti"]


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
@pytest.mark.parametrize(("weights", "pooled"), [("int8", False), ("float32", False), ("float32", True)])
def test_the_example_compiles_and_carries_its_states(tmp_path: Path, weights: MicroWeights, pooled: bool) -> None:
    keras.utils.set_random_seed(0)
    pool = [layers.GlobalMaxPooling1D()] if pooled else []
    recurrence = layers.GRU(4, return_sequences=True)
    model = keras.Sequential([keras.Input((None, 3), name="x"), recurrence, *pool, layers.Dense(2)])
    spec = spec_of(model, 6)
    same = np.ones((8, 6, 3), np.float32)
    arrays = {"x": same if weights == "float32" else same * np.linspace(-1, 1, 8, dtype=np.float32)[:, None, None]}
    bundle = tmp_path / "bundle"
    export_micro(model, spec, bundle, application="small", arrays=arrays, assets=None, weights=weights)
    sources = [str(bundle / "main.cc"), str(bundle / "model.cc")]
    subprocess.run(["g++", *STRICT, f"-I{STUBS}", f"-I{bundle}", *sources, "-o", str(tmp_path / "run")], check=True)
    done = subprocess.run([str(tmp_path / "run")], capture_output=True, text=True, timeout=20, check=True)
    lines = done.stdout.splitlines()
    invoked = [line for line in lines if line.startswith("invoked")]
    assert len(invoked) == (1 if pooled else 6)
    if not pooled and weights == "float32":  # the inputs are the same each time: what changes is the state
        assert invoked[0] != invoked[1] == invoked[2]
    assert sum(line.startswith(f"{spec.outputs[0]} ") for line in lines) == 2
    report = (bundle / "REPORT.md").read_text()
    assert "Arena: not measured" in report and "No microcontroller ran this model" in report
