"""`invocations_child.py BUNDLE COUNT`: invokes a model on its first test vector, COUNT times and then 2 COUNT times.

Run by `benchmarks.verify_arm` where only the edge distribution is. Before, between and after it asks for the parent
process: the mark at which `count_instructions.c` tells the instructions so far.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import numpy as np

from export.answers import open_bundle
from export.replay import first_inputs
from export.rows import SIGNATURE, padded_inputs
from export.runtime import MODEL
from export.sessions import LITERT, open_session


def main(bundle: Path, count: int) -> None:
    """What an interpreter makes once, it makes in the invocation of `feed`, before the first mark."""
    answerer = open_bundle(bundle)
    session = open_session(LITERT, bundle / MODEL, 1, SIGNATURE)
    session.feed(padded_inputs(first_inputs(answerer), answerer.runtime.inputs, np.array([0])))
    gc.disable()
    os.getppid()
    for invocations in (count, 2 * count):
        for _ in range(invocations):
            session.invoke()
        os.getppid()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
