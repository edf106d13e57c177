"""Runs the trials of a study: Keras Tuner proposes, each proposal is trained, rejected or looked up."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc
import keras_tuner as kt
from keras_tuner.errors import FailedTrialError, FatalError
from keras_tuner.src import config as kt_config

from common.config import to_json
from common.errors import UnwritableError, UserError, of_the_machine
from common.files import write_text
from common.report.metric_names import goodness
from tuning import oracles
from tuning.records import COMPLETED, FAILED, REJECTED, REPEATED, RUNNING, folder_name, words_of
from tuning.space import chosen, config_with, hyperparameters
from tuning.study import Study
from tuning.trials import Outcome, Rejected, Trial, UnknownMetricError

_EPOCHS = "tuner/epochs"  # what Hyperband asks for
_PROJECT = "oracle"
_STARTS = 3  # of one trial: one that takes its process down (memory, a crash) does not end the search


class Searcher(kt.engine.base_tuner.BaseTuner):
    """Keras Tuner's loop over trials; with its environment variables set, one of several workers, or their chief.

    Args:
        study: where everything is kept.
        trial: trains one configuration.
        ended: called after each trial.
        workers: ids of the workers that are sure to come back for what they have begun.
    """

    def __init__(
        self,
        study: Study,
        trial: Trial | None,
        ended: Callable[[], None] = lambda: None,
        workers: Sequence[str] = ("tuner0",),
    ) -> None:
        plan = study.plan
        self.study, self.trial, self.ended = study, trial, ended
        oracle = oracles.make_oracle(
            plan.algorithm, hyperparameters(plan.ranges), plan.trials, plan.base.seed + 1, plan.base.epochs
        )
        oracle.workers = frozenset(workers)
        oracle.rejected = lambda: sum(row["status"] == REJECTED for row in study.records())
        kt_config.DEBUG = False  # it prints the traceback of every failed trial, which the records hold
        super().__init__(oracle, directory=str(study.folder), project_name=_PROJECT)

    def pre_create_trial(self) -> None:
        """Keras Tuner asks again at once when its oracle has nothing yet."""
        time.sleep(0.05)

    def _run_and_update_trial(self, trial: Any, *args: Any, **options: Any) -> None:
        """Keras Tuner takes every other error for one of the trial and goes on.

        A full disk ends the search; where the chief is gone, the process ends: started again, it tells the result that
        its record holds, which else would count as failed.
        """
        try:
            super()._run_and_update_trial(trial, *args, **options)
        except UnwritableError as error:
            raise FatalError(str(error)) from error
        except grpc.RpcError as error:
            raise FatalError(f"the chief does not answer: {error}") from error

    def run_trial(self, trial: Any) -> dict[str, float]:
        """Trains, rejects or looks up one proposal, and writes its record first.

        Raises:
            FailedTrialError: over budget, or the training failed; the record says why.
            UnwritableError: there is no room on the disk; the trial is begun again next time.
        """
        study, values = self.study, dict(trial.hyperparameters.values)
        if _EPOCHS in values:
            values["epochs"] = int(values[_EPOCHS])
        config = config_with(study.plan.base, study.plan.ranges, values)
        if _EPOCHS in values:
            config = dataclasses.replace(config, epochs=values["epochs"])
        epochs = {"epochs": config.epochs} if _EPOCHS in values else {}
        values = {**chosen(study.plan.ranges, values), **epochs}
        known = {"values": values, "config": {"app": study.plan.app.name, **to_json(config)}}
        before = self._same(trial.trial_id, known["config"])
        if before:
            if before["trial"] != trial.trial_id:  # else its end was not told before a process was killed
                again = {**before, **known, "status": REPEATED, "repeats": before["trial"], "trial": trial.trial_id}
                study.record(trial.trial_id, again)
            return {oracles.SCORE: goodness(study.plan.objective, before["value"])}
        starts = self._starts(trial.trial_id) + 1
        if starts > _STARTS:
            words = f"its process died {_STARTS} times"
            study.record(trial.trial_id, {**known, "status": FAILED, "error": words})
            raise FailedTrialError(words)
        begun = {**known, "status": RUNNING, "worker": self.tuner_id}
        study.record(trial.trial_id, {**begun, "starts": starts})
        folder = study.trial_folder(trial.trial_id)
        try:
            assert self.trial is not None
            outcome: Outcome = self.trial(config, folder)
        except Rejected as rejected:
            reason = str(rejected)
            study.record(trial.trial_id, {**known, "status": REJECTED, "error": reason, "cost": vars(rejected.cost)})
            raise FailedTrialError(reason) from None
        except UnknownMetricError as error:
            study.record(trial.trial_id, {**known, "status": FAILED, "error": str(error)})
            raise FatalError(str(error)) from error
        except Exception as error:
            machine = error if isinstance(error, UnwritableError) else of_the_machine(error)
            if isinstance(machine, UnwritableError):  # another trial would fare no better
                self._take_back(trial.trial_id, begun, starts)
                raise machine from error
            words = words_of(error)
            write_text(folder / "error.txt", traceback.format_exc())
            study.record(trial.trial_id, {**known, "status": FAILED, "error": words})
            raise FailedTrialError(words) from error
        except KeyboardInterrupt:
            self._take_back(trial.trial_id, begun, starts)
            raise
        finally:
            for name in ("checkpoint", "preprocessing"):
                shutil.rmtree(folder / name, ignore_errors=True)
        study.record(trial.trial_id, {**known, **outcome.as_json(), "status": COMPLETED, "worker": self.tuner_id})
        return {oracles.SCORE: goodness(study.plan.objective, outcome.value)}

    def _same(self, name: str, config: dict[str, Any]) -> dict[str, Any] | None:
        """The record of a completed trial with this very configuration, this one's own of a killed process included."""
        rows = [row for row in self.study.records() if row["status"] == COMPLETED and row["config"] == config]
        return next((row for row in rows if row["trial"] == name), rows[0] if rows else None)

    def _starts(self, name: str) -> int:
        """How often a trial was begun by processes that did not live to end it."""
        return next((int(row.get("starts", 0)) for row in self.study.records() if row["trial"] == name), 0)

    def _take_back(self, name: str, begun: dict[str, Any], starts: int) -> None:
        """A start that a full disk or the user ended does not count against the trial."""
        with contextlib.suppress(UnwritableError):
            self.study.record(name, {**begun, "starts": starts - 1})

    def on_trial_end(self, trial: Any) -> None:
        """Tells the oracle, then whoever watches."""
        super().on_trial_end(trial)
        self.ended()

    def save(self) -> None:
        """Nothing beside the oracle's state, which it saves itself."""

    def reload(self) -> None:
        """Takes the oracle's state up.

        Raises:
            UserError: it is not what an oracle wrote.
        """
        if self._is_worker():
            return
        try:
            self.oracle.reload()
            for name, trial in self.oracle.trials.items():
                folder_name(name), folder_name(trial.trial_id)
        except UserError:
            raise
        except Exception as error:  # Keras Tuner reads its files as they are: anything may come of another's
            raise UserError(
                f"{self.project_dir}: expected the state of this search, found an error ({type(error).__name__}: "
                f"{error}); restore the folder or choose another --study"
            ) from error

    def _get_tuner_fname(self) -> str:
        return str(Path(self.project_dir) / "oracle.json")
