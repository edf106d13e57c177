"""`unroll tune APP`: a study in one process, with workers, or as one role of several machines."""

from __future__ import annotations

import argparse
import dataclasses
import os
import shutil
from pathlib import Path
from typing import Any

from keras_tuner.errors import FatalError
from rich.live import Live

from apps import load_app, load_config
from common.config import fields_of, from_flags, read_config
from common.console import console, say
from common.errors import UnwritableError, UserError
from common.files import sweep
from common.locks import alone
from common.processes import leave_with_the_supervisor
from tuning import workers
from tuning.confirmation import confirm
from tuning.records import RUNNING
from tuning.report import live_table, summary, write_report
from tuning.search import Searcher
from tuning.space import ranges_of
from tuning.study import Plan, Study
from tuning.trials import Budget, TrainingTrial

_PATIENCE = 3  # epochs, where none is asked for


def tune_command(options: argparse.Namespace, arguments: list[str]) -> None:
    """Searches, and tells what was found.

    Args:
        options: the flags.
        arguments: the command line, to start workers with.
    """
    plan = _plan(options)
    study = Study(Path(options.study or Path("runs") / plan.app.name / "study"), plan)
    if options.role == "worker" or options.role == "chief":
        _role(options, study)
        return
    trial = _trial(study)  # before anything is written: the data may be refused
    study.open()
    refusal = f"{study.folder}: another search runs in this folder; wait for it or choose another --study"
    with alone(study.folder / ".lock", refusal):
        sweep(study.folder)
        say(f"study {study.folder}: {', '.join(one.name for one in plan.ranges)}")
        if options.workers > 1:
            ended = _with_workers(options, study, arguments)
        else:
            ended = _alone(study, trial)
        if ended:
            # what they cost is known: timed again, one at its limit might be over it
            unlimited = TrainingTrial(plan.app, trial.splits, trial.cache, plan.objective, Budget())
            confirm(study, unlimited, options.confirm)
        best = write_report(study)
    if best is None:
        failed = study.records()
        raise UserError(
            f"{study.folder}: expected a trial with a result, found none of {len(failed)}: "
            f"{failed[-1].get('error', failed[-1]['status']) if failed else 'the space is empty'}; change the space"
        )
    print(summary(study, best))
    if not ended:
        say("the deadline came first; the same command goes on")
    say(f"done: {study.folder} (best.json, summary.md, pareto.png, trials/, tensorboard/)")
    say(f"next: unroll train {plan.app.name} --config {study.folder / 'best.json'}")


def _plan(options: argparse.Namespace) -> Plan:
    config_type = load_config(options.app)
    base = from_flags(config_type, options, read_config(config_type, Path(options.config)) if options.config else None)
    for name, least in (("trials", 0), ("workers", 1)):
        if getattr(options, name) < least:
            raise UserError(f"--{name}: expected {least or 1} or more, found {getattr(options, name)}; correct it")
    if options.trials == 0 and options.algorithm in ("random", "bayes"):
        raise UserError(f"--trials: expected 1 or more for {options.algorithm}, found 0; correct it")
    if options.confirm < 0:
        raise UserError(f"--confirm: expected 0 or more, found {options.confirm}; correct it")
    for name in ("max_size_kb", "max_latency_us", "max_multiply_adds", "deadline"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            raise UserError(f"--{name.replace('_', '-')}: expected more than 0, found {value:g}; correct it")
    given = [item.name for item in fields_of(config_type) if hasattr(options, item.name)]
    if not base.patience and "patience" not in given:
        base = dataclasses.replace(base, patience=_PATIENCE)
    ranges = ranges_of(base, given, _narrowed(options.search or []))
    if not ranges:
        raise UserError("expected at least one field to search, found all fixed; leave a flag out, or add --search")
    app = load_app(options.app)
    objective = options.objective or app.objective
    return Plan(
        app, base, ranges, options.algorithm, options.trials, objective,
        Budget(options.max_size_kb, options.max_latency_us, options.max_multiply_adds),
    )  # fmt: skip


def _narrowed(given: list[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, equals, values = text.partition("=")
        if not equals:
            raise UserError(f"--search {text}: expected FIELD=RANGE, found no equals sign; correct it")
        found[name.replace("-", "_")] = values
    return found


def _trial(study: Study) -> TrainingTrial:
    plan = study.plan
    splits = plan.app.load(plan.base)
    return TrainingTrial(plan.app, splits, study.folder / "cache", plan.objective, plan.budget)


def _alone(study: Study, trial: TrainingTrial) -> bool:
    with _table(study, 1) as update:
        try:
            Searcher(study, trial, update).search()
        except FatalError as error:
            if isinstance(error.__cause__, UnwritableError):
                raise error.__cause__ from None
            shutil.rmtree(study.folder)  # it has no result, and never will
            raise UserError(str(error)) from error
    return True


def _with_workers(options: argparse.Namespace, study: Study, arguments: list[str]) -> bool:
    deadline = None if options.deadline is None else 60 * options.deadline
    with _table(study, options.workers) as update:
        supervisor = workers.Supervisor(
            workers.own_command(arguments), study.folder / "logs", options.workers, deadline, update
        )
        return supervisor.run()


def _role(options: argparse.Namespace, study: Study) -> None:
    """The chief's or a worker's part; Keras Tuner reads who and where from the environment."""
    leave_with_the_supervisor()
    supervised = "KERASTUNER_TUNER_ID" in os.environ
    if not supervised:
        if options.confirm:
            raise UserError("--confirm: expected no --role beside it, found one; confirm when the trials have ended")
        if not options.chief:
            raise UserError("--role: expected --chief HOST:PORT beside it, found none; name the chief's address")
        host, _, port = options.chief.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise UserError(f"--chief {options.chief}: expected HOST:PORT, found something else; correct it")
        if options.role == "chief":
            workers.require_free(host, int(port))
            study.open()
        name = workers.CHIEF if options.role == "chief" else f"{os.uname().nodename}-{os.getpid()}"
        os.environ.update(workers.environment(name, host, int(port)))
    if options.role == "chief":
        expected = [workers.worker_name(number) for number in range(options.workers)] if supervised else []
        Searcher(study, None, workers=expected).search()
        if not supervised:
            write_report(study)
    else:
        Searcher(study, _trial(study)).search()


class _table:  # noqa: N801  (a context manager)
    """The table of trials: live on a terminal, a line a trial elsewhere."""

    def __init__(self, study: Study, count: int) -> None:
        self.study, self.count = study, count
        self.told: set[str] = set()
        self.live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None

    def __enter__(self) -> Any:
        if self.live:
            self.live.start()
        return self.update

    def __exit__(self, *error: object) -> None:
        if self.live:
            self.live.stop()

    def update(self) -> None:
        if self.live:
            self.live.update(live_table(self.study, self.count), refresh=True)
            return
        rows = [row for row in self.study.records() if row["status"] != RUNNING and row["trial"] not in self.told]
        for row in rows:  # workers do not end their trials in the order of the numbers
            figure = f"{self.study.plan.objective} {row['value']:.4f}" if "value" in row else row.get("error", "")
            say(f"trial {row['trial']} {row['status']}: {figure}  {_shown(row['values'])}")
        self.told |= {row["trial"] for row in rows}


def _shown(values: dict[str, Any]) -> str:
    return " ".join(
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}" for name, value in values.items()
    )
