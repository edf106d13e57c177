"""Load time and peak memory of one model, in a process of its own that holds nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.errors import UserError
from export.sessions import MODULES, open_session

_INVOCATIONS = 20
_LOADS = 3
_SECONDS = 120


@dataclass(frozen=True)
class Footprint:
    """Attributes:
    load_ms: from the file to the first answer, the fastest of three.
    peak_bytes: the most memory beyond what the process held before, the file's own pages among it.
    """

    load_ms: float
    peak_bytes: int


def footprint(runtime: str, model: Path, inputs: Path, threads: int = 1, signature: str = "") -> Footprint:
    """Measures in a child process.

    Args:
        runtime: as in `export.sessions.open_session`.
        model: the model's file.
        inputs: an .npz file of its inputs.
        threads: CPU threads.
        signature: of a .tflite file.

    Raises:
        UserError: the child crashed or took longer than two minutes.
    """
    command = [sys.executable, "-m", "export.footprint", runtime, str(model), str(inputs), str(threads), signature]
    root = Path(__file__).resolve().parent.parent
    try:
        child = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{model.name}: expected to load within {_SECONDS} s, found no end; leave it out") from error
    if child.returncode:
        reason = (child.stderr.strip().splitlines() or [f"exit status {child.returncode}"])[-1]
        raise UserError(f"{model.name}: expected a model that {runtime} loads, found: {reason[-300:]}; leave it out")
    return Footprint(**json.loads(child.stdout))


def _measure(runtime: str, model: Path, inputs: dict[str, Any], threads: int, signature: str) -> Footprint:
    __import__(MODULES[runtime])  # not part of loading
    loads, before, peak = [], _restart_peak(), 0
    for _ in range(_LOADS):
        started = time.perf_counter()
        session = open_session(runtime, model, threads, signature)
        session.feed(inputs)
        loads.append(time.perf_counter() - started)
        if not peak:
            for _ in range(_INVOCATIONS):
                session.invoke()
            peak = _peak() - before
    return Footprint(1e3 * min(loads), peak)


def _restart_peak() -> int:
    """Forgets the highest memory so far; the memory held now, in bytes."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return _peak()  # no Linux: the highest so far stands for what is held
    return _status("VmRSS")


def _peak() -> int:
    if Path("/proc/self/status").exists():
        return _status("VmHWM")
    import resource  # not on Windows

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _status(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def main() -> None:
    runtime, model, inputs, threads, signature = sys.argv[1:]
    with np.load(inputs) as arrays:
        found = _measure(runtime, Path(model), dict(arrays), int(threads), signature)
    print(json.dumps({"load_ms": found.load_ms, "peak_bytes": found.peak_bytes}))


if __name__ == "__main__":
    main()
