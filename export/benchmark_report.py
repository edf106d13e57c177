"""The results of `unroll benchmark` for people: two tables and a bar chart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from export.benchmark import Benchmark

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_DOTS_PER_INCH = 120
_BLUE, _ORANGE, _GREEN, _INK = "#0072B2", "#D55E00", "#009E73", "#222222"


def print_benchmark(found: Benchmark, console: Console | None = None) -> None:
    """Prints latency, then size, load time, memory and difference from Keras; ratios above 1 are faster."""
    from rich.console import Console

    console = console or Console(highlight=False)
    console.print(_latency(found))
    console.print(_sizes(found))
    for note in found.notes:
        console.print(f"note: {note}", markup=False)


def _latency(found: Benchmark) -> Table:
    table, base = _table(f"{found.title}: microseconds an invocation"), found.base()
    for heading in ("", "threads", "min", "median", "p95", "speed"):
        table.add_column(heading, justify="right" if heading else "left", overflow="fold")
    for threads in base.timings:
        for result in found.results:
            timing = result.timings[threads]
            numbers = [f"{value:,.1f}" for value in (timing.min, timing.median, timing.p95)]
            table.add_row(result.name, str(threads), *numbers, f"{base.timings[threads].min / timing.min:.2f}x")
        table.add_section()
    return table


def _sizes(found: Benchmark) -> Table:
    table, base = _table("size, load, memory"), found.base()
    for heading in ("", "bytes", f"of {base.name}", "load ms", "peak MB", "from Keras"):
        table.add_column(heading, justify="right" if heading else "left", overflow="fold")
    for result in found.results:
        held = result.footprint
        table.add_row(
            result.name,
            f"{result.size_bytes:,}",
            f"{result.size_bytes / base.size_bytes:.3f}",
            f"{held.load_ms:.1f}" if held else "-",
            f"{held.peak_bytes / 2**20:.1f}" if held else "-",
            f"{result.difference:.1e}" if result.difference is not None else "-",
        )
    return table


def _table(title: str) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    return Table(title=Text(title), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)


def chart(path: Path, found: Benchmark) -> None:
    """Draws latency with one thread and size as bars; the whisker reaches from the fastest to the median."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    from common.files import write_with

    names = [result.name for result in found.results]
    threads = min(found.base().timings)
    timings = [result.timings[threads] for result in found.results]
    height = 1.6 + 0.34 * len(names)
    figure = Figure(figsize=(9.4, height), dpi=_DOTS_PER_INCH, layout=ConstrainedLayoutEngine(), facecolor="white")
    heading = f"{found.title}\n{found.machine['processor']}, {threads} thread{'s' if threads > 1 else ''}"
    figure.suptitle(heading, fontsize=11, color=_INK, parse_math=False)
    colours = [_BLUE if n.startswith("ours") else _GREEN if n.startswith("ONNX") else _ORANGE for n in names]
    left, right = figure.subplots(1, 2, sharey=True)
    fastest = [timing.min for timing in timings]
    spread = [[0.0] * len(names), [timing.median - timing.min for timing in timings]]
    left.barh(names, fastest, color=colours, xerr=spread, error_kw={"ecolor": _INK, "lw": 0.8, "capsize": 2})
    left.set_xlabel("microseconds: fastest, whisker to the median")
    kilobytes = [result.size_bytes / 1000 for result in found.results]
    right.barh(names, kilobytes, color=colours)
    right.set_xlabel("kB")
    for axis, values in ((left, fastest), (right, kilobytes)):
        ends = [timing.median for timing in timings] if axis is left else values
        for row, (value, end) in enumerate(zip(values, ends, strict=True)):
            axis.text(end, row, f" {value:,.0f}", va="center", fontsize=8, color=_INK)
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="x", color="#e5e5e5", lw=0.7)
        axis.set_axisbelow(True)
        axis.margins(x=0.14)
    left.invert_yaxis()
    plain: dict[str, None] = {"Software": None}
    write_with(path, lambda file: figure.savefig(file, format="png", metadata=plain))
