"""Times several functions fairly: short turns of each, one after the other, so that all meet the same machine."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Timing:
    """Microseconds an invocation: the fastest, the middle one, and what 95% stay below; and how many were timed."""

    min: float
    median: float
    p95: float
    invocations: int


def interleaved(
    calls: Mapping[str, Callable[[], Any]],
    rounds: int = 15,
    each: int = 10,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Timing]:
    """Times every function `each` times a round; the order moves on by one each round.

    Args:
        calls: name -> function without arguments.
        rounds: how many rounds.
        each: invocations of each function in a round; one more goes before them, to warm the caches again.
        progress: called with (rounds done, rounds).
    """
    names = list(calls)
    found: dict[str, list[int]] = {name: [] for name in names}
    clock, collected = time.perf_counter_ns, gc.isenabled()
    gc.disable()
    try:
        for number in range(rounds):
            for position in range(len(names)):
                name = names[(position + number) % len(names)]
                call, times = calls[name], found[name]
                call()
                for _ in range(each):
                    started = clock()
                    call()
                    times.append(clock() - started)
            if progress is not None:
                progress(number + 1, rounds)
    finally:
        if collected:
            gc.enable()
    return {name: _summary(np.asarray(times) / 1e3) for name, times in found.items()}


def _summary(times: np.ndarray) -> Timing:
    return Timing(float(times.min()), float(np.median(times)), float(np.quantile(times, 0.95)), len(times))
