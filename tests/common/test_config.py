"""Configuration: one field gives a flag, a check, JSON and a search range."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from common.config import (
    Search,
    Setting,
    TrainingConfig,
    add_flags,
    fields_of,
    from_flags,
    from_json,
    read_config,
    to_json,
)
from common.errors import UserError


@dataclass(frozen=True)
class SmallConfig(TrainingConfig):
    units: Annotated[int, Setting("size of the state", unit="units", low=1, search=Search(8, 64, log=True))] = 16
    cell: Annotated[Literal["lstm", "gru"], Setting("cell")] = "gru"
    both_ways: Annotated[bool, Setting("read in both directions")] = True
    name: Annotated[str, Setting("a word, 100% free")] = ""


def parse(*arguments: str) -> SmallConfig:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_flags(parser, SmallConfig)
    return from_flags(SmallConfig, parser.parse_args(arguments))


def test_every_field_is_a_flag_with_help_unit_and_default() -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser, SmallConfig)
    text = " ".join(parser.format_help().split())
    for field in fields_of(SmallConfig):
        assert "--" + field.name.replace("_", "-") in text
    assert "size of the state (default 16, units)" in text
    assert "100% free" in text


def test_flags_set_values_of_every_type() -> None:
    config = parse("--units", "32", "--cell", "lstm", "--no-both-ways", "--name", "ü", "--learning-rate", "1e-2")
    assert (config.units, config.cell, config.both_ways, config.name) == (32, "lstm", False, "ü")
    assert config.learning_rate == 0.01


def test_unset_flags_keep_the_base() -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser, SmallConfig)
    config = from_flags(SmallConfig, parser.parse_args(["--seed", "3"]), SmallConfig(units=5))
    assert (config.units, config.seed) == (5, 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--units", "0"), "--units: expected a number at least 1, found 0"),
        (("--ema", "1.5"), "--ema: expected a number between 0 and 0.99999, found 1.5"),
        (("--learning-rate", "nan"), "--learning-rate: expected a number between"),
    ],
)
def test_values_out_of_range_are_refused_in_one_line(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(*arguments)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_json_round_trip_keeps_every_field(tmp_path: Path) -> None:
    config = SmallConfig(units=7, data="a/b", learning_rate=1)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(to_json(config)))
    assert read_config(SmallConfig, path) == config


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"unitz": 3}, "unitz"),
        ({"units": "3"}, "--units: expected a whole number, found '3'"),
        ({"units": True}, "--units: expected a whole number, found True"),
        ({"cell": "tanh"}, "expected one of lstm, gru"),
        ([1], "expected a JSON object"),
    ],
)
def test_json_of_another_shape_is_refused(values: object, said: str) -> None:
    with pytest.raises(UserError, match=r"config\.json") as caught:
        from_json(SmallConfig, values, Path("config.json"))  # type: ignore[arg-type]
    assert said in str(caught.value)
