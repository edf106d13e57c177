"""Keras Tuner's oracles, made to survive: whole state files with a backup, no trial lost or run twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import keras_tuner as kt
from keras_tuner.src.engine import trial as kt_trial

from common.console import say
from common.errors import UserError
from common.files import read_sealed, write_sealed, write_text
from tuning.records import folder_name

Algorithm = Literal["random", "bayes", "hyperband", "grid"]
ALGORITHMS: tuple[Algorithm, ...] = ("random", "bayes", "hyperband", "grid")
SCORE = "score"  # larger is better, whatever the metric
_REJECTIONS = 20  # for each trial asked for, so many candidates may be over budget
_ENDED = (kt_trial.TrialStatus.COMPLETED, kt_trial.TrialStatus.FAILED)


class _Lasting(kt.Oracle):
    """What all four share; the first base class, so that it sees every call."""

    wanted = 0  # trials asked for; 0 is all that the algorithm has
    rejected: Callable[[], int] = staticmethod(lambda: 0)  # how many candidates were over budget
    workers: frozenset[str] = frozenset()  # that are sure to come back for the trials they have begun

    def save(self) -> None:
        """Writes the state through a temporary file; the state before stays as a backup."""
        path = Path(self._get_oracle_fname())
        if path.exists():
            write_text(_backup(path), path.read_text(encoding="utf-8"))
        write_sealed(path, self.get_state())

    def _get_trial_dir(self, trial_id: str) -> str:
        return str(super()._get_trial_dir(folder_name(trial_id)))

    def _save_trial(self, trial: Any) -> None:
        write_sealed(Path(self._get_trial_dir(trial.trial_id)) / "trial.json", trial.get_state())

    def reload(self) -> None:
        """Takes up the state of a killed process: trials that had begun run again, those that had ended do not."""
        path = Path(self._get_oracle_fname())
        try:
            read_sealed(path)
        except UserError as error:
            if not _backup(path).exists():
                raise
            read_sealed(_backup(path))
            say(f"note: {error}; going on from the state before it")
            _backup(path).replace(path)
        for trial in path.parent.glob("trial_*/trial.json"):
            read_sealed(trial)
        super().reload()
        ended = {name for name, trial in self.trials.items() if trial.status in _ENDED}
        begun = [name for name in sorted(self.trials) if name not in ended]
        state = json.loads(path.read_text(encoding="utf-8"))
        kept = {worker: name for worker, name in state["ongoing_trials"].items() if worker in self.workers}
        self.ongoing_trials = {worker: self.trials[name] for worker, name in kept.items() if name in begun}
        self._retry_queue = [name for name in begun[::-1] if name not in kept.values()]
        self.start_order += [name for name in sorted(self.trials) if name not in self.start_order]
        self.end_order += [name for name in sorted(ended) if name not in self.end_order]
        for name in begun:
            self._run_times[name] = 0
        self.tuner_ids: set[str] = set()
        self._make_room()

    def _random_values(self) -> dict[str, Any] | None:
        """First the configuration that the search begins with: what is found is worth what it adds to that."""
        if self.start_order:
            values: dict[str, Any] | None = super()._random_values()
            return values
        first = kt.HyperParameters()
        for one in self.hyperparameters.space:
            first.merge([one])
            if first.is_active(one):
                first.values[one.name] = one.default
        return dict(first.values)

    @kt.synchronized
    def end_trial(self, trial: Any) -> None:
        """Also of a trial that a chief was killed over while its worker went on."""
        super().end_trial(trial)
        if trial.trial_id in self._retry_queue:
            self._retry_queue.remove(trial.trial_id)
        self._make_room()

    def _make_room(self) -> None:
        """A candidate over budget was never trained, so it is none of the trials asked for."""
        if self.wanted:
            self.max_trials = self.wanted + min(self.rejected(), _REJECTIONS * self.wanted)


class _Random(_Lasting, kt.oracles.RandomSearchOracle):
    pass


class _Bayes(_Lasting, kt.oracles.BayesianOptimizationOracle):
    pass


class _Hyperband(_Lasting, kt.oracles.HyperbandOracle):
    pass


class _Grid(_Lasting, kt.oracles.GridSearchOracle):
    """Keras Tuner's own saves no order, and fails on the first trial after a restart."""

    def get_state(self) -> dict[str, Any]:
        order, name = [], self._ordered_ids._memory[0] if self._ordered_ids._memory else None
        while name is not None:
            order.append(name)
            name = self._ordered_ids.next(name)
        return {**super().get_state(), "order": order, "next": self._populate_next}

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        before = None
        for name in state["order"]:
            self._ordered_ids.insert(name, before)
            before = name
        # whatever was about to be asked for is asked for again: known combinations are passed over
        self._populate_next = [*state["next"], *(name for name in state["order"] if name not in state["next"])]


def _backup(path: Path) -> Path:
    return path.with_name(path.name + ".backup")


def make_oracle(algorithm: Algorithm, space: kt.HyperParameters, trials: int, seed: int, epochs: int) -> kt.Oracle:
    """An oracle over a space that is known whole.

    Args:
        algorithm: one of `ALGORITHMS`.
        space: from `tuning.space.hyperparameters`.
        trials: how many; for hyperband and grid 0 is all of them.
        seed: of the proposals.
        epochs: of the longest trial, for hyperband.
    """
    common: dict[str, Any] = {
        "objective": kt.Objective(SCORE, "max"), "hyperparameters": space, "seed": seed, "tune_new_entries": False,
        "allow_new_entries": False, "max_retries_per_trial": 0, "max_consecutive_failed_trials": 10**9,
    }  # fmt: skip
    if algorithm == "hyperband":
        oracle: kt.Oracle = _Hyperband(max_epochs=epochs, factor=3, **common)
        oracle.max_trials = trials or None
    else:
        kind = {"random": _Random, "bayes": _Bayes, "grid": _Grid}[algorithm]
        oracle = kind(max_trials=trials or None, **common)
    oracle.wanted = trials
    oracle.verbose = 0
    return oracle
