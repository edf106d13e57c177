"""The best trials again with other seeds: the best of many scores is partly luck, the mean over new seeds is not."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.config import from_json
from common.console import say
from common.errors import UnwritableError, of_the_machine
from tuning.records import COMPLETED, FAILED, words_of
from tuning.study import CONFIRMATION, Study
from tuning.trials import Trial

FINALISTS = 3  # beside the configuration that the search began with


def confirm(study: Study, trial: Trial, seeds: int) -> None:
    """Trains the best trials and the initial configuration again, each with the seeds after the study's.

    Splits stay those of the study; what was trained before is looked up.

    Args:
        study: whose trials have ended.
        trial: trains one configuration.
        seeds: int. How many other seeds.

    Raises:
        UnwritableError: there is no room on the disk; the same command goes on.
    """
    known = {row["trial"] for row in study.records(CONFIRMATION)}
    for finalist in study.finalists(FINALISTS):
        for seed in range(study.plan.base.seed + 1, study.plan.base.seed + seeds + 1):
            name = f"{finalist['trial']}-seed-{seed}"
            if name not in known:
                row = _trained(study, trial, finalist, name, seed)
                told = f"{study.plan.objective} {row['value']:.4f}" if row["status"] == COMPLETED else row["error"]
                say(f"trial {finalist['trial']} again, seed {seed}: {told}")


def _trained(study: Study, trial: Trial, finalist: Mapping[str, Any], name: str, seed: int) -> dict[str, Any]:
    fields = {key: value for key, value in finalist["config"].items() if key != "app"}
    config = from_json(type(study.plan.base), {**fields, "seed": seed}, study.trial_folder(finalist["trial"]))
    known = {"values": {"seed": seed}, "config": {**finalist["config"], "seed": seed}, "of": finalist["trial"]}
    folder: Path = study.trial_folder(name, CONFIRMATION)
    try:
        row = {**known, **trial(config, folder).as_json(), "status": COMPLETED}
    except Exception as error:
        machine = error if isinstance(error, UnwritableError) else of_the_machine(error)
        if isinstance(machine, UnwritableError):
            raise machine from error
        row = {**known, "status": FAILED, "error": words_of(error)}
    finally:
        for part in ("checkpoint", "preprocessing"):
            shutil.rmtree(folder / part, ignore_errors=True)
    study.record(name, row, CONFIRMATION)
    return row
