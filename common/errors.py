"""The one exception type for mistakes a user can make and mend."""

from __future__ import annotations

import errno
import os

# a full disk, a quota, a limit on files, a read-only file system: native code says so in the system's words
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_MACHINE = (*_NO_ROOM, errno.EACCES, errno.EPERM, errno.EIO)
_LONGEST, _HEAD = 2000, 1400  # characters of a message, and those before the cut


class UserError(Exception):
    """A mistake in the input, the flags or the environment, told in one line.

    The message says what was expected, what was found (with file and line where there is one) and what to do.
    The command line prints it without a traceback and exits with its status.
    """

    status = 2

    def __init__(self, message: str) -> None:
        line = " ".join(message.split())
        if len(line) > _LONGEST:  # a message quotes what it found, and that may be a header of a hundred megabytes
            line = f"{line[:_HEAD]} [...] {line[_HEAD - _LONGEST :]}"
        # control characters of a file would act on the terminal; halves of surrogate pairs cannot be printed
        super().__init__("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line))


class UnwritableError(UserError):
    """A place cannot be written: the disk is full, the folder is read-only, a file is in the way."""


def of_the_machine(error: Exception) -> UserError | None:
    """What to tell of an error that is none of the program's but its machine's: no room, no right, no memory; None for
    others."""
    words = " ".join(str(error).split())
    if isinstance(error, OSError) and error.errno in _MACHINE:
        words = f"{error.strerror} {error.filename or ''}".strip()
    elif not any(told in words for told in (*map(os.strerror, _NO_ROOM), "No usable temporary directory")):
        if isinstance(error, OSError | MemoryError):  # what no reader or writer foresaw
            return UserError(words or "not enough memory for this input")
        return None
    return UnwritableError(f"cannot go on: {words}; free the disk or choose another folder")
