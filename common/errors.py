"""The one exception type for mistakes a user can make and mend."""

from __future__ import annotations

_LONGEST, _HEAD = 2000, 1400  # characters of a message, and those before the cut


class UserError(Exception):
    """A mistake in the input, the flags or the environment, told in one line.

    The message says what was expected, what was found (with file and line where there is one) and what to do.
    The command line prints it without a traceback and exits with status 2.
    """

    def __init__(self, message: str) -> None:
        line = " ".join(message.split())
        if len(line) > _LONGEST:  # a message quotes what it found, and that may be a header of a hundred megabytes
            line = f"{line[:_HEAD]} [...] {line[_HEAD - _LONGEST :]}"
        # control characters of a file would act on the terminal; halves of surrogate pairs cannot be printed
        super().__init__("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line))
