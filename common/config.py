"""One flat frozen dataclass per application: flags, JSON, validation and search ranges come from its fields.

A field is written `name: Annotated[type, Setting("help", unit=..., low=..., high=..., search=...)] = default`.
Types are int, float, bool, str and Literal of strings.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from common.errors import UserError
from common.files import read_json


@dataclass(frozen=True)
class Search:
    """The range a tuner may search: low to high, on a logarithmic scale or in steps where said."""

    low: float
    high: float
    log: bool = False
    step: float | None = None


@dataclass(frozen=True)
class Setting:
    """What a configuration field carries besides its type and default."""

    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    search: Search | tuple[Any, ...] | None = None
    when: tuple[str, tuple[Any, ...]] | None = None  # a field, and the values of it with which a search varies this one


@dataclass(frozen=True)
class TrainingConfig:
    """What every application's training understands; an application's config adds its own fields."""

    data: Annotated[str, Setting("`sample` (generated, synthetic), `tfds:NAME`, or a path")] = "sample"
    seed: Annotated[int, Setting("seed of splits, initial weights, shuffling and dropout", low=0, high=2**31 - 1)] = 0
    epochs: Annotated[int, Setting("passes over the training split at the most", unit="epochs", low=1)] = 4
    batch_size: Annotated[int, Setting("examples per step", unit="examples", low=1, search=(16, 32, 64, 128))] = 32
    learning_rate: Annotated[
        float, Setting("peak learning rate of AdamW", low=1e-8, high=10, search=Search(1e-4, 1e-2, log=True))
    ] = 1e-3
    weight_decay: Annotated[
        float, Setting("AdamW's decoupled weight decay", low=0, search=Search(1e-4, 0.1, log=True))
    ] = 0.01
    clip_norm: Annotated[float, Setting("gradients are scaled to this global norm; 0 turns it off", low=0)] = 1.0
    warmup: Annotated[float, Setting("share of the steps in which the learning rate rises", low=0, high=1)] = 0.05
    schedule: Annotated[Literal["cosine", "constant"], Setting("the learning rate after the warm-up")] = "cosine"
    ema: Annotated[
        float, Setting("decay per step of the averaged weights; 0 turns averaging off", low=0, high=0.99999)
    ] = 0.0
    patience: Annotated[
        int, Setting("epochs without a better validation metric before stopping; 0 never stops", low=0)
    ] = 0
    class_weight: Annotated[
        Literal["none", "balanced"], Setting("balanced: a rare class counts as much in the loss as a frequent one")
    ] = "none"
    dtype_policy: Annotated[
        Literal["float32", "mixed_bfloat16", "mixed_float16"],
        Setting("Keras' dtype policy while training; what is saved and exported is float32"),
    ] = "float32"


Config = TypeVar("Config", bound=TrainingConfig)


@dataclass(frozen=True)
class _Field:
    name: str
    kind: type
    choices: tuple[str, ...]
    setting: Setting
    default: Any

    def parse(self, text: str) -> Any:
        """A flag's text as a value; raises argparse's error for its one-line message."""
        try:
            return self.kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected {_kind_name(self.kind)}, found {text!r}") from None


def _kind_name(kind: type) -> str:
    return {int: "a whole number", float: "a number", bool: "true or false", str: "text"}[kind]


def fields_of(config: type[TrainingConfig]) -> list[_Field]:
    """The fields of a configuration type with their settings, in order of declaration."""
    hints = get_type_hints(config, include_extras=True)
    found = []
    for item in dataclasses.fields(config):
        kind, setting = get_args(hints[item.name])[:2]
        choices = get_args(kind) if get_origin(kind) is Literal else ()
        found.append(_Field(item.name, str if choices else kind, choices, setting, item.default))
    return found


def add_flags(parser: argparse.ArgumentParser, config: type[TrainingConfig]) -> None:
    """Adds one flag per field: `--learning-rate` for `learning_rate`; unset flags leave no attribute behind."""
    for item in fields_of(config):
        setting = item.setting
        unit = f", {setting.unit}" if setting.unit else ""
        shown = "nothing" if item.default == "" else str(item.default).lower() if item.kind is bool else item.default
        text = f"{setting.help} (default {shown}{unit})".replace("%", "%%")
        name = "--" + item.name.replace("_", "-")
        if item.kind is bool:
            parser.add_argument(name, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=text)
        elif item.choices:
            parser.add_argument(name, choices=item.choices, default=argparse.SUPPRESS, help=text)
        else:
            parser.add_argument(
                name, type=item.parse, metavar=item.kind.__name__.upper(), default=argparse.SUPPRESS, help=text
            )


def from_flags(config: type[Config], flags: argparse.Namespace, base: Config | None = None) -> Config:
    """The configuration that the flags ask for; fields without a flag come from `base` or their defaults.

    Raises:
        UserError: a value outside its range.
    """
    given = {item.name: getattr(flags, item.name) for item in fields_of(config) if hasattr(flags, item.name)}
    return validated(dataclasses.replace(base or config(), **given))


def validated(config: Config) -> Config:
    """Returns `config` when every value is of its type and inside its range.

    Raises:
        UserError: names the flag, what was expected and what was found.
    """
    for item in fields_of(type(config)):
        value, setting = getattr(config, item.name), item.setting
        flag = "--" + item.name.replace("_", "-")
        right_type = isinstance(value, item.kind) or (item.kind is float and isinstance(value, int))
        if not right_type or (isinstance(value, bool) and item.kind is not bool):
            raise UserError(f"{flag}: expected {_kind_name(item.kind)}, found {value!r}; correct it")
        if item.kind is str and any("\ud800" <= character <= "\udfff" for character in value):
            raise UserError(f"{flag}: expected text, found {value!r}, which UTF-8 cannot hold; rename it")
        if item.choices and value not in item.choices:
            raise UserError(f"{flag}: expected one of {', '.join(item.choices)}, found {value!r}; choose one of them")
        if item.kind not in (int, float):
            continue
        low = -math.inf if setting.low is None else setting.low
        high = math.inf if setting.high is None else setting.high
        if not low <= value <= high:
            bounds = f"at least {setting.low:g}" if high == math.inf else f"between {low:g} and {high:g}"
            raise UserError(f"{flag}: expected a number {bounds}, found {value}; correct it")
    return config


def to_json(config: TrainingConfig) -> dict[str, Any]:
    """The configuration as JSON values, every field named."""
    return dataclasses.asdict(config)


def from_json(config: type[Config], values: Mapping[str, Any], origin: Path) -> Config:
    """The configuration in a JSON object; unnamed fields take their defaults.

    Raises:
        UserError: a field that the application does not have, or a value of another type or out of range.
    """
    if not isinstance(values, Mapping):
        raise UserError(
            f"{origin}: expected a JSON object of configuration fields, found {type(values).__name__}; restore it"
        )
    known = {item.name: item for item in fields_of(config)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise UserError(f"{origin}: expected fields of {config.__name__}, found {', '.join(unknown)}; remove or rename")
    try:
        floats = {
            name: float(value) if known[name].kind is float and type(value) is int else value
            for name, value in values.items()
        }
        return validated(config(**floats))  # type: ignore[arg-type]
    except OverflowError as error:
        raise UserError(f"{origin}: expected numbers, found one too large ({error}); correct it") from error
    except UserError as error:
        raise UserError(f"{origin}: {error}") from error


def read_config(config: type[Config], path: Path) -> Config:
    """Reads `config.json` of a run, or a configuration written by the tuner."""
    return from_json(config, read_json(path), path)
