"""The training state on disk: the newest whole one counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from common.checkpoint import Checkpoint, load_newest, save_checkpoint


def state(epoch: int) -> Checkpoint:
    return Checkpoint(epoch, [np.full((2, 3), epoch, np.float32)], [np.arange(4)], 0.5, 0, False, [{"epoch": epoch}])


def load(folder: Path) -> Checkpoint | None:
    return load_newest(folder, [(2, 3)], [(4,)])


def test_the_newest_state_comes_back_whole(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        save_checkpoint(tmp_path, state(epoch))
    found = load(tmp_path)
    assert found is not None
    assert (found.epoch, found.best_score, found.history) == (3, 0.5, [{"epoch": 3}])
    np.testing.assert_array_equal(found.values[0], np.full((2, 3), 3, np.float32))


def test_two_states_are_kept(tmp_path: Path) -> None:
    for epoch in range(1, 6):
        save_checkpoint(tmp_path, state(epoch))
    assert sorted(p.name for p in tmp_path.glob("*.npz")) == ["epoch-00004.npz", "epoch-00005.npz"]


@pytest.mark.parametrize("harm", ["truncated", "zeroed", "without checksum"])
def test_a_damaged_state_gives_way_to_the_one_before(tmp_path: Path, harm: str) -> None:
    save_checkpoint(tmp_path, state(1))
    save_checkpoint(tmp_path, state(2))
    path = tmp_path / "epoch-00002.npz"
    raw = bytearray(path.read_bytes())
    if harm == "truncated":
        path.write_bytes(raw[: len(raw) // 2])
    elif harm == "zeroed":
        raw[100:164] = bytes(64)
        path.write_bytes(raw)
    else:
        path.with_suffix(".sha256").unlink()
    found = load(tmp_path)
    assert found is not None
    assert found.epoch == 1


def test_a_state_of_another_model_is_not_taken(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, state(1))
    assert load_newest(tmp_path, [(3, 2)], [(4,)]) is None
    assert load_newest(tmp_path / "nothing", [(2, 3)], [(4,)]) is None
