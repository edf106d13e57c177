"""Copies that train together come to the losses and weights of one: on two devices, and in two processes."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.config import TrainingConfig
from common.data.batches import TrainingBatches
from common.data.ragged import Ragged
from common.errors import UserError
from common.jax_processes import environment
from common.processes import LOOPBACK, free_port
from common.replicas import Replicas

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("replicas_child.py")
LIMIT_SECONDS = 420
needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="the extra `jax` is not installed")


def start(folder: Path, way: str, variables: dict[str, str], rows: int, dropout: float, epochs: int) -> Any:
    command = [sys.executable, str(CHILD), str(folder), way, str(rows), str(dropout)]
    return subprocess.Popen(
        [*command, str(epochs)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def result(process: Any) -> dict[str, Any]:
    out, error = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 0, error[-3000:]
    return json.loads(out.splitlines()[-1])


def in_two_processes(folder: Path, rows: int, dropout: float, epochs: int) -> dict[str, Any]:
    address = f"{LOOPBACK}:{free_port()}"
    both = [start(folder, "processes", environment(address, 2, number), rows, dropout, epochs) for number in range(2)]
    try:
        found = result(both[0])
        both[1].communicate(timeout=60)
        assert both[1].returncode == 0
    finally:
        for one in both:
            one.kill()
    return found


def agree(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name in ("loss", "val_likelihood"):
        values = [[row[name] for row in one["history"]] for one in (found, expected)]
        np.testing.assert_allclose(*values, rtol=2e-5, atol=1e-6)
    for one, other in zip(found["weights"], expected["weights"], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    losses = [row["loss"] for row in expected["history"]]
    assert losses[-1] < losses[0], "nothing was learned, so nothing is compared"


@needs_jax
def test_two_processes_come_to_the_losses_and_weights_of_one_with_dropout(tmp_path: Path) -> None:
    alone = start(tmp_path / "one", "alone", {"KERAS_BACKEND": "jax"}, 40, 0.3, 2)
    found = in_two_processes(tmp_path / "two", 40, 0.3, 2)
    agree(found, result(alone))


@needs_jax
@pytest.mark.skipif(os.environ.get("UNROLL_SLOW") != "1", reason="a minute; set UNROLL_SLOW=1")
def test_two_processes_that_are_started_again_come_to_the_same(tmp_path: Path) -> None:
    whole = in_two_processes(tmp_path, 40, 0.3, 3)
    max(tmp_path.glob("epoch-*.npz")).unlink()  # as if they had been killed before the last epoch's end
    agree(in_two_processes(tmp_path, 40, 0.3, 3), whole)


def test_two_devices_come_to_the_losses_and_weights_of_one(tmp_path: Path) -> None:
    alone, both = (start(tmp_path / way, way, {}, 40, 0.0, 3) for way in ("alone", "devices"))
    expected = result(alone)
    agree(result(both), expected)


def test_parts_of_a_batch_are_its_rows_in_order_and_as_wide() -> None:
    rows = [np.full(1 + row % 20, row) for row in range(43)]
    arrays, classes = {"tokens": Ragged.from_rows(rows, np.int32)}, np.arange(43)
    whole = TrainingBatches(arrays, classes, 8, seed=1, parts=2)
    parts = [TrainingBatches(arrays, classes, 8, seed=1, parts=2, part=part) for part in range(2)]
    assert len(list(whole)) == len(whole) == 6 and sum(len(rows) for rows in whole.plan(0)) == 42
    for (inputs, targets), *own in zip(whole, *parts, strict=True):
        for name, array in inputs.items():
            np.testing.assert_array_equal(np.concatenate([one[0][name] for one in own]), array)
        np.testing.assert_array_equal(np.concatenate([one[1] for one in own]), targets)
    left_out = [set(range(43)) - {row for rows in whole.plan(epoch) for row in rows} for epoch in range(4)]
    assert all(len(rows) == 1 for rows in left_out) and len(set.union(*left_out)) > 1


def test_a_batch_that_cannot_be_cut_is_refused() -> None:
    with pytest.raises(UserError, match="--batch-size: expected a multiple of --devices 3, found 32"):
        Replicas(3, "--devices").check(TrainingConfig())
