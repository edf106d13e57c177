"""The state of a training on disk: one `.npz` an epoch with its SHA-256, the last two kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.console import say
from common.data.archives import read_npz
from common.errors import UserError
from common.files import atomic_path, sha256, write_text

_KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """All that a training needs to go on.

    Attributes:
        epoch: number of finished epochs.
        values: every variable of models and optimizer, random states included, in a fixed order.
        best: the serving model's variables at the best epoch.
        best_score: its score, larger is better.
        best_epoch: its index from 0.
        stopped: True when early stopping ended the training.
        history: one row an epoch.
    """

    epoch: int
    values: list[np.ndarray]
    best: list[np.ndarray]
    best_score: float
    best_epoch: int
    stopped: bool
    history: list[dict[str, float]]


def save_checkpoint(folder: Path, state: Checkpoint) -> None:
    """Writes the state atomically; the checksum file comes last, so that a state without one is no state."""
    path = folder / f"epoch-{state.epoch:05d}.npz"
    facts = {
        "epoch": state.epoch,
        "best_score": state.best_score,
        "best_epoch": state.best_epoch,
        "stopped": state.stopped,
        "history": state.history,
    }
    arrays = {f"value_{i:05d}": value for i, value in enumerate(state.values)}
    arrays |= {f"best_{i:05d}": value for i, value in enumerate(state.best)}
    with atomic_path(path) as temporary:
        np.savez(temporary, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays)  # type: ignore[arg-type]
    write_text(path.with_suffix(".sha256"), sha256(path) + "\n")
    for old in sorted(folder.glob("epoch-*.npz"))[:-_KEPT]:
        old.with_suffix(".sha256").unlink(missing_ok=True)
        old.unlink()


def load_newest(
    folder: Path, value_shapes: list[tuple[int, ...]], best_shapes: list[tuple[int, ...]]
) -> Checkpoint | None:
    """The newest whole state whose arrays have the given shapes; a damaged one gives way to the one before."""
    for path in sorted(folder.glob("epoch-*.npz"), reverse=True):
        checksum = path.with_suffix(".sha256")
        if not checksum.is_file():
            continue
        if checksum.read_bytes() != f"{sha256(path)}\n".encode():
            say(f"note: {path} or {checksum.name} is damaged; going on from the state before it")
            continue
        try:
            state = _state(path, len(value_shapes), len(best_shapes))
        except (UserError, LookupError, TypeError, ValueError):  # whole, but not written by `save_checkpoint`
            continue
        if [v.shape for v in state.values] == value_shapes and [v.shape for v in state.best] == best_shapes:
            return state
    return None


def _state(path: Path, values: int, best: int) -> Checkpoint:
    arrays = read_npz(path, "a checkpoint")
    facts = json.loads(arrays["facts"].tobytes())
    return Checkpoint(
        facts["epoch"],
        [arrays[f"value_{i:05d}"] for i in range(values)],
        [arrays[f"best_{i:05d}"] for i in range(best)],
        facts["best_score"],
        facts["best_epoch"],
        facts["stopped"],
        facts["history"],
    )
