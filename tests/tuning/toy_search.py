"""A search over trials of a tenth of a second, as a process: supervisor, chief or worker (see test_workers)."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from common.config import TrainingConfig
from common.processes import leave_with_the_supervisor
from tests.tuning.conftest import NARROW, instant
from tuning import workers
from tuning.search import Searcher
from tuning.space import ranges_of
from tuning.study import Plan, Study


def slow(config: Any, folder: Path) -> Any:
    time.sleep(0.1)
    return instant(config, folder)


def main(folder: Path, role: str, trials: int, algorithm: Any) -> None:
    base = TrainingConfig(seed=1, epochs=9)
    app: Any = SimpleNamespace(name="toy", objective="accuracy", minimise=False)
    study = Study(folder, Plan(app, base, ranges_of(base, (), NARROW), algorithm, trials, "accuracy"))
    if role == "supervisor":
        study.open()
        command = [sys.executable, "-m", "tests.tuning.toy_search", str(folder)]
        supervisor = workers.Supervisor(
            lambda name: [*command, name, str(trials), algorithm], folder / "logs", 2, deadline_seconds=120
        )
        sys.exit(0 if supervisor.run() else 3)
    leave_with_the_supervisor()
    (folder / "logs" / f"{role}.pid").write_text(str(os.getpid()))
    names = [workers.worker_name(0), workers.worker_name(1)]
    Searcher(study, None if role == workers.CHIEF else slow, workers=names).search()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
