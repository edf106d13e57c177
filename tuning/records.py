"""The record of a trial, read as a file that may come from anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.errors import UserError
from common.files import read_sealed
from common.preprocessing import specification as spec

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
COMPLETED, FAILED, REJECTED, REPEATED, RUNNING = "completed", "failed", "rejected", "repeated", "running"


def folder_name(trial: Any) -> str:
    """The name of a trial, when it can be that of a folder and leads nowhere else.

    Raises:
        UserError: another; an oracle's state that somebody else wrote may hold any.
    """
    if not isinstance(trial, str) or not _NAME.fullmatch(trial):
        raise UserError(
            f"expected a trial's name of letters and digits, found {str(trial)[:80]!r}; choose another --study"
        )
    return trial


def words_of(error: Exception) -> str:
    """An error as the record of a trial has it, a line of at most 400 letters."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:400]


def read_trial(path: Path) -> dict[str, Any]:
    """A trial.json: what a table or a choice of the best needs of it is there and of its type.

    Raises:
        UserError: something else; the file is named.
    """
    values = read_sealed(path)
    spec.read_as(str(path), "the record of a trial", lambda: _check(values))
    return dict(values)


def _check(values: Any) -> None:
    folder_name(spec.text(values, "trial"))
    status = spec.text(values, "status", COMPLETED, FAILED, REJECTED, REPEATED, RUNNING)
    for name in ("values", "config", "cost"):
        if not isinstance(values.get(name) or {}, Mapping):
            raise ValueError(f"{name}: expected an object, found another value")
    for cost, value in (values.get("cost") or {}).items():
        if value is not None:
            spec.number({cost: value}, cost)
    if "of" in values:
        folder_name(spec.text(values, "of"))
    if "starts" in values:
        spec.whole(values, "starts", 0, 1 << 31)
    if status in (COMPLETED, REPEATED):
        spec.field(values, "values"), spec.field(values, "config")
        spec.number(values, "value"), spec.number(values, "seconds", 0)
        for name in ("epochs", "best_epoch", "parameters"):
            spec.whole(values, name, 0, 1 << 62)
