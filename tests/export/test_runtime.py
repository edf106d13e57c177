"""The runtime: no TensorFlow, one line for each mistake, and no damaged bundle is run."""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from common.data.ragged import Ragged
from common.errors import UserError
from common.files import write_sealed
from export.contenders import bare_layer
from export.convert import Form, convert
from export.pipeline import Examples, export_model
from export.runtime import Runtime, load_bundle

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def exported(bag, make_spec, make_rows, tmp_path_factory):
    output = tmp_path_factory.mktemp("export") / "bundle"
    return export_model(
        bag, make_spec(), output, application="letters", examples=Examples(make_rows([1, 4, 9, 24]))
    ).output


@pytest.fixture
def bundle(exported, tmp_path):
    return Path(shutil.copytree(exported, tmp_path / "bundle"))


def test_a_bundle_runs_without_tensorflow_or_keras(bundle):
    code = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from common.data.ragged import Ragged\n"
        "from export.runtime import load_bundle\n"
        "run = load_bundle(Path(sys.argv[1])).runtime()\n"
        "out = run({'tokens': Ragged.from_rows([[1, 2, 3], [4]], np.int32)})\n"
        "assert out['probabilities'].shape == (2, 2) and np.allclose(out['probabilities'].sum(1), 1)\n"
        "bad = {name.split('.')[0] for name in sys.modules} & {'tensorflow', 'keras', 'jax', 'torch'}\n"
        "assert not bad, bad\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(bundle)], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["model.tflite", "decoder.json", "testvectors.json"])
def test_a_damaged_file_is_refused_by_name(bundle, name):
    content = bytearray((bundle / name).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / name).write_bytes(content)
    with pytest.raises(UserError, match=rf"{name}: expected .* the file is damaged"):
        load_bundle(bundle)


def test_a_missing_file_and_a_path_outside_are_refused(bundle):
    (bundle / "decoder.json").unlink()
    with pytest.raises(UserError, match=r"decoder\.json: expected a file of the bundle, found none"):
        load_bundle(bundle)
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"] = {"../secret": {"size_bytes": 1, "sha256": "0"}}
    write_sealed(bundle / "manifest.json", manifest)
    with pytest.raises(UserError, match="expected files inside the bundle"):
        load_bundle(bundle)


def test_another_version_or_other_json_is_refused(bundle):
    manifest = json.loads((bundle / "manifest.json").read_text())
    write_sealed(bundle / "manifest.json", {**manifest, "format_version": 99})
    with pytest.raises(UserError, match="format version 1, found 99"):
        load_bundle(bundle)
    for name, value in (
        ("files", {"a": {"size_bytes": "x"}}),
        ("files", {"a": 3}),
        ("signatures", {}),
        ("signatures", 1),
    ):
        write_sealed(bundle / "manifest.json", {**manifest, name: value})
        with pytest.raises(UserError, match=r"manifest\.json: expected .* found an error"):
            load_bundle(bundle)
    (bundle / "manifest.json").write_text("[]")
    with pytest.raises(UserError, match="expected the manifest of a bundle"):
        load_bundle(bundle)


def test_mistakes_in_the_rows_are_told_in_one_line(exported):
    runtime = load_bundle(exported).runtime()
    with pytest.raises(UserError, match="tokens: expected at most 24 timesteps, found 25"):
        runtime.run({"tokens": Ragged.from_rows([np.ones(25)], np.int32)})
    with pytest.raises(UserError, match="expected the encoded input tokens, found text"):
        runtime.run({"text": np.zeros((1, 24), np.int32), "lengths": np.ones(1, np.int32)})
    with pytest.raises(UserError, match="check that ids lie inside the vocabulary"):
        runtime.run({"tokens": Ragged.from_rows([[100000]], np.int32)})


def test_lengths_and_progress_come_with_the_rows(exported, make_rows):
    runtime, rows, seen = load_bundle(exported).runtime(), make_rows([3, 24, 7]), []
    with_lengths = runtime.run(rows, lambda done, total: seen.append((done, total)))
    without = runtime({"tokens": rows["tokens"]})
    np.testing.assert_array_equal(with_lengths["probabilities"], without["probabilities"])
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_what_is_no_model_is_refused(tmp_path):
    (tmp_path / "model.tflite").write_bytes(b"nonsense")
    with pytest.raises(UserError, match=r"expected a TFLite model .* in .*model\.tflite"):
        Runtime(tmp_path / "model.tflite")
    with pytest.raises(UserError, match="cannot read"):
        Runtime(tmp_path / "absent.tflite")


@pytest.mark.parametrize("weights", ["float32", "int8"])
def test_with_shared_weights_written_out_steps_answer_the_same_and_hold_one_matrix(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    model, spec = bare_layer("lstm", 20, 5, 32)
    file = tmp_path / "model.tflite"
    file.write_bytes(convert(model, spec, Form(weights, fastest=True)).data)
    usual, shared = Runtime(file), Runtime(file, shared_weights=True)
    assert (usual.inputs, usual.outputs, usual.dtypes) == (shared.inputs, shared.outputs, shared.dtypes)
    rows = np.random.default_rng(0).normal(size=(3, 20, 5)).astype(np.float32)
    np.testing.assert_allclose(shared({"x": rows})["y"], usual({"x": rows})["y"], atol=1e-6)
    (cache,) = tmp_path.glob("unroll-weights-*/weights")
    size = {"float32": 4, "int8": 1}[weights]
    assert 32 * 4 * 32 * size < cache.stat().st_size < 3 * 32 * 4 * 32 * size + 8192  # of twenty steps
    del shared
    gc.collect()
    assert not list(tmp_path.glob("unroll-weights-*"))


def test_with_shared_weights_errors_are_the_same_lines(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        Runtime(tmp_path / "none.tflite", shared_weights=True)
    (tmp_path / "other").write_bytes(b"no model")
    with pytest.raises(UserError, match="expected a TFLite model with the signature 'run'") as caught:
        Runtime(tmp_path / "other", shared_weights=True)
    assert "\n" not in str(caught.value)
