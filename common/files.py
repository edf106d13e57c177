"""Files that are whole or absent: atomic writes, checksums, seals, text and JSON with a one-line error."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from common.errors import UnwritableError, UserError

_PARTIAL = ".partial-"  # in the name of everything that is not yet whole
_SEAL, _UNSEALED = "seal", "0" * 64


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path`; on success it replaces `path`, on any failure it is removed.

    The temporary name keeps the suffix, because some writers choose their format by it. Works for a file and for
    a folder (an existing folder of that name is replaced). What a killed process leaves, `sweep` removes.

    Raises:
        UnwritableError: the place cannot be written (full disk, read-only folder, a file in the way).
    """
    temporary = path.with_name(f".{path.stem}{_PARTIAL}{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        for file in temporary.rglob("*") if temporary.is_dir() else [temporary]:
            _sync(file)
        _put(temporary, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> UnwritableError:
    """The error of a place that cannot be written, in a line; NumPy's own names no cause but too few bytes."""
    cause = error.strerror or f"no room ({error})"
    return UnwritableError(f"cannot write {path}: {cause}; free the disk or choose another folder")


def _sync(file: Path) -> None:
    if file.is_file():
        with open(file, "rb") as opened:
            os.fsync(opened.fileno())


def _put(temporary: Path, path: Path) -> None:
    """Gives what is whole its name; a folder that had it is never seen half removed."""
    if not (temporary.is_dir() and path.is_dir()):
        temporary.replace(path)
        return
    old = temporary.with_name(f"{temporary.name}.old")
    path.replace(old)
    try:
        temporary.replace(path)
    finally:
        if not path.exists():
            old.replace(path)
    shutil.rmtree(old, ignore_errors=True)


def is_partial(path: Path) -> bool:
    """Whether a name is of something that `atomic_path` has not finished."""
    return path.name.startswith(".") and _PARTIAL in path.name


def sweep(folder: Path, pattern: str = "*") -> None:
    """Removes what killed processes left unfinished in a folder and below it; nobody else may be writing there."""
    for path in [path for path in folder.rglob(f".{pattern}{_PARTIAL}*") if is_partial(path)]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Writes JSON atomically: indented, keys in the order given, no NaN."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_sealed(path: Path, value: Mapping[str, Any]) -> None:
    """Writes a JSON object that carries its own SHA-256, the last of its fields, taken over zeros in that place."""
    text = json.dumps({**value, _SEAL: _UNSEALED}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    head, tail = text.rsplit(_UNSEALED, 1)
    write_text(path, head + hashlib.sha256(text.encode()).hexdigest() + tail)


def read_sealed(path: Path) -> Any:
    """Reads what `write_sealed` wrote, without the seal; JSON without one as it is.

    Raises:
        UserError: as `read_json`, or the file is not what was written.
    """
    value = read_json(path)
    if not isinstance(value, dict) or _SEAL not in value:
        return value
    seal = str(value.pop(_SEAL))
    head, _, tail = read_text(path).rpartition(seal or _SEAL)
    if hashlib.sha256((head + _UNSEALED + tail).encode()).hexdigest() != seal:
        raise UserError(
            f"{path}: expected what was written here, found a change (its SHA-256 differs); restore the file"
        )
    return value


def write_with(path: Path, write: Callable[[Path], Any]) -> None:
    """Calls `write(temporary)` and puts the result in place atomically."""
    with atomic_path(path) as temporary:
        write(temporary)


def read_text(path: Path) -> str:
    """Reads UTF-8 text (a byte-order mark is dropped).

    Raises:
        UserError: the file is missing, unreadable or not UTF-8; the message names the line and byte.
    """
    return decode_utf8(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytes:
    """The content of a file; see `require_readable` for what counts as one.

    Raises:
        UserError: the file is missing or unreadable.
    """
    require_readable(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}; check the path") from error


def require_readable(path: Path, advice: str = "check the path") -> None:
    """Refuses what never ends or never begins: devices, sockets, and pipes but those of a shell (`<(command)`).

    Raises:
        UserError: one of these, no such file, or a name that no file can have.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"cannot read {path}: {reason}; {advice}") from error
    from_shell = stat.S_ISFIFO(mode) and path.is_relative_to("/dev")
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or from_shell):
        raise UserError(f"cannot read {path}: expected a file, found a device, pipe or socket; {advice}")


def is_file(path: Path) -> bool:
    """Whether there is such a file; False also for a name that is too long or lies where one may not look."""
    try:
        return path.is_file()
    except OSError:
        return False


def lies_inside(path: Path, folder: Path) -> bool:
    """Whether a path, symbolic links followed, lies below a folder."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a name too long, a ring of links, a NUL byte
        return False


def user_path(text: str, flag: str) -> Path:
    """The path that a flag names, with `~` resolved; it need not exist.

    Raises:
        UserError: a name that no file can have, or one where nobody may look.
    """
    try:
        path = Path(text).expanduser()
        path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{flag}: expected a path, found {text[:80]!r} ({reason}); correct it") from error
    return path


def decode_utf8(raw: bytes, name: str) -> str:
    """Decodes UTF-8, dropping a byte-order mark; `name` is what the error calls the input."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{name}:{line}: expected UTF-8 text, found byte 0x{raw[error.start]:02x} at offset {error.start}; "
            "convert the file, for example with `iconv -f latin1 -t utf-8`"
        ) from error


def read_json(path: Path) -> Any:
    """Reads a JSON file.

    Raises:
        UserError: missing, not UTF-8, or not JSON (file and line named).
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise UserError(
            f"{path}:{error.lineno}: expected JSON, found an error: {error.msg}; restore the file"
        ) from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of thousands of digits
        raise UserError(f"{path}: expected plain JSON, found an error: {error}; restore the file") from error


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
