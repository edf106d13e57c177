"""`.keras` files of strangers: nothing of them runs, nothing is written, memory stays small."""

from __future__ import annotations

import io
import json
import os
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from common.errors import UserError
from common.saved_model import load_saved

Parts = dict[str, bytes]
NOISE = os.urandom(8)


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Parts:
    """The members of a small whole file."""
    path = tmp_path_factory.mktemp("keras") / "model.keras"
    keras.Sequential([keras.Input((4, 3)), layers.GRU(3), layers.Dense(2)]).save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(folder: Path, parts: Parts) -> Path:
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def with_layer(parts: Parts, change: Callable[[dict], None]) -> Parts:
    """The file with its dense layer changed."""
    config = json.loads(parts["config.json"])
    change(config["config"]["layers"][-1])
    return {**parts, "config.json": json.dumps(config).encode()}


def refused(folder: Path, parts: Parts) -> str:
    before = sorted(folder.rglob("*"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UserError) as caught:
        load_saved(written(folder, parts), "remove it")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 300_000, "more than 300 MB"
    (folder / "model.keras").unlink()
    assert sorted(folder.rglob("*")) == before, "written beside the file"
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_the_whole_file_is_read(saved, tmp_path):
    assert load_saved(written(tmp_path, saved), "").count_params() == 80


def test_a_model_inside_that_was_compiled_and_layers_that_keep_states_are_read(tmp_path):
    inner = keras.Sequential([keras.Input((4, 3)), layers.GRU(3, return_sequences=True), layers.Dropout(0.5)])
    inner.compile("adamw", "mse")
    inputs = keras.Input(batch_shape=(1, 4, 3))
    model = keras.Model(inputs, layers.GRU(2, stateful=True)(inner(inputs)))
    model.save(tmp_path / "model.keras")
    again = load_saved(tmp_path / "model.keras", "")
    assert again.count_params() == model.count_params()
    assert again.stateless_call(again.trainable_variables, again.non_trainable_variables, np.zeros((1, 4, 3)))


@pytest.mark.parametrize(
    "name", ["../../outside", "/tmp/outside", "assets/../../outside", "..\\outside", "C:\\outside"]
)
def test_names_that_lead_out_are_refused(saved, tmp_path, name):
    assert "expected names inside the archive" in refused(tmp_path, {**saved, name: b"x"})


def test_a_symbolic_link_in_the_archive_is_refused(saved, tmp_path):
    path = written(tmp_path, saved)
    link = zipfile.ZipInfo("assets/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UserError, match="expected names inside the archive"):
        load_saved(path, "")


def test_an_archive_that_unpacks_to_a_hundred_times_its_size_is_refused(saved, tmp_path):
    assert "unpacks to" in refused(tmp_path, {**saved, "assets/a": b"\0" * (200 << 20)})


def test_weights_of_a_huge_declared_shape_are_refused(saved, tmp_path):
    for count in (10**12, 10**9):
        made = io.BytesIO(saved["model.weights.h5"])
        with h5py.File(made, "r+") as file:
            file.create_dataset("more", (count,), "f4", chunks=(1 << 16,), compression="gzip")
        assert "declare" in refused(tmp_path, {**saved, "model.weights.h5": made.getvalue()})


def test_layers_larger_than_the_weights_are_refused(saved, tmp_path):
    for units in (10**12, 10**8):
        parts = with_layer(saved, lambda layer, units=units: layer["config"].update(units=units))
        assert "expected a Keras 3 model" in refused(tmp_path, parts)


def test_weights_that_lie_in_another_file_are_refused(saved, tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.zeros(200).tobytes())
    made = io.BytesIO()
    with h5py.File(io.BytesIO(saved["model.weights.h5"])) as old, h5py.File(made, "w") as file:
        for name in old:
            old.copy(name, file)
        place = file["layers/dense/vars"]
        del place["0"]
        place.create_dataset("0", (3, 2), "f4", external=[(str(secret), 0, 24)])
    refused(tmp_path, {**saved, "model.weights.h5": made.getvalue()})


CODE = "import os; open('made', 'w')"
FOREIGN = {
    "a function of os": {"module": "os", "class_name": "system", "config": {"command": "touch made"}},
    "a function of builtins": {"module": "builtins", "class_name": "exec", "config": {"source": CODE}},
    "get_file": {"module": "keras.utils", "class_name": "get_file", "config": {"origin": "file:///etc/passwd"}},
    "a module of keras": {"module": "keras.src.utils.file_utils", "class_name": "get_file", "config": {}},
    "enable unsafe": {"module": "keras.config", "class_name": "enable_unsafe_deserialization", "config": {}},
    "a torch module": {"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {"module": "gASV"}},
    "a saved model": {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/tmp/other"}},
    "a lambda": {
        "module": "keras.layers", "class_name": "Lambda",
        "config": {"function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None}}},
    },
    "a file of words": {
        "module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"},
    },
    "an unknown layer": {"module": "other", "class_name": "Layer", "config": {}, "registered_name": "other>Layer"},
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_layer_is_neither_found_nor_called(saved, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    layer = {"registered_name": None, **FOREIGN[name]}
    found = refused(tmp_path, with_layer(saved, lambda one: (one.clear(), one.update(layer))))
    assert "root:" not in found


@pytest.mark.parametrize("place", ["kernel_initializer", "activation", "kernel_regularizer"])
def test_a_foreign_function_inside_a_layer_is_not_called(saved, tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    foreign = {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "exec"}
    refused(tmp_path, with_layer(saved, lambda layer: layer["config"].update({place: foreign})))


def test_a_configuration_nested_a_hundred_thousand_deep_is_refused(saved, tmp_path):
    refused(tmp_path, {**saved, "config.json": b"[" * 100_000 + b"]" * 100_000})


@pytest.mark.parametrize("member", ["config.json", "model.weights.h5"])
def test_damaged_members_are_refused(saved, tmp_path, member):
    whole = saved[member]
    for damaged in (b"", whole[: len(whole) // 2], NOISE * 100, whole.replace(b"dense", b"dunce")[:-20]):
        refused(tmp_path, {**saved, member: damaged})
    refused(tmp_path, {name: content for name, content in saved.items() if name != member})
