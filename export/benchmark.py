"""Latency, size, load time and memory of converted models side by side, in one process."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from common.app import InputSpec
from export.contenders import STOCK, Contender
from export.footprint import Footprint, footprint
from export.rows import LENGTHS, static_timesteps
from export.sessions import ONNX, Session, open_session
from export.timing import Timing, interleaved

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Result:
    """What was measured of one contender.

    Attributes:
        name: the contender's.
        runtime: that it ran in.
        size_bytes: of its file.
        timings: threads -> latency.
        footprint: load time and peak memory; None where not measured.
        difference: the largest difference of an output from Keras'; None where Keras' outputs are not known.
    """

    name: str
    runtime: str
    size_bytes: int
    timings: Mapping[int, Timing]
    footprint: Footprint | None = None
    difference: float | None = None


@dataclass(frozen=True)
class Benchmark:
    """All results of one run.

    Attributes:
        title: what was measured, in words.
        results: in the order of the contenders.
        notes: who did not take part, and why.
        machine: where it was measured, and with which versions.
    """

    title: str
    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
    machine: Mapping[str, Any] = field(default_factory=lambda: machine())

    def base(self) -> Result:
        """What ratios refer to: stock float32, else the first."""
        return next((result for result in self.results if result.name == STOCK), self.results[0])

    def record(self) -> dict[str, Any]:
        """JSON: everything, and the ratios to `base` (above 1: faster, or smaller)."""
        base, rows = self.base(), []
        for result in self.results:
            row = asdict(result) | {"size_ratio": result.size_bytes / base.size_bytes}
            row["timings"] = [
                {"threads": threads, "speed_ratio": base.timings[threads].min / timing.min}
                | {f"{name}_us" if name != "invocations" else name: value for name, value in asdict(timing).items()}
                for threads, timing in result.timings.items()
            ]
            rows.append(row)
        return {
            "title": self.title, "base": base.name, "results": rows, "notes": list(self.notes),
            "machine": dict(self.machine),
        }  # fmt: skip


def benchmark(
    title: str,
    contenders: Sequence[Contender],
    inputs: Mapping[str, np.ndarray],
    *,
    expected: Sequence[np.ndarray] = (),
    threads: Sequence[int] = (),
    rounds: int = 15,
    each: int = 10,
    footprints: bool = True,
    notes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Benchmark:
    """Times all contenders on the same inputs, by turns.

    Args:
        title: what is measured.
        contenders: the files.
        inputs: name -> (1, ...) array.
        expected: Keras' outputs in the order of the specification.
        threads: one pass for each number of threads; one and all by default.
        rounds, each: as in `export.timing.interleaved`.
        footprints: whether to measure load time and peak memory, each in a process of its own.
        notes: to be kept with the results.
        progress: called with (rounds done, rounds) of all passes together.
    """
    passes = list(threads) or sorted({1, os.cpu_count() or 1})
    timings: dict[str, dict[int, Timing]] = {contender.name: {} for contender in contenders}
    differences: dict[str, float | None] = {}
    measured: dict[str, Footprint] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="unroll-")))
        np.savez(folder / "inputs.npz", **inputs)  # type: ignore[arg-type]  # numpy's stub takes no mapping
        paths = {contender.name: _written(folder, number, contender) for number, contender in enumerate(contenders)}
        for number, count in enumerate(passes):
            sessions = {
                one.name: open_session(one.runtime, paths[one.name], count, one.signature) for one in contenders
            }
            for session in sessions.values():
                session.feed(inputs)

            def shown(done: int, total: int, before: int = number) -> None:
                if progress is not None:
                    progress(before * total + done, len(passes) * total)

            for name, timing in interleaved(
                {name: session.invoke for name, session in sessions.items()}, rounds, each, shown
            ).items():
                timings[name][count] = timing
            if not number:
                differences = {one.name: _difference(one, sessions[one.name], expected) for one in contenders}
        for one in contenders if footprints else ():
            measured[one.name] = footprint(
                one.runtime, paths[one.name], folder / "inputs.npz", passes[0], one.signature
            )
    results = tuple(
        Result(one.name, one.runtime, len(one.data), timings[one.name], measured.get(one.name), differences[one.name])
        for one in contenders
    )
    return Benchmark(title, results, tuple(notes))


def some_inputs(inputs: Mapping[str, InputSpec], seed: int = 0) -> dict[str, np.ndarray]:
    """A full-length input of batch 1: normal numbers, ones where integers are asked for, `lengths` the longest."""
    generator = np.random.default_rng(seed)
    found: dict[str, np.ndarray] = {}
    for name, item in inputs.items():
        shape, dtype = (1, *item.shape), np.dtype(item.dtype)
        if np.issubdtype(dtype, np.floating):
            found[name] = generator.normal(size=shape).astype(dtype)
        else:
            found[name] = np.full(shape, static_timesteps(inputs) if name == LENGTHS else 1, dtype)
    return found


def machine() -> dict[str, Any]:
    """The processor and the versions that a figure depends on."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = [line for line in information.read_text().splitlines() if line.startswith("model name")]
        processor = lines[0].split(":", 1)[1].strip() if lines else processor
    names = {entry.metadata["Name"].lower(): entry.version for entry in metadata.distributions()}
    packages = ("tensorflow", "keras", "ai-edge-litert", "onnxruntime")
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "versions": {name: names[name] for name in packages if name in names},
    }


def _written(folder: Path, number: int, contender: Contender) -> Path:
    path = folder / f"{number}.{'onnx' if contender.runtime == ONNX else 'tflite'}"
    path.write_bytes(contender.data)
    return path


def _difference(contender: Contender, session: Session, expected: Sequence[np.ndarray]) -> float | None:
    """Read after all invocations, so that a model that changes as it runs is seen."""
    if not expected:
        return None
    found = session.outputs()
    names = contender.outputs or sorted(found, key=lambda name: (len(name), name))  # output_2 before output_10
    if len(names) != len(expected):
        return None
    # a time-first output of batch 1 lies in memory as a batch-first one
    gaps = [np.abs(found[name].ravel().astype(float) - one.ravel()) for name, one in zip(names, expected, strict=True)]
    return max(float(gap.max(initial=0)) for gap in gaps)
