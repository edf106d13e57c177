"""The one exception type for mistakes a user can make and mend."""

from __future__ import annotations


class UserError(Exception):
    """A mistake in the input, the flags or the environment, told in one line.

    The message says what was expected, what was found (with file and line where there is one) and what to do.
    The command line prints it without a traceback and exits with its status.
    """

    status = 2

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
