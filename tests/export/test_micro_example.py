"""The C++ example of a micro bundle, compiled against stubs and run, LiteRT's interpreter answering its invocations."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from benchmarks.micro_host import run_example
from common.files import read_json
from export.flatbuffer import read
from export.micro import MicroWeights, litert
from export.micro_form import OPERATORS, operator_names
from export.micro_runner import MicroTensor, run_row
from export.model_file import spec_of
from export.small_lanes import export_micro

STUBS = Path(__file__).with_name("micro_stubs")
STRICT = ["-std=c++17", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fno-exceptions", "-fno-rtti"]
TIMESTEPS = 6
pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")


@dataclass(frozen=True)
class Bundle:
    """A bundle of a small model, and the one row that its example is made of."""

    folder: Path
    row: np.ndarray  # (1, timesteps, 3)
    answer: np.ndarray  # Keras': (timesteps, 2), or (2,) where pooled


def exported(folder: Path, weights: MicroWeights, pooled: bool = False) -> Bundle:
    keras.utils.set_random_seed(0)
    pool = [layers.GlobalMaxPooling1D()] if pooled else []
    recurrence = layers.GRU(4, return_sequences=True)
    model = keras.Sequential([keras.Input((None, 3), name="x"), recurrence, *pool, layers.Dense(2, name="y")])
    rows = np.random.default_rng(0).normal(size=(24, TIMESTEPS, 3)).astype(np.float32)
    export_micro(
        model, spec_of(model, TIMESTEPS), folder, application="small", arrays={"x": rows}, assets=None, weights=weights
    )
    return Bundle(folder, rows[:1], np.asarray(model(rows[:1]))[0])


def compiled(bundle: Path, program: Path) -> Path:
    sources = [str(bundle / "main.cc"), str(bundle / "model.cc")]
    subprocess.run(["g++", *STRICT, f"-I{STUBS}", f"-I{bundle}", *sources, "-o", str(program)], check=True)
    return program


def tensors(manifest: dict[str, Any], side: str) -> tuple[MicroTensor, ...]:
    return tuple(MicroTensor.from_json(entry) for entry in manifest[side])


@pytest.mark.parametrize(("weights", "pooled"), [("int8", False), ("float32", False), ("float32", True)])
def test_the_example_gives_the_bytes_to_the_model_and_prints_what_python_does(tmp_path, weights, pooled):
    bundle = exported(tmp_path / "bundle", weights, pooled)
    manifest, invoke = read_json(bundle.folder / "manifest.json"), litert((bundle.folder / "model.tflite").read_bytes())
    given: list[list[bytes]] = []

    def noted(values):
        given.append([value.tobytes() for value in values])
        return invoke(values)

    program = compiled(bundle.folder, tmp_path / "run")
    printed, invocations = run_example(program, manifest["inputs"], manifest["outputs"], noted)
    from_cpp = given.copy()
    given.clear()
    answers = run_row(noted, tensors(manifest, "inputs"), tensors(manifest, "outputs"), {"x": bundle.row}, TIMESTEPS)
    assert invocations == (1 if pooled else TIMESTEPS) and from_cpp == given
    if not pooled:
        (place,) = [place for place, entry in enumerate(manifest["inputs"]) if entry["name"] == "state_0"]
        assert len({stored[place] for stored in from_cpp}) == TIMESTEPS  # another state at every step
    (output,) = [entry["name"] for entry in manifest["outputs"] if not entry["name"].startswith("next_state_")]
    lines = re.findall(rf"^{output} \d+ (\S+), Keras (\S+)$", printed, re.MULTILINE)
    found = np.array(lines, np.float64)  # (2, device and Keras)
    np.testing.assert_allclose(found[:, 0], answers[output][-1].ravel(), atol=1e-6)
    np.testing.assert_allclose(found[:, 1], bundle.answer if pooled else bundle.answer[-1], atol=2e-6)


def test_the_example_registers_the_operators_that_the_model_uses_and_no_others(tmp_path):
    bundle = exported(tmp_path / "bundle", "int8").folder
    used = operator_names(read((bundle / "model.tflite").read_bytes()))
    source = (bundle / "main.cc").read_text()
    added = re.findall(r"resolver\.Add(\w+)\(\)", source)
    assert sorted(name.lower() for name in added) == sorted(name.replace("_", "").lower() for name in used)
    assert f"MicroMutableOpResolver<{len(used)}>" in source and not re.search(r"\b(new|malloc|std::vector)\b", source)


def test_the_stubs_have_a_method_for_every_operator_that_the_lane_lets_through():
    header = (STUBS / "tensorflow/lite/micro/micro_mutable_op_resolver.h").read_text()
    methods = {name.lower() for name in re.findall(r"TfLiteStatus Add(\w+)\(\)", header)}
    assert {name.replace("_", "").lower() for name in OPERATORS} == methods - {"ed"}


def test_an_example_that_is_refused_its_tensors_fails(tmp_path):
    """A model whose state is of another type than the example was written for: Micro gives no tensor."""
    bundle = exported(tmp_path / "bundle", "float32")
    manifest = read_json(bundle.folder / "manifest.json")
    program = compiled(bundle.folder, tmp_path / "run")
    other = [{**entry, "dtype": "int8"} for entry in manifest["inputs"]]
    with pytest.raises(RuntimeError, match=r"expected status 0, found .* after 0 invocations"):
        run_example(program, other, manifest["outputs"], lambda values: values)


def test_the_report_says_how_to_build_and_what_was_not_done(tmp_path):
    report = (exported(tmp_path / "bundle", "float32").folder / "REPORT.md").read_text()
    for words in ("Arena: not measured", "No microcontroller ran this model", "Compile main.cc and model.cc as C++17"):
        assert words in report
