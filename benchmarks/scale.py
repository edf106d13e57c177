"""`python -m benchmarks.scale`: memory and time of reading, preparing and training as the data grows 1x, 10x, 100x.

Each point is two processes of its own (`benchmarks/scale_child.py`) over synthetic copies of the application's sample
(`benchmarks/scale_data.py`): two epochs of a small network, the second of which compiles nothing. Prints a Markdown
table and, with --plot, draws it. Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apps import APPS
from apps.sample_bundles import SMALL
from benchmarks.scale_data import write

ROOT = Path(__file__).resolve().parents[1]
COPIES = (1, 10, 100)
STAGES = ("read", "prepare", "train", "test", "baselines")
_LIMIT_SECONDS = 600
_TWO_EPOCHS = "--epochs 2 --batch-size 128"
_FLAGS = {"dna": "--epoch-records 1 --ensemble 1"}  # else small data are shown several times an epoch
Point = dict[str, Any]


def measured(app: str, copies: int) -> Point:
    """The record of one point: what `benchmarks.scale_child.measure` returns of both halves.

    Exits where a child fails.
    """
    with tempfile.TemporaryDirectory(prefix="unroll-scale-") as folder:
        data = write(app, copies, Path(folder) / "data")
        flags = f"{SMALL[app]} {_TWO_EPOCHS} {_FLAGS.get(app, '')}".split()
        prepared, trained = (_half(half, app, data, Path(folder) / "work", flags) for half in ("prepare", "train"))
    return {**prepared, **trained, "stages": prepared["stages"] | trained["stages"]}


def _half(half: str, app: str, data: Path, work: Path, flags: Sequence[str]) -> Point:
    command = [sys.executable, "-m", "benchmarks.scale_child", half, app, str(data), str(work), *flags]
    environment = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{app}, {half}: status {done.returncode}: {done.stderr[-600:]}")
    point: Point = json.loads(done.stdout)
    return point


def added(point: Point, stage: str) -> float:
    """The most anonymous memory that a stage held beyond what the process held before it, in bytes."""
    record = point["stages"][stage]
    return float(record["anonymous_peak"] - record["anonymous_before"])


def table(app: str, points: Mapping[int, Point]) -> list[str]:
    """Rows of a Markdown table, a stage each: seconds and megabytes by size, then what the largest step costs.

    The seconds of the second epoch are those of a clock on the wall, its validation included.
    """
    copies = sorted(points)
    few, many = copies[-2:]
    more = points[many]["examples"] - points[few]["examples"]
    rows = []
    for stage in STAGES:
        seconds = [points[size]["stages"][stage]["processor_seconds"] for size in copies]
        megabytes = [added(points[size], stage) / 1e6 for size in copies]
        ratio = seconds[-1] / max(seconds[-2], 1e-9) if seconds[-2] >= 0.05 else float("nan")
        grown = (added(points[many], stage) - added(points[few], stage)) / more
        cells = [
            app, stage, " / ".join(f"{value:.1f}" for value in seconds), f"{ratio:.1f}" if ratio == ratio else "-",
            " / ".join(f"{value:.0f}" for value in megabytes), f"{grown:,.0f}",
        ]  # fmt: skip
        rows.append("| " + " | ".join(cells) + " |")
        if stage == "train":
            seconds = [points[size]["epoch_seconds"] for size in copies]
            cells = [app, "its second epoch", " / ".join(f"{value:.1f}" for value in seconds)]
            rows.append("| " + " | ".join([*cells, f"{seconds[-1] / seconds[-2]:.1f}", "", ""]) + " |")
    return rows


def header(copies: Sequence[int]) -> list[str]:
    """The first two lines of the table."""
    sizes = " / ".join(f"{size}x" for size in copies)
    ratio = f"{copies[-1]}x : {copies[-2]}x"
    cells = ["data", "stage", f"processor s, {sizes}", ratio, f"peak MB added, {sizes}", "bytes an example"]
    return ["| " + " | ".join(cells) + " |", "|" + "---|" * len(cells)]


def plot(path: Path, found: Mapping[str, Mapping[int, Point]]) -> None:
    """Seconds and added memory of loading (read and prepare) and of training, an epoch of it, over examples."""
    from common.report.canvas import BLUE, ORANGE, figure, plain, save

    sheet = figure(
        2.6 * len(found), 5.2, "Growing data: loading, and an epoch of a small network",
        "synthetic copies of each application's sample; dotted: proportional to the data",
    )  # fmt: skip
    axes = sheet.subplots(2, len(found), squeeze=False)
    for column, (app, points) in enumerate(found.items()):
        examples = [points[size]["examples"] for size in sorted(points)]
        for name, stages, colour in (("read and prepare", ("read", "prepare"), BLUE), ("train", ("train",), ORANGE)):
            records = [[points[size]["stages"][stage] for stage in stages] for size in sorted(points)]
            seconds = [sum(record["processor_seconds"] for record in row) for row in records]
            if name == "train":
                seconds = [points[size]["epoch_seconds"] for size in sorted(points)]
            peaks = [max(r["anonymous_peak"] for r in row) - row[0]["anonymous_before"] for row in records]
            for axis, values in zip(axes[:, column], (seconds, [peak / 1e6 for peak in peaks]), strict=True):
                axis.loglog(examples, values, marker="o", color=colour, label=name)
                proportional = [values[-1] * count / examples[-1] for count in examples]
                axis.loglog(examples, proportional, ":", color=colour, lw=0.8)
        for axis, unit in zip(axes[:, column], ("seconds", "MB added at the peak"), strict=True):
            plain(axis)
            axis.set_title(app if unit == "seconds" else "", fontsize=10)
            axis.set_xlabel("examples" if unit.startswith("MB") else "")
            axis.set_ylabel(unit if not column else "")
    axes[0, 0].legend(fontsize=8)
    save(sheet, path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("apps", nargs="*", metavar="APP", help=f"of {', '.join(APPS)} (default all)")
    parser.add_argument("--copies", type=int, nargs="+", default=COPIES, help="two sizes or more (default 1 10 100)")
    parser.add_argument("--json", type=Path, help="keep the figures, and add to those that it holds")
    parser.add_argument("--plot", type=Path, help="draw them into this PNG file")
    options = parser.parse_args()
    if unknown := sorted(set(options.apps) - set(APPS)):
        parser.error(f"expected applications of {', '.join(APPS)}, found {', '.join(unknown)}")
    if len(set(options.copies)) < 2 or min(options.copies) < 1:
        parser.error("--copies: expected two different positive numbers or more")
    found: dict[str, dict[int, Point]] = {}
    if options.json and options.json.is_file():
        kept = json.loads(options.json.read_text(encoding="utf-8"))
        found = {app: {int(copies): point for copies, point in points.items()} for app, points in kept.items()}
    for app in options.apps or APPS:
        found[app] = {copies: measured(app, copies) for copies in sorted(set(options.copies))}
        if options.json:
            options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print("\n".join([*header(sorted(set(options.copies))), *(row for app in found for row in table(app, found[app]))]))
    if options.plot:
        plot(options.plot, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
