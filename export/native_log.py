"""Keeps TensorFlow quiet while it converts, and what its C++ part wrote at hand."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from typing import Any

from common.quiet import silenced


@contextlib.contextmanager
def quiet_tensorflow() -> Iterator[Any]:
    """Holds back TensorFlow's logs, absl's warnings and Python's warnings; yields the native log."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl")]
    levels = [logger.level for logger in loggers]
    with silenced() as log, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield log
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
