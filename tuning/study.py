"""The folder of a search: what it is, a record of every trial, and the best configuration."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.app import App
from common.config import TrainingConfig, to_json
from common.errors import UserError
from common.files import is_partial, read_sealed, write_sealed
from common.report.metric_names import goodness
from tuning.oracles import Algorithm
from tuning.records import COMPLETED, FAILED, REPEATED, folder_name, read_trial
from tuning.space import Range
from tuning.trials import Budget

TRIALS, CONFIRMATION = "trials", "confirmation"  # folders: what was proposed, and the best of it with other seeds


@dataclass(frozen=True)
class Plan:
    """What is searched and how; with another plan a study's folder is refused.

    Attributes:
        app: the application.
        base: the configuration that everything outside the space is taken from.
        ranges: the space.
        algorithm: of Keras Tuner.
        trials: how many are trained; for hyperband and grid 0 is all of them.
        objective: name of a validation metric.
        budget: limits on the converted model.
    """

    app: App
    base: TrainingConfig
    ranges: Sequence[Range]
    algorithm: Algorithm
    trials: int
    objective: str
    budget: Budget = field(default_factory=Budget)

    def identity(self) -> dict[str, Any]:
        """All that decides what the trials are; the number of trials may grow."""
        return {
            "app": self.app.name,
            "objective": self.objective,
            "algorithm": self.algorithm,
            "max_size_kb": self.budget.max_size_kb,
            "max_latency_us": self.budget.max_latency_us,
            "max_multiply_adds": self.budget.max_multiply_adds,
            "base": to_json(self.base),
            "space": {one.name: one.as_json() for one in self.ranges},
        }


@dataclass(frozen=True)
class Study:
    """A study's folder."""

    folder: Path
    plan: Plan

    def open(self) -> None:
        """Makes the folder, or checks that it holds this very study.

        Raises:
            UserError: it cannot be written, or holds something else.
        """
        path, identity = self.folder / "study.json", self.plan.identity()
        if not path.exists():
            if self.folder.is_dir() and any(not is_partial(path) for path in self.folder.iterdir()):
                raise UserError(
                    f"{self.folder}: expected a study or an empty folder, found other files; choose another"
                )
            if self.folder.exists() and not self.folder.is_dir():
                raise UserError(f"{self.folder}: expected a folder, found a file; choose another --study")
            write_sealed(path, identity)
            return
        before = read_sealed(path)
        for name, value in identity.items():
            found = before.get(name) if isinstance(before, dict) else None
            if isinstance(value, dict) and isinstance(found, dict):
                keys = [*value, *found]
                name, found, value = next(
                    ((key, found.get(key), value.get(key)) for key in keys if found.get(key) != value.get(key)),
                    (name, found, value),
                )
            if found != value:
                raise UserError(
                    f"{self.folder}: expected the study it was begun as ({name} {found!r}), found {value!r}; "
                    "choose another --study"
                )

    def trial_folder(self, name: str, kind: str = TRIALS) -> Path:
        """The folder of one trial."""
        return self.folder / kind / folder_name(name)

    def record(self, name: str, values: Mapping[str, Any], kind: str = TRIALS) -> None:
        """Writes what is known of a trial."""
        write_sealed(self.trial_folder(name, kind) / "trial.json", {"trial": name, **values})

    def records(self, kind: str = TRIALS) -> list[dict[str, Any]]:
        """All trials of a kind, in the order of their numbers; `of` names the one that a confirmation repeats."""
        return [read_trial(path) for path in sorted((self.folder / kind).glob("*/trial.json"))]

    def ended(self) -> list[dict[str, Any]]:
        """Trials that completed, and that were taken from one that had."""
        return [row for row in self.records() if row["status"] in (COMPLETED, REPEATED)]

    def best(self) -> dict[str, Any] | None:
        """The record with the best mean over other seeds, where there are any, else with the best value.

        The smaller model of equal ones.
        """
        confirmed = self.confirmed()
        rows = [(row, statistics.mean(values)) for row, values in confirmed] or [
            (row, row["value"]) for row in self.ended()
        ]
        if not rows:
            return None
        return max(rows, key=lambda one: self._rank(*one))[0]

    def _rank(self, row: Mapping[str, Any], value: float) -> tuple[float, float, str]:
        return goodness(self.plan.objective, value), -_size(row), row["trial"]

    def initial(self) -> dict[str, Any] | None:
        """The record of the configuration that the search began with; None where the space leaves it out."""
        config = {"app": self.plan.app.name, **to_json(self.plan.base)}
        return next((row for row in self._completed() if row["config"] == config), None)

    def finalists(self, count: int) -> list[dict[str, Any]]:
        """The best trials, best first, and the one that the search began with."""
        rows = sorted(self._completed(), key=lambda row: self._rank(row, row["value"]), reverse=True)[:count]
        initial = self.initial()
        return rows + ([initial] if initial and initial not in rows else [])

    def confirmed(self) -> list[tuple[dict[str, Any], list[float]]]:
        """Trials and their values with other seeds, of those that have the most: best mean first."""
        found: dict[str, list[float]] = {}
        for row in self.records(CONFIRMATION):
            if row["status"] == COMPLETED:
                found.setdefault(row.get("of", ""), []).append(row["value"])
        most = max(map(len, found.values()), default=0)
        rows = [(row, found[row["trial"]]) for row in self._completed() if len(found.get(row["trial"], ())) == most > 0]
        return sorted(rows, key=lambda one: self._rank(one[0], statistics.mean(one[1])), reverse=True)

    def _completed(self) -> list[dict[str, Any]]:
        return [row for row in self.records() if row["status"] == COMPLETED]

    def pareto(self, cost: str) -> list[dict[str, Any]]:
        """Trials that no other beats in both the objective and a cost (a field of `Cost`), cheapest first."""
        rows = [row for row in self.ended() if (row.get("cost") or {}).get(cost) is not None]
        kept: list[dict[str, Any]] = []
        for row in sorted(rows, key=lambda r: (r["cost"][cost], -goodness(self.plan.objective, r["value"]))):
            value = goodness(self.plan.objective, row["value"])
            if not kept or value > goodness(self.plan.objective, kept[-1]["value"]):
                kept.append(row)
        return kept

    def seconds_left(self, workers: int) -> float | None:
        """About how long the rest takes: the median trial times what is left; None before the first has ended."""
        rows = self.records()
        taken = [row["seconds"] for row in rows if row["status"] == COMPLETED]
        left = self.plan.trials - sum(row["status"] in (COMPLETED, FAILED, REPEATED) for row in rows)
        return statistics.median(taken) * max(0, left) / workers if taken and self.plan.trials else None


def _size(row: Mapping[str, Any]) -> float:
    cost = row.get("cost") or {}
    return float(cost.get("size_kb") or row.get("parameters") or 0)
