"""`unroll benchmark`: every contender answers as Keras does, figures are complete, mistakes are told."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from apps.__main__ import main
from benchmarks.export import BARS, SMALL, bars_table
from common.errors import UserError
from export.benchmark import benchmark, some_inputs
from export.contenders import bare_layer, field
from export.footprint import footprint
from export.onnx_lane import onnx_missing
from export.pipeline import Examples, export_model
from export.sessions import LITERT

needs_onnx = pytest.mark.skipif(bool(onnx_missing()), reason="the extra `onnx` is not installed")


def measured(cell: str, **options: bool):
    model, spec = bare_layer(cell, 9, 3, 8, **options)
    entered = field(model, spec, ["float32", "int8"])
    inputs = some_inputs(spec.inputs)
    expected = [np.asarray(model(inputs["x"]))]
    found = benchmark(
        cell, entered.contenders, inputs,
        expected=expected, threads=[1], rounds=2, each=2, footprints=False, notes=entered.notes,
    )  # fmt: skip
    return {result.name: result for result in found.results}, found


@needs_onnx
@pytest.mark.parametrize(
    "cell, options",
    [
        ("lstm", {"bidirectional": True}),
        ("gru", {"bidirectional": True, "last": True}),
        ("simple_rnn", {"last": True}),
    ],
)
def test_every_contender_gives_the_answers_of_keras(cell, options):
    results, _ = measured(cell, **options)
    for name in ("ours float32", "stock float32", "ONNX Runtime float32"):
        assert results[name].difference is not None and results[name].difference < 1e-5, name
    for name in set(results) - {"ours float32", "stock float32", "ONNX Runtime float32"}:
        assert results[name].difference < 0.1, name
    assert ("ONNX Runtime int8" in results) == (cell == "lstm")


def test_the_record_is_json_and_ratios_refer_to_the_stock_conversion():
    results, found = measured("gru")
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert record["base"] == "stock float32"
    rows = {row["name"]: row for row in record["results"]}
    assert rows["stock float32"]["size_ratio"] == 1 and rows["stock float32"]["timings"][0]["speed_ratio"] == 1
    (timing,) = rows["ours int8"]["timings"]
    assert timing["invocations"] == 4 and timing["threads"] == 1
    base = results["stock float32"].timings[1].min
    assert timing["speed_ratio"] == pytest.approx(base / timing["min_us"])


@needs_onnx
def test_who_cannot_take_part_is_named_with_the_reason():
    results, found = measured("min_gru")
    assert any("no ONNX Runtime: ONNX has no node for min_gru" in note for note in found.notes)
    assert results["ours float32"].difference < 1e-5


def test_without_the_extra_the_lane_is_left_out_with_a_note(monkeypatch):
    monkeypatch.setattr("export.contenders.onnx_missing", lambda: "onnx is not installed")
    _, found = measured("gru")
    assert found.notes == ("no ONNX Runtime: onnx is not installed",)


def test_a_child_process_measures_load_time_and_memory(tmp_path):
    model, spec = bare_layer("lstm", 6, 3, 256)
    (ours,) = field(model, spec, ["float32"], onnx=lambda *_: []).contenders[:1]
    path, inputs = tmp_path / "model.tflite", tmp_path / "inputs.npz"
    path.write_bytes(ours.data)
    np.savez(inputs, **some_inputs(spec.inputs))
    found = footprint(LITERT, path, inputs)
    assert 0.01 < found.load_ms < 10_000
    assert len(ours.data) / 2 < found.peak_bytes < 2**30
    path.write_bytes(b"no model")
    with pytest.raises(UserError, match=r"model\.tflite: expected a model that LiteRT loads, found: .+"):
        footprint(LITERT, path, inputs)


def test_a_keras_file_is_measured_and_drawn(tmp_path, capsys):
    tokens = keras.Input((None,), dtype="int32")
    hidden = keras.layers.GRU(5)(keras.layers.Embedding(20, 4, mask_zero=True)(tokens))
    keras.Model(tokens, keras.layers.Dense(2)(hidden)).save(tmp_path / "model.keras")
    output = tmp_path / "out"
    arguments = ["benchmark", str(tmp_path / "model.keras"), "--max-length", "7", "--weights", "float32"]
    assert main([*arguments, "--threads", "1", "--rounds", "1", "--output", str(output)]) == 0
    assert "ours float32" in capsys.readouterr().out
    record = json.loads((output / "benchmark.json").read_text())
    assert {row["name"] for row in record["results"]} >= {"ours float32", "stock float32", "stock dynamic range"}
    assert all(row["footprint"]["load_ms"] > 0 for row in record["results"])
    assert (output / "benchmark.png").read_bytes().startswith(b"\x89PNG")


def test_a_bundle_is_measured_alone_and_beside_the_model_it_was_made_from(bag, make_spec, rows, tmp_path, capsys):
    export_model(bag, make_spec(), tmp_path / "bundle", application="letters", examples=Examples(rows))
    bag.save(tmp_path / "model.keras")
    arguments = ["benchmark", str(tmp_path / "bundle"), "--threads", "1", "--rounds", "1", "--json"]
    assert main(arguments) == 0
    record = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in record["results"]] == ["bundle int8"] and "--keras" in record["notes"][0]
    assert main([*arguments, "--keras", str(tmp_path / "model.keras")]) == 0
    rows_found = {row["name"]: row for row in json.loads(capsys.readouterr().out)["results"]}
    assert set(rows_found) >= {"bundle int8", "stock float32", "stock dynamic range"}
    assert rows_found["stock float32"]["difference"] < 1e-5
    assert 0 < rows_found["bundle int8"]["difference"] < 0.1


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "expected a model or --shape T,F,H, found both or neither"),
        (["m.keras", "--shape", "1,2,3"], "found both or neither"),
        (["--shape", "1,2"], "expected T,F,H"),
        (["--shape", "0,2,3"], "expected sizes of at least 1, found 0,2,3"),
        (["nowhere.keras"], "nowhere.keras: expected a run folder or a .keras file"),
        (["m.keras", "--last"], "expected with --shape"),
        (["--shape", "1,2,3", "--weights", "int3"], "--weights: expected kinds out of float32"),
        (["--shape", "1,2,3", "--threads", "0"], "--threads: expected numbers"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(arguments, message, capsys):
    assert main(["benchmark", *arguments]) == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1


def test_the_table_of_bars_says_pass_and_missed_and_what_was_not_measured():
    speed = next(bar for bar in BARS if bar.shape == SMALL and not bar.size)
    times = {bar.shape: {} for bar in BARS}
    sizes = {bar.shape: {} for bar in BARS}
    assert bars_table(times, sizes).count("not measured") == len(BARS)
    times[SMALL] = {speed.slow: [100.0, 190.0], speed.fast: [100.0 / speed.least, 99.0]}
    assert bars_table(times, sizes).count("| pass |") == 1
    times[SMALL][speed.fast][0] *= 1.01
    assert bars_table(times, sizes).count("**missed**") == 1
