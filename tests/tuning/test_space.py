"""The space of a search: what the configuration says, narrowed by the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import pytest

from common.config import Search, Setting, TrainingConfig
from common.errors import UserError
from tuning.oracles import ALGORITHMS, make_oracle
from tuning.space import chosen, config_with, hyperparameters, ranges_of


@dataclass(frozen=True)
class Config(TrainingConfig):
    kernel: Annotated[int, Setting("", low=1, high=99, search=Search(2, 8), when=("front", ("conv",)))] = 3
    front: Annotated[Literal["none", "conv"], Setting("", search=("none", "conv"))] = "none"
    both: Annotated[bool, Setting("", search=(True, False))] = True
    units: Annotated[int, Setting("", low=1, high=512)] = 32


def named(**narrowed: str) -> dict[str, dict]:
    return {one.name: one.as_json() for one in ranges_of(Config(), (), narrowed)}


def test_fields_with_a_range_are_searched_and_fit_time_fields_are_among_them() -> None:
    found = named()
    assert set(found) == {"batch_size", "learning_rate", "weight_decay", "front", "both", "kernel"}
    assert list(found)[-1] == "kernel", "a condition's field comes before"
    assert found["learning_rate"] == {"low": 1e-4, "high": 1e-2, "log": True, "step": None}


def test_a_field_is_fixed_narrowed_or_added() -> None:
    assert "both" not in {one.name for one in ranges_of(Config(), ["both"])}
    found = named(units="8:64:log", batch_size="4, 8,8", learning_rate="0.1:0.3:0.1", both="true")
    assert found["units"] == {"low": 8, "high": 64, "log": True, "step": None}
    assert found["batch_size"] == {"values": [4, 8]}
    assert found["learning_rate"]["step"] == 0.1
    assert found["both"] == {"values": [True]}


@pytest.mark.parametrize(
    ("narrowed", "words"),
    [
        ({"colour": "1,2"}, "--search colour: expected a field of Config, found none"),
        ({"units": "64:8"}, "found an empty range"),
        ({"units": ","}, "expected at least one value, found none"),
        ({"units": "0:8:log"}, "found an empty range"),
        ({"units": "8:64:0"}, "found an empty range"),
        ({"units": "8:64:2:2"}, "expected int values as a,b,c"),
        ({"units": "many"}, "expected int values as a,b,c"),
        ({"both": "perhaps"}, "expected bool values as a,b,c"),
        ({"front": "a:b"}, "expected values with commas"),
        ({"front": "none,lstm"}, "--front: expected one of none, conv, found 'lstm'"),
        ({"units": "8:1024"}, "--units: expected a number between 1 and 512, found 1024"),
    ],
)
def test_what_is_no_range_is_refused_in_a_line(narrowed: dict[str, str], words: str) -> None:
    with pytest.raises(UserError) as caught:
        named(**narrowed)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_fixed_and_narrowed_at_once_is_refused() -> None:
    with pytest.raises(UserError, match="--search units: expected it once, found --units too"):
        ranges_of(Config(), ["units"], {"units": "1,2"})


def test_a_condition_on_a_field_that_is_not_searched_is_settled() -> None:
    assert "kernel" not in {one.name for one in ranges_of(Config(), ["front"])}
    kernel = next(one for one in ranges_of(replace(Config(), front="conv"), ["front"]) if one.name == "kernel")
    assert kernel.when is None


def test_what_a_chief_hands_out_loses_what_does_not_count_and_gets_its_order_back() -> None:
    ranges = ranges_of(Config(), ["batch_size", "learning_rate", "weight_decay"])
    handed = {"kernel": 8.0, "both": 1, "front": "none"}
    assert chosen(ranges, handed) == {"front": "none", "both": True}
    assert config_with(Config(), ranges, handed).kernel == 3
    assert list(chosen(ranges, {**handed, "front": "conv"})) == ["front", "both", "kernel"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_conditional_values_are_right_from_the_first_trial(algorithm, tmp_path) -> None:
    ranges = ranges_of(Config(), ["batch_size", "weight_decay"], {"learning_rate": "0.01,0.1"})
    oracle = make_oracle(algorithm, hyperparameters(ranges), 6, 3, 9)
    oracle._set_project_dir(str(tmp_path), "oracle")
    seen = set()
    for _ in range(6):
        trial = oracle.create_trial("tuner0")
        if trial.status != "RUNNING":
            break
        values = trial.hyperparameters.values
        assert ("kernel" in values) == (values["front"] == "conv")
        config = config_with(Config(), ranges, values)
        assert config.kernel == values.get("kernel", 3) and type(config.both) is bool
        seen.add(config.front)
        oracle.update_trial(trial.trial_id, {"score": 1.0})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    assert seen == {"none", "conv"} or algorithm == "grid"
