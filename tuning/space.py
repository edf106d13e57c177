"""The search space: what a configuration's fields say of their ranges, narrowed by the command line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.config import Config, Search, TrainingConfig, fields_of, validated
from common.errors import UserError

if TYPE_CHECKING:
    import keras_tuner as kt

_WORDS = {"true": True, "false": False}


@dataclass(frozen=True)
class Range:
    """What one field may be.

    Attributes:
        name: of the field.
        kind: int, float, bool or str.
        default: its value in the base configuration, tried first where it lies in the range.
        values: the choices; empty for an interval.
        low, high, log, step: the interval, both ends included.
        when: another field and the values of it for which this one is searched; None for always.
    """

    name: str
    kind: type
    default: Any
    values: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    log: bool = False
    step: float | None = None
    when: tuple[str, tuple[Any, ...]] | None = None

    def as_json(self) -> dict[str, Any]:
        """What identifies the range."""
        if self.values:
            shown: dict[str, Any] = {"values": list(self.values)}
        else:
            shown = {"low": self.low, "high": self.high, "log": self.log, "step": self.step}
        return shown | ({"when": [self.when[0], list(self.when[1])]} if self.when else {})


def ranges_of(
    base: TrainingConfig, fixed: Sequence[str] = (), narrowed: Mapping[str, str] | None = None
) -> list[Range]:
    """The ranges of a search, in the order of the configuration's fields; what a condition names comes first.

    Args:
        base: the configuration that everything outside the space is taken from.
        fixed: fields that the user set: not searched.
        narrowed: field -> range as `parse_range` reads it; may name a field that has no range of its own.

    Raises:
        UserError: an unknown field, one both fixed and narrowed, a range that is empty or outside the field's limits.
    """
    narrowed = dict(narrowed or {})
    fields = {item.name: item for item in fields_of(type(base))}
    for name in narrowed:
        if name not in fields:
            raise UserError(f"--search {name}: expected a field of {type(base).__name__}, found none; see --help")
        if name in fixed:
            raise UserError(f"--search {name}: expected it once, found --{name.replace('_', '-')} too; leave one out")
    found = []
    for name, item in fields.items():
        default = getattr(base, name)
        if name in narrowed:
            found.append(parse_range(name, item.kind, default, narrowed[name]))
        elif item.setting.search is not None and name not in fixed:
            found.append(_declared(name, item.kind, default, item.setting.search, item.setting.when))
    for one in found:
        for value in one.values or (one.low, one.high):
            validated(dataclasses.replace(base, **{one.name: one.kind(value)}))
    return _applicable(found, base)


def _declared(
    name: str, kind: type, default: Any, search: Search | tuple[Any, ...], when: tuple[str, tuple[Any, ...]] | None
) -> Range:
    if isinstance(search, tuple):
        return Range(name, kind, default, values=search, when=when)
    return Range(name, kind, default, (), search.low, search.high, search.log, search.step, when)


def _applicable(found: Sequence[Range], base: TrainingConfig) -> list[Range]:
    """Ranges whose condition can hold, parents first; a condition on a field that is not searched is settled here."""
    searched = {one.name for one in found}
    kept = []
    for one in found:
        if one.when and one.when[0] not in searched:
            if getattr(base, one.when[0]) not in one.when[1]:
                continue
            one = dataclasses.replace(one, when=None)
        kept.append(one)
    return sorted(kept, key=lambda one: one.when is not None)


def parse_range(name: str, kind: type, default: Any, text: str) -> Range:
    """`a,b,c` as choices, `low:high`, `low:high:log` or `low:high:STEP` as an interval.

    Raises:
        UserError: something else, or an empty range.
    """
    flag = f"--search {name}={text}"
    try:
        if ":" not in text:
            values = tuple(dict.fromkeys(_value(kind, word.strip()) for word in text.split(",") if word.strip()))
            if not values:
                raise UserError(f"{flag}: expected at least one value, found none; write {name}=VALUE,VALUE")
            return Range(name, kind, default, values)
        if kind not in (int, float):
            raise UserError(f"{flag}: expected values with commas between them, found an interval; write them out")
        words = text.split(":")
        low, high = kind(words[0]), kind(words[1])
        how = words[2] if len(words) == 3 else ""
        step = None if how in ("", "log") else kind(how)
        if len(words) > 3:
            raise ValueError
    except (ValueError, IndexError):
        raise UserError(
            f"{flag}: expected {kind.__name__} values as a,b,c or low:high, low:high:log, low:high:STEP, "
            "found something else; correct it"
        ) from None
    if not low <= high or (how == "log" and low <= 0) or (step is not None and step <= 0):
        raise UserError(
            f"{flag}: expected low <= high (above 0 for log, a positive step), found an empty range; widen it"
        )
    return Range(name, kind, default, (), low, high, how == "log", step)


def _value(kind: type, word: str) -> Any:
    if kind is bool:
        if word not in _WORDS:
            raise ValueError
        return _WORDS[word]
    return kind(word)


def hyperparameters(ranges: Sequence[Range]) -> kt.HyperParameters:
    """All hyperparameters of the space, those under a condition inside its scope: known before the first trial."""
    import keras_tuner as kt

    space = kt.HyperParameters()
    for one in ranges:
        if one.when is None:
            _declare(space, one)
            continue
        with space.conditional_scope(one.when[0], list(one.when[1])):
            _declare(space, one)
    return space


def _declare(space: kt.HyperParameters, one: Range) -> None:
    sampling = "log" if one.log else "linear"
    if one.values:
        default = one.default if one.default in one.values else one.values[0]
        if one.kind is bool:
            space.Choice(one.name, [bool(value) for value in one.values], default=default)
        else:
            space.Choice(one.name, list(one.values), default=default)
        return
    default = one.default if one.low <= one.default <= one.high else one.low
    if one.kind is int:
        step = None if one.log else int(one.step or 1)
        space.Int(one.name, int(one.low), int(one.high), step=step, sampling=sampling, default=int(default))
    else:
        space.Float(one.name, one.low, one.high, step=one.step, sampling=sampling, default=float(default))


def chosen(ranges: Sequence[Range], values: Mapping[str, Any]) -> dict[str, Any]:
    """What a trial chooses, in the order of the ranges; without fields whose condition does not hold.

    A chief hands its workers all values, also those that no condition lets count, and each kind of number apart.
    """
    found: dict[str, Any] = {}
    for one in ranges:
        if one.name in values and (one.when is None or found.get(one.when[0]) in one.when[1]):
            found[one.name] = one.kind(values[one.name])
    return found


def config_with(base: Config, ranges: Sequence[Range], values: Mapping[str, Any]) -> Config:
    """The configuration of a trial; a field whose condition does not hold keeps the base's value."""
    return validated(dataclasses.replace(base, **chosen(ranges, values)))
