"""Reads the fields of preprocess.json and decoder.json: each has the type and the range that its reader relies on.

A file may come from anywhere, so nothing is taken as it stands. Every function raises a ValueError that says what was
expected of which field and what was found; who opened the file names it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from common.errors import UserError

LONGEST = 1 << 20  # timesteps that any model may read: what is allocated for a row stays small
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_Made = TypeVar("_Made")


def field(values: Any, name: str) -> Any:
    """The field, of whatever type."""
    if not isinstance(values, Mapping):
        raise ValueError(f"expected an object with the field {name}, found {_shown(values)}")
    if name not in values:
        raise ValueError(f"expected the field {name}, found {', '.join(map(str, values)) or 'none'}"[:200])
    return values[name]


def whole(values: Any, name: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    value = field(values, name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        _refuse(name, f"a whole number from {low:,} to {high:,}", value)
    return int(value)


def number(values: Any, name: str, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number from `low` to `high`."""
    return _number(field(values, name), name, low, high)


def numbers(values: Any, name: str, low: float = -math.inf, high: float = math.inf) -> tuple[float, ...]:
    """A list of finite numbers from `low` to `high`."""
    return tuple(_number(item, name, low, high) for item in items(values, name))


def flag(values: Any, name: str) -> bool:
    """True or false."""
    value = field(values, name)
    if not isinstance(value, bool):
        _refuse(name, "true or false", value)
    return bool(value)


def text(values: Any, name: str, *allowed: str) -> str:
    """A text, one of those that are allowed where any are named."""
    value = field(values, name)
    if not _is_text(value) or (allowed and value not in allowed):
        _refuse(name, f"one of {', '.join(allowed)}" if allowed else "a text", value)
    return str(value)


def texts(values: Any, name: str) -> tuple[str, ...]:
    """A list of texts, none of them twice."""
    found = items(values, name)
    if not all(map(_is_text, found)) or len(set(found)) != len(found):
        _refuse(name, "different texts", found)
    return tuple(found)


def items(values: Any, name: str) -> list[Any]:
    """A list of whatever."""
    value = field(values, name)
    if not isinstance(value, list | tuple):
        _refuse(name, "a list", value)
    return list(value)


def read_as(place: str, what: str, make: Callable[[], _Made]) -> _Made:
    """What `make` makes of a specification.

    Args:
        place: the file, for the error.
        what: what it should hold, in words.
        make: reads it with the functions above.

    Raises:
        UserError: it cannot be read; one line that names the file.
    """
    try:
        return make()
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise UserError(f"{place}: expected {what}, found an error: {error}; restore the file") from error


def _is_text(value: Any) -> bool:
    """Whether it is a text that UTF-8 can hold: no half of a surrogate pair."""
    return isinstance(value, str) and not _SURROGATE.search(value)


def _number(value: Any, name: str, low: float, high: float) -> float:
    # compared before it becomes a float: a whole number may be too large for one
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        _refuse(name, f"a number from {low:g} to {high:g}", value)
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        _refuse(name, "a finite number", value)
    return found


def _refuse(name: str, expected: str, value: Any) -> NoReturn:
    raise ValueError(f"{name}: expected {expected}, found {_shown(value)}")


def _shown(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=repr)[:60]
    except (ValueError, RecursionError):  # a number of thousands of digits
        return type(value).__name__
