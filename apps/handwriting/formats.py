"""Finds out what a handwriting source is, and reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.handwriting import iam
from apps.handwriting.source import Source
from common.errors import UserError


def read(config: Any, source: str) -> Source:
    """Reads a path or `tfds:NAME`.

    Raises:
        UserError: nothing there, nothing known there, or an example that cannot be read (file named).
    """
    path = Path(source).expanduser()
    if path.is_dir() and iam.find(path):
        return iam.read(path)
    raise UserError(
        f"--data: expected `sample`, `tfds:NAME` or a path, found {source!r}, which does not exist; check it"
    )
