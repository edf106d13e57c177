"""The contract, kept by every application: train, kill, resume, evaluate, predict, export, run on the device format."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from apps import load_app
from apps.__main__ import main
from apps.sample_bundles import SMALL
from common import pipeline
from common.runs import Run
from export.answers import open_bundle
from export.replay import check_alike, replay
from tests.apps.bundle_checks import WITHOUT_TENSORFLOW, without_probability, write_input
from tests.apps.trainings import ROOT, arguments, assert_same, start


def test_the_run_folder_holds_what_the_design_names(finished: tuple[str, Path]) -> None:
    app, run = finished
    names = {path.name for path in run.iterdir()}
    assert {
        "config.json", "environment.json", "data.json", "preprocessing", "model.keras", "checksums.json",
        "metrics.json", "history.csv", "predictions.csv", "plots", "logs", "MODEL_CARD.md",
    } <= names  # fmt: skip
    assert not {"checkpoint", "cache"} & names
    facts = json.loads((run / "metrics.json").read_text())
    assert {"app", "data", "split", "examples", "metrics", "baselines", "train_minutes", "parameters", "seed"} <= set(
        facts
    )
    for values in (facts["metrics"], *facts["baselines"].values()):
        assert values
        for interval in values.values():
            assert interval["low"] <= interval["value"] <= interval["high"]
    assert load_app(app).objective in facts["metrics"]
    assert "SYNTHETIC" in (run / "MODEL_CARD.md").read_text()


def test_a_killed_run_ends_with_the_same_bits(finished: tuple[str, Path], tmp_path: Path) -> None:
    app, whole = finished
    run = tmp_path / "run"
    process = start(arguments(app, run))
    deadline = time.monotonic() + 240
    while not list(run.glob("checkpoint/*.sha256")):
        assert process.poll() is None, process.communicate()[0].decode()
        assert time.monotonic() < deadline, "no checkpoint in time"
        time.sleep(0.02)
    time.sleep(0.1)  # into the next epoch
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (run / "metrics.json").exists(), "the training ended before it was killed"
    assert main(arguments(app, run)) == 0
    assert_same(run, whole)


def test_a_finished_run_is_not_trained_over(finished: tuple[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    app, run = finished
    before = (run / "model.keras").read_bytes()
    assert main(arguments(app, run)) == 2
    assert "this run is finished" in capsys.readouterr().err
    assert main([*arguments(app, run), "--seed", "5"]) == 2
    assert "seed 0" in capsys.readouterr().err
    assert (run / "model.keras").read_bytes() == before


def test_two_trials_are_tuned_and_training_repeats_the_better_one(finished: tuple[str, Path], tmp_path: Path) -> None:
    app, _ = finished
    small = [*SMALL[app].split(), *(["--layers", "1"] if "--layers" not in SMALL[app] else [])]
    small[small.index("--epochs") + 1] = "1"
    study, run = tmp_path / "study", tmp_path / "run"
    assert main(["tune", app, *small, "--trials", "2", "--study", str(study), "--search", "weight_decay=0.01,0.1"]) == 0
    rows = [json.loads(path.read_text()) for path in sorted(study.glob("trials/*/trial.json"))]
    assert [row["status"] for row in rows] == ["completed"] * 2, rows
    assert all(row["cost"]["size_kb"] > 1 and row["cost"]["latency_us"] > 1 for row in rows)
    assert all(row["cost"]["multiply_adds"] > 1000 for row in rows)
    if app != "sentiment":  # the path is the same for all
        return
    assert main(["train", app, "--config", str(study / "best.json"), "--run-dir", str(run)]) == 0
    with open(run / "history.csv", encoding="utf-8") as file:
        history = list(csv.DictReader(file))
    assert [float(row["val_accuracy"]) for row in history] == [max(row["value"] for row in rows)]


def test_evaluate_repeats_the_run_s_own_figures(finished: tuple[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    _, run = finished
    assert main(["evaluate", str(run), "--json"]) == 0
    again, before = json.loads(capsys.readouterr().out), json.loads((run / "metrics.json").read_text())
    assert again["baselines"] == before["baselines"]
    for name, interval in before["metrics"].items():
        assert again["metrics"][name]["value"] == pytest.approx(interval["value"], abs=1e-6)


@pytest.mark.parametrize(("bundle", "tolerance"), [("float32_bundle", 1e-4), ("int8_bundle", 0.1)])
def test_the_bundle_answers_as_keras_does(
    finished: tuple[str, Path], bundle: str, tolerance: float, request: pytest.FixtureRequest
) -> None:
    from export.runtime import load_bundle

    loaded = pipeline.LoadedRun(Run(finished[1]), load_app)
    examples = loaded.app.load(loaded.config)["test"].take(range(12))
    arrays = loaded.preprocessor.encode(examples.inputs)
    expected, found = loaded.runner()(arrays), load_bundle(request.getfixturevalue(bundle)).runtime().run(arrays)
    for name in loaded.app.export_spec(loaded.config, loaded.preprocessor).outputs:
        given = found[name]
        if given.ndim > 1 and given.shape[1] > expected[name].shape[1]:  # a time axis: Keras ends at the longest row
            given = given[:, : expected[name].shape[1]]
        if np.issubdtype(given.dtype, np.integer):  # indices: a share of them may differ
            assert len(np.unique(expected[name])) > 1
            assert np.mean(given != expected[name]) <= tolerance
        else:
            np.testing.assert_allclose(given, expected[name], atol=tolerance)


def test_a_bundle_predicts_what_its_run_predicts_from_raw_input_without_tensorflow(
    finished: tuple[str, Path], float32_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app, run = finished
    given = write_input(app, tmp_path)
    assert main(["predict", str(run), "--file", str(given), "--json"]) == 0
    expected = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(expected) > 1
    script = [sys.executable, "-c", WITHOUT_TENSORFLOW, str(float32_bundle), str(given)]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    check_alike(found, [without_probability(app, record) for record in expected], 2e-3, app)
    replayed = replay(open_bundle(float32_bundle))
    assert min(replayed.vectors, replayed.documents) >= 1
    assert "SYNTHETIC" in (float32_bundle / "REPORT.md").read_text()
    assert json.loads((float32_bundle / "manifest.json").read_text())["synthetic_data"] is True
    if shutil.which("node"):  # the readers of the web page, on the same vectors
        script = ["node", str(ROOT / "export" / "web" / "verify" / "replay.mjs"), str(float32_bundle)]
        done = subprocess.run(script, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
