"""Small trainings of every application: in a process of their own, and what they end with."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import h5py

from apps.sample_bundles import SMALL

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 900  # of one process of the slow lane


def arguments(app: str, run: Path) -> list[str]:
    """The command line of a small training."""
    return ["train", app, "--run-dir", str(run), *SMALL[app].split()]


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    """`unroll` in a process of its own."""
    command = [sys.executable, "-m", "apps", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background would ignore it
    )  # fmt: skip


def weight_bytes(run: Path) -> dict[str, bytes]:
    """The bytes of every weight in the saved model."""
    found: dict[str, bytes] = {}
    with (
        zipfile.ZipFile(run / "model.keras") as archive,
        archive.open("model.weights.h5") as file,
        h5py.File(file) as h5,
    ):
        h5.visititems(lambda name, item: found.update({name: item[()].tobytes()}) if hasattr(item, "dtype") else None)
    return found


def facts(run: Path) -> dict[str, Any]:
    """What a run found, apart from how long it took (`train_minutes`, `seconds`)."""
    metrics = json.loads((run / "metrics.json").read_text())
    del metrics["train_minutes"]
    with open(run / "history.csv", encoding="utf-8") as file:
        history = [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]
    assets = {path.name: path.read_bytes() for path in sorted((run / "preprocessing").rglob("*")) if path.is_file()}
    return {
        "metrics": metrics,
        "history": history,
        "predictions": (run / "predictions.csv").read_bytes(),
        "assets": assets,
        "data": json.loads((run / "data.json").read_text()),
    }


def assert_same(found: Path, expected: Path) -> None:
    """Two runs with the same bits of every weight and the same facts."""
    ours, theirs = weight_bytes(found), weight_bytes(expected)
    assert ours.keys() == theirs.keys()
    assert [name for name in theirs if ours[name] != theirs[name]] == []
    now, before = facts(found), facts(expected)
    assert [name for name in before if now[name] != before[name]] == []
