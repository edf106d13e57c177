"""How a recurrent loop is cut: steps an iteration, rows a block of outputs, or no loop at all."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Recurrent weights, in bytes, up to which so many steps go into one iteration: each step holds a packed copy of its
# own, and together they should stay in a core's second-level cache.
_UNROLL = ((0, 10), (100_000, 4), (300_000, 2))
# The bytes a runtime copies in the time that starting one more loop takes (benchmarks/export.py --schedules).
_LOOP_START_BYTES = 700_000
_MOST_BLOCKS = 64
# `fastest` writes out every step up to this many, and up to this many bytes of packed weights.
_UNROLLED_STEPS = 100
_UNROLLED_BYTES = 4_000_000


@dataclass(frozen=True)
class Schedule:
    """Attributes:
    unroll: steps inside one iteration.
    block: output rows a loop writes before the next one goes on, a multiple of `unroll`; 0 writes out every step
        without a loop.
    """

    unroll: int
    block: int


UNROLLED = Schedule(1, 0)


def schedule(
    timesteps: int, units: int, weight_bytes: int, *, exact_states: bool, fixed_length: bool, fastest: bool = False
) -> Schedule:
    """The cut for a shape.

    Args:
        timesteps: of the sequence.
        units: of the state.
        weight_bytes: of the recurrent matrices as they are stored.
        exact_states: whether the last states are read: then no iteration may run past the last real step.
        fixed_length: whether every sequence has all its steps.
        fastest: write out every step where that is faster, whatever it costs in size.
    """
    if timesteps == 1 or (fastest and timesteps <= _UNROLLED_STEPS and timesteps * weight_bytes <= _UNROLLED_BYTES):
        return UNROLLED
    unroll = next((steps for most, steps in _UNROLL if weight_bytes <= most), 1)
    unroll = min(unroll, timesteps)
    if exact_states:
        unroll = max(n for n in range(1, unroll + 1) if timesteps % n == 0) if fixed_length else 1
    rows = math.sqrt(_LOOP_START_BYTES * unroll / (4 * units))
    blocks = min(max(1, round(timesteps / rows)), _MOST_BLOCKS)
    return Schedule(unroll, math.ceil(timesteps / (blocks * unroll)) * unroll)
