"""A search whose trials cost nothing: the value follows from the configuration."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from common.config import TrainingConfig
from tuning.space import ranges_of
from tuning.study import Plan, Study
from tuning.trials import Budget, Cost, Outcome

NARROW = {"learning_rate": "0.001:0.1:log", "batch_size": "8,16,32", "weight_decay": "0.01,0.1"}


def value_of(config: Any) -> float:
    return config.learning_rate + config.batch_size / 100


def instant(config: Any, folder: Path) -> Outcome:
    return Outcome(value_of(config), {"accuracy": value_of(config)}, 1, 1, 0.01, 10, Cost(10.0, 5.0))


@pytest.fixture
def make_study(tmp_path: Path):
    def make(algorithm: str = "random", trials: int = 5, base: Any = None, **changes: Any) -> Study:
        base = base or TrainingConfig(seed=1, epochs=9)
        plan = {
            "app": SimpleNamespace(name="toy", objective="accuracy", minimise=False),
            "base": base,
            "ranges": ranges_of(base, (), changes.pop("narrow", NARROW)),
            "algorithm": algorithm,
            "trials": trials,
            "objective": "accuracy",
            "budget": Budget(),
        }
        study = Study(tmp_path / "study", Plan(**{**plan, **changes}))
        study.open()
        return study

    return make
