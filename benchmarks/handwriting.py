"""How long a line takes from raw strokes to text on one thread: `python -m benchmarks.handwriting BUNDLE --data PATH`.

Prints the median and the 90th percentile over test lines, each the fastest of some repetitions: preprocessing, model,
both; and the share of the preprocessing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from apps.handwriting.config import HandwritingConfig
from apps.handwriting.data import load
from common.data.splits import TEST
from export.answers import open_bundle
from export.rows import padded_inputs

REPETITIONS = 5


def fastest(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of the fastest repetition, and the result."""
    taken = []
    for _ in range(REPETITIONS):
        started = time.perf_counter()
        result = work()
        taken.append(1000 * (time.perf_counter() - started))
    return min(taken), result


def measure(bundle: Path, data: str, lines: int) -> dict[str, np.ndarray]:
    """Milliseconds of each line: `preprocessing`, `model`, `both`; and its number of `timesteps`."""
    answerer = open_bundle(bundle)
    runtime = answerer.runtime
    test = load(HandwritingConfig(data=data))[TEST]
    rows = np.unique(np.linspace(0, len(test) - 1, min(lines, len(test))).astype(int))
    found: dict[str, list[float]] = {"preprocessing": [], "model": [], "both": [], "timesteps": []}
    for row in rows:
        one = [test.inputs[row]]

        def encode(inputs: list[Any] = one) -> dict[str, np.ndarray]:
            return padded_inputs(answerer.encode(inputs), runtime.inputs, np.array([0]))

        before, inputs = fastest(encode)
        after, _ = fastest(lambda inputs=inputs: runtime.invoke(inputs))
        for name, value in zip(found, (before, after, before + after, float(inputs["lengths"][0])), strict=True):
            found[name].append(value)
    return {name: np.array(values) for name, values in found.items()}


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.handwriting", description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", default="sample", help="as of `unroll train handwriting`")
    parser.add_argument("--lines", type=int, default=100)
    options = parser.parse_args()
    found = measure(options.bundle, options.data, options.lines)
    print(f"{len(found['both'])} lines, {np.median(found['timesteps']):.0f} timesteps (median), one thread")
    for name in ("preprocessing", "model", "both"):
        print(f"{name:<14} median {np.median(found[name]):7.2f} ms   p90 {np.percentile(found[name], 90):7.2f} ms")
    print(f"share of the preprocessing {found['preprocessing'].sum() / found['both'].sum():.1%}")


if __name__ == "__main__":
    main()
