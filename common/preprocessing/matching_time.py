"""A limit on how long a regular expression of a bundle may take: a stranger's may never end on a short text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from common.errors import UserError

_SECONDS, _CHARACTERS_A_SECOND = 5.0, 50_000  # ours read millions a second


@contextlib.contextmanager
def limited(characters: int) -> Iterator[float]:
    """Gives the seconds (the argument `timeout` of the package `regex`) that a text of this length may take.

    Raises:
        UserError: they were not enough.
    """
    seconds = _SECONDS + characters / _CHARACTERS_A_SECOND
    try:
        yield seconds
    except TimeoutError as error:
        raise UserError(
            f"preprocess.json: expected regular expressions that read {characters:,} characters in {seconds:.0f} s, "
            "found others; export the bundle again"
        ) from error
