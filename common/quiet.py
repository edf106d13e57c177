"""Keeps native libraries quiet: what they write to the process's standard streams is held back."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import BinaryIO


@contextlib.contextmanager
def silenced() -> Iterator[BinaryIO]:
    """Sends file descriptors 1 and 2 to a temporary file for as long as the block runs; yields that file.

    C++ code (the converter, the XNNPACK delegate) logs below Python's `sys.stderr`, so the descriptors themselves are
    turned. The file tells afterwards what was said: an error of the converter is only explained there.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as log:
        saved = [(number, os.dup(number)) for number in (1, 2)]
        try:
            for number, _ in saved:
                os.dup2(log.fileno(), number)
            yield log
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in saved:
                os.dup2(copy, number)
                os.close(copy)


def text_of(log: BinaryIO) -> str:
    """What the log holds so far."""
    log.seek(0)
    return log.read().decode("utf-8", "replace")
