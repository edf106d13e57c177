"""The bundle: complete, checked, the same from run to run, and never written when a gate fails."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from common.data.ragged import Ragged
from common.errors import UserError
from common.files import read_json, sha256
from export.convert import Form
from export.gates import TaskMetric, Tolerance
from export.pipeline import Examples, Options, export_model
from export.runtime import load_bundle


@pytest.fixture
def examples(rows):
    raw = [f"row {number}" for number in range(10)]
    truth = np.arange(10) % 2

    def decode(inputs, outputs):
        labels = outputs["probabilities"].argmax(axis=1)
        return [{"text": text, "label": int(label)} for text, label in zip(inputs, labels, strict=True)]

    def accuracy(run):
        return float((run(rows)["probabilities"].argmax(axis=1) == truth).mean())

    return Examples(rows, raw, decode, TaskMetric("accuracy", accuracy))


@pytest.fixture
def export(bag, make_spec, examples, tmp_path):
    assets = tmp_path / "preprocessing"
    assets.mkdir()
    (assets / "vocabulary.txt").write_text("a\nb\n")

    def run(output="bundle", **changes):
        given = {
            "application": "letters",
            "examples": examples,
            "assets": assets,
            "form": Form("int8", step=True),
            **changes,
        }
        return export_model(bag, make_spec(assets=("vocabulary.txt",)), tmp_path / output, **given)

    return run


def test_a_bundle_holds_all_that_a_device_needs(export, tmp_path):
    summary = export()
    bundle = load_bundle(tmp_path / "bundle")
    manifest = bundle.manifest
    assert summary.gates[-1].measured["examples"] == 10
    assert summary.output == tmp_path / "bundle" and set(summary.metrics) == {"keras", "converted"}
    assert [gate.name for gate in summary.gates] == ["operators", "size", "invocations", "agreement", "metric"]
    names = {path.relative_to(tmp_path / "bundle").as_posix() for path in (tmp_path / "bundle").rglob("*.*")}
    assert names == {*manifest["files"], "manifest.json"}
    assert "preprocessing/vocabulary.txt" in names
    assert (manifest["application"], manifest["lane"], manifest["state"]) == ("letters", "litert", "stateless")
    assert set(manifest["versions"]) == {"python", "keras", "tensorflow", "ai-edge-litert", "numpy"}
    assert manifest["operators"] == dict(summary.inventory.operators)
    assert manifest["signatures"]["run"]["inputs"]["tokens"] == {"shape": [1, 24], "dtype": "int32", "fill": 0}
    assert bundle.decoder["labels"] == ["negative", "positive"]
    assert "## Not verified" in (tmp_path / "bundle" / "REPORT.md").read_text()
    assert not list(tmp_path.glob(".*"))


def test_test_vectors_carry_raw_input_tensors_outputs_and_answer(export, tmp_path):
    export(form=Form("float32"))
    bundle = load_bundle(tmp_path / "bundle")
    given = read_json(tmp_path / "bundle" / "testvectors.json")
    vectors = given["vectors"]
    assert len({len(vector["inputs"]["tokens"]) for vector in vectors}) >= 5
    tokens = Ragged.from_rows([vector["inputs"]["tokens"] for vector in vectors], np.int32)
    assert [vector["inputs"]["lengths"] for vector in vectors] == tokens.lengths.tolist()
    found = bundle.runtime(threads=2).run({"tokens": tokens})["probabilities"]
    for vector, row in zip(vectors, found, strict=True):
        assert np.abs(row - vector["outputs"]["probabilities"]).max() <= given["tolerance"]["max_absolute"]
        assert vector["decoded"] == {"text": vector["raw"], "label": int(row.argmax())}


def test_the_same_inputs_give_the_same_bytes_in_every_file(export, tmp_path):
    export("first")
    export("second")
    first = {path.name: sha256(path) for path in (tmp_path / "first").rglob("*.*")}
    assert first == {path.name: sha256(path) for path in (tmp_path / "second").rglob("*.*")}
    assert len(first) == 7


def test_a_failed_gate_names_itself_and_leaves_nothing_behind(export, examples, tmp_path):
    worse = replace(examples, metric=TaskMetric("accuracy", lambda run: 0.5, keras_value=0.6))
    strict = Options(tolerance=Tolerance(1e-9, 1.0))
    for changes, words in [
        ({"examples": worse}, "gate metric: .* 0.1000 worse"),
        ({"options": strict}, "gate agreement: .* at most 1e-09"),
        ({"options": Options(max_other_bytes=100)}, "gate size: "),
    ]:
        with pytest.raises(UserError, match=words):
            export(**changes)
        assert [path.name for path in tmp_path.iterdir()] == ["preprocessing"]


def test_a_failed_gate_keeps_the_bundle_that_was_there(export, examples, tmp_path):
    export(form=Form("float32"))
    before = sha256(tmp_path / "bundle" / "manifest.json")
    with pytest.raises(UserError, match="gate metric"):
        export(examples=replace(examples, metric=TaskMetric("accuracy", lambda run: 0.5, keras_value=0.6)))
    assert sha256(tmp_path / "bundle" / "manifest.json") == before
    assert export(form=Form("float16")).form.weights == "float16"
    assert load_bundle(tmp_path / "bundle").manifest["weights"] == "float16"


def test_a_folder_with_other_files_is_refused_before_any_work(export, tmp_path):
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="expected a bundle or no folder, found other files"):
        export()
    (tmp_path / "bundle" / "manifest.json").write_text(json.dumps({"name": "a web app"}))
    with pytest.raises(UserError, match="expected a bundle or no folder, found other files"):
        export()
    assert (tmp_path / "bundle" / "thesis.txt").read_text() == "mine"
    with pytest.raises(UserError, match="found a file or a link"):
        export("bundle/thesis.txt")


def test_a_missing_asset_is_named(export, tmp_path):
    (tmp_path / "preprocessing" / "vocabulary.txt").unlink()
    with pytest.raises(UserError, match=r"asset vocabulary\.txt"):
        export()
