"""The one exception type for mistakes a user can make and mend."""

from __future__ import annotations

import errno
import os

# a full disk, a quota, a limit on files, a read-only file system: native code says so in the system's words
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_MACHINE = (*_NO_ROOM, errno.EACCES, errno.EPERM, errno.EIO)


class UserError(Exception):
    """A mistake in the input, the flags or the environment, told in one line.

    The message says what was expected, what was found (with file and line where there is one) and what to do.
    The command line prints it without a traceback and exits with status 2.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class UnwritableError(UserError):
    """A place cannot be written: the disk is full, the folder is read-only, a file is in the way."""


def of_the_machine(error: Exception) -> UnwritableError | None:
    """What to tell of an error that is none of the program's but its machine's: no room, no right; None for others."""
    words = " ".join(str(error).split())
    if isinstance(error, OSError) and error.errno in _MACHINE:
        words = f"{error.strerror} {error.filename or ''}".strip()
    elif not any(told in words for told in (*map(os.strerror, _NO_ROOM), "No usable temporary directory")):
        return None
    return UnwritableError(f"cannot go on: {words}; free the disk or choose another folder")
