"""`make verify-arm`: every application's bundles on an emulated arm64 processor, and what an inference takes there.

What is counted are arm64 instructions. They are no time: an instruction takes longer or shorter as caches, and the
width of a processor, allow; an emulator knows neither.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from apps import APPS
from benchmarks.arm_machine import CPU, Machine, make_machine
from benchmarks.samples import ROOT, WEIGHTS, make_samples
from benchmarks.verify_edge import check_bundle
from export.runtime import MODEL

INVOCATIONS = 20
UNEVEN = 0.05  # the first inferences of a loop take a little more: Python adapts its code to what it meets
CHILD = ROOT / "benchmarks" / "invocations_child.py"
_WHO = (
    "import platform as p, defusedxml.ElementTree, numpy, PIL.Image, regex, ai_edge_litert as r; "
    "print(p.machine(), p.python_version(), numpy.__version__, r.__version__)"
)


def main(cache: Path) -> int:
    """Answers and counts; exits where something differs."""
    samples = make_samples(cache / "samples")
    machine = make_machine(cache / "arm")
    processor, *versions = machine.run("-c", _WHO).split()
    if processor != "aarch64":
        sys.exit(f"expected aarch64, found {processor}")
    print(f"emulated {processor}, {CPU}: Python {versions[0]}, NumPy {versions[1]}, ai-edge-litert {versions[2]}")
    rows = []
    for app in APPS:
        for weights in WEIGHTS:
            bundle = samples / weights / app
            check_bundle(partial(machine.run, "-m", "apps"), app, bundle, weights)
            rows.append((app, weights, (bundle / MODEL).stat().st_size, instructions(machine, bundle)))
    print("\n| application | weights | model bytes | arm64 instructions an inference |\n|---|---|---:|---:|")
    for app, weights, size, count in rows:
        print(f"| {app} | {weights} | {size:,} | {round(count, -3):,} |")
    return 0


def instructions(machine: Machine, bundle: Path) -> int:
    """Of one inference of the first test vector: the difference of 2 N and N invocations, divided by N."""
    marks = machine.count(CHILD, bundle, INVOCATIONS)
    if len(marks) != 3:
        sys.exit(f"{bundle}: expected three marks of the program, found {len(marks)}")
    first, second = marks[1] - marks[0], marks[2] - marks[1]
    if abs(second / first - 2) > UNEVEN:
        sys.exit(f"{bundle}: expected twice the instructions for twice the inferences, found {first} and {second}")
    return round((second - first) / INVOCATIONS)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
