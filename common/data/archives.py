"""Zip archives of unknown origin (`.npz`, `.keras`): looked at before anything is unpacked, arrays without pickles."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np

from common.errors import UserError
from common.files import require_readable

MOST_TIMES, ALWAYS_ALLOWED = 100, 64 << 20  # as common.data.packed


def check_archive(path: Path, what: str) -> None:
    """Refuses an archive that unpacks to far more than it is, or whose names lead out of the folder it unpacks to.

    Args:
        path: the file.
        what: what it should be, in words.

    Raises:
        UserError: such an archive, or none.
    """
    require_readable(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except Exception as error:  # a damaged directory fails in many ways
        raise UserError(f"{path}: expected {what} (a zip archive), found a damaged or another file: {error}") from error
    size = path.stat().st_size
    whole = sum(member.file_size for member in members)
    if whole > max(ALWAYS_ALLOWED, MOST_TIMES * size):
        raise UserError(
            f"{path}: expected {what}, found an archive of {size:,} bytes that unpacks to {whole:,}; "
            "the file may be an attack, remove it"
        )
    for member in members:
        name = PurePosixPath(member.filename.replace("\\", "/"))
        leads_out = name.is_absolute() or ".." in name.parts or ":" in member.filename
        if leads_out or stat.S_ISLNK(member.external_attr >> 16):
            raise UserError(
                f"{path}: expected names inside the archive, found {member.filename!r}; "
                "the file may be an attack, remove it"
            )
    if len({member.filename for member in members}) < len(members):
        raise UserError(f"{path}: expected each name once in the archive, found one again; save the file again")


def read_npz(path: Path, what: str = "an .npz file of arrays") -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file; pickled objects are never read.

    Args:
        path: the file.
        what: what it should be, in words.

    Raises:
        UserError: no such file, a damaged one, an archive that is a bomb, or an array of objects.
    """
    check_archive(path, what)
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: np.asarray(file[name]) for name in file.files}
    except Exception as error:  # MemoryError: a header that declares a huge shape
        raise UserError(f"{path}: expected {what}, found an error: {error}; save it again") from error
