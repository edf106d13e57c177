"""A window that slides along long records, and the tracks that come of it: bedGraph and BED (0-based, half open)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from apps.dna.model import PROBABILITIES
from common.console import counting
from common.errors import UserError
from common.preprocessing.nucleotides import Record

if TYPE_CHECKING:
    from common.pipeline import LoadedRun

_BLOCK = 2048  # windows at a time
_MOST_UNKNOWN = 0.5  # share of N above which a window is passed over


class Bin(NamedTuple):
    """The middle of a window, as long as the stride, and the probability that the window got."""

    name: str
    start: int
    end: int
    probability: float


def window_starts(length: int, window: int, stride: int) -> range:
    """Where the windows of a record begin; the last one fits whole."""
    return range(0, length - window + 1, stride)


def scan(loaded: LoadedRun, records: Sequence[Record], window: int, stride: int, label: int) -> list[Bin]:
    """The probability of a class along records; windows that are mostly N are passed over.

    Args:
        loaded: the run.
        records: of any length from `window` on.
        window: int. Nucleotides the model reads at a time.
        stride: int. Nucleotides from one window to the next.
        label: int. The class.

    Raises:
        UserError: a record shorter than the window (named).
    """
    for record in records:
        if len(record) < window:
            raise UserError(
                f"record {record.name}: expected {window:,} nucleotides or more to scan, found {len(record):,}; "
                "remove it, or give a smaller --window"
            )
    total = sum(len(window_starts(len(record), window, stride)) for record in records)
    runner, found, done = loaded.runner(), [], 0
    with counting("scanning") as update:
        for record in records:
            for starts in _blocks(record, window, stride):
                rows = [Record(record.name, record.sequence[start : start + window]) for start in starts]
                probabilities = runner(loaded.preprocessor.encode(rows))[PROBABILITIES][:, label]
                before = (window - stride) // 2
                found += [
                    Bin(record.name, start + before, start + before + stride, float(p))
                    for start, p in zip(starts, probabilities, strict=True)
                ]
                done += len(starts)
                update(done, total)
    return found


def _blocks(record: Record, window: int, stride: int) -> Iterator[list[int]]:
    unknown = np.concatenate([[0], np.cumsum(np.frombuffer(record.sequence.encode(), np.uint8) == ord("N"))])
    starts = [
        start
        for start in window_starts(len(record), window, stride)
        if unknown[start + window] - unknown[start] <= _MOST_UNKNOWN * window
    ]
    for first in range(0, len(starts), _BLOCK):
        yield starts[first : first + _BLOCK]


def bedgraph(bins: Sequence[Bin], name: str) -> str:
    """A bedGraph track: a header, then `record start end probability` lines, which do not overlap."""
    lines = [f'track type=bedGraph name="{name}" viewLimits=0:1']
    return "\n".join([*lines, *(f"{b.name}\t{b.start}\t{b.end}\t{b.probability:.4f}" for b in bins)]) + "\n"


def bed(bins: Sequence[Bin], label: str, threshold: float) -> str:
    """BED regions: runs of touching bins at or above the threshold, the score a thousand times the highest of them."""
    regions: list[Bin] = []
    for item in bins:
        if item.probability < threshold:
            continue
        last = regions[-1] if regions else None
        if last and last.name == item.name and item.start <= last.end:
            regions[-1] = Bin(last.name, last.start, item.end, max(last.probability, item.probability))
        else:
            regions.append(item)
    return "".join(f"{r.name}\t{r.start}\t{r.end}\t{label}\t{round(1000 * r.probability)}\n" for r in regions)
