"""Times converted models by turns: the child of `benchmarks.export`, without TensorFlow.

Standard input holds [[name, runtime, file, signature], ...], the inputs lie beside each file as .npz; name -> fastest
invocation in microseconds is printed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from export.sessions import open_session
from export.timing import interleaved


def main() -> None:
    sessions = {}
    for name, runtime, file, signature in json.load(sys.stdin):
        sessions[name] = open_session(runtime, Path(file), 1, signature)
        with np.load(Path(file).with_suffix(".npz")) as inputs:
            sessions[name].feed(dict(inputs))
    timings = interleaved({name: session.invoke for name, session in sessions.items()}, int(sys.argv[1]))
    print(json.dumps({name: timing.min for name, timing in timings.items()}))


if __name__ == "__main__":
    main()
