"""`python -m benchmarks.export`: the exporter's speed and size against its bars, about a minute, one thread.

All files of a shape and cell are timed by turns in one process that has only the runtimes, batch 1, random weights
(neither size nor speed depends on them). Ratios are of the fastest invocations over five loads, how often ours
fits into the other's time; beside them the median of the ratios within a load. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.quiet import silenced

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

LOADS = 5  # where the weights come to lie is another matter each time: up to a quarter of the time of a small model
SMALL, LARGE, TINY = (100, 32, 128), (200, 128, 256), (60, 5, 64)


@dataclass(frozen=True)
class Bar:
    """A promise: `slow` takes at least `least` times as long as `fast` (or is so many times larger)."""

    shape: tuple[int, int, int]
    slow: str
    fast: str
    least: float
    size: bool = False


BARS = (
    Bar(SMALL, "lstm stock", "lstm int8", 4.8), Bar(SMALL, "lstm ORT", "lstm int8", 1.35),
    Bar(SMALL, "gru stock", "gru int8", 5), Bar(SMALL, "gru ORT", "gru int8", 1.3),
    Bar(SMALL, "bilstm stock", "bilstm int8", 5), Bar(SMALL, "lstm stock", "lstm float32", 2.3),
    Bar(SMALL, "simple_rnn stock", "simple_rnn int8", 7), Bar(SMALL, "lstm stock", "lstm int8", 1 / 0.30, size=True),
    Bar(LARGE, "lstm stock", "lstm int8", 6.5), Bar(LARGE, "lstm ORT", "lstm int8", 2.4),
    Bar(LARGE, "gru stock", "gru int8", 7), Bar(LARGE, "gru ORT", "gru int8", 2.3),
    Bar(LARGE, "bilstm stock", "bilstm int8", 6), Bar(LARGE, "last stock", "last int8", 4),
    Bar(LARGE, "lstm stock", "lstm int8", 1 / 0.26, size=True),
    Bar(TINY, "lstm stock", "lstm int8", 4.5), Bar(TINY, "lstm stock", "lstm int8 fastest", 6),
    Bar(TINY, "lstm ORT", "lstm int8 fastest", 1.05),
    Bar(TINY, "lstm ORT", "lstm int8 fastest, shared weights", 1.05), Bar(TINY, "gru stock", "gru int8", 4.5),
    Bar(SMALL, "last+lengths, 100 real steps", "last+lengths, 7 real steps", 4),
    Bar(SMALL, "lstm+lengths, 100 real steps", "lstm+lengths, 7 real steps", 4),
)  # fmt: skip

# row of the table -> cell and layer options
ROWS: Mapping[str, tuple[str, dict[str, bool]]] = {
    "lstm": ("lstm", {}),
    "gru": ("gru", {}),
    "bilstm": ("lstm", {"bidirectional": True}),
    "last": ("lstm", {"last": True}),
    "simple_rnn": ("simple_rnn", {}),
    "min_gru": ("min_gru", {}),
}


@dataclass(frozen=True)
class Lane:
    """A file to time and the inputs it is timed on."""

    contender: Any
    inputs: Mapping[str, Any]


def lanes_of(shape: tuple[int, int, int]) -> dict[str, Lane]:
    """All files of a shape: `lstm int8`, `lstm stock`, ..."""
    from export.benchmark import some_inputs
    from export.contenders import bare_layer, onnx_layer, ours, stock
    from export.onnx_lane import onnx_missing
    from export.onnx_nodes import OPERATORS

    found: dict[str, Any] = {}
    for row, (cell, options) in ROWS.items():
        model, spec = bare_layer(cell, *shape, **options)
        inputs = some_inputs(spec.inputs)
        kinds = ["int8", "float32"] if row in ("lstm", "gru") else ["int8"]
        made = {one.name.removeprefix("ours "): one for one in ours(model, spec, kinds)}
        if shape == TINY and row in ("lstm", "gru"):
            for kind in ("int8", "int4"):
                made |= {
                    one.name.removeprefix("ours ").replace(", fastest", " fastest"): one
                    for one in ours(model, spec, [kind], fastest=True)[1:]
                }
        if cell in OPERATORS:
            made["stock"] = stock(model, spec)
            if not onnx_missing():
                made |= dict(zip(("ORT", "ORT int8"), onnx_layer(model, spec), strict=False))
        found |= {f"{row} {name}": Lane(one, inputs) for name, one in made.items()}
    return found | (length_lanes() if shape == SMALL else {}) | step_lane(shape)


def length_lanes() -> dict[str, Lane]:
    """LSTMs that are told how many steps are real, at 7 and at all 100."""
    import numpy as np

    from common.app import ExportSpec, InputSpec
    from export.benchmark import some_inputs
    from export.contenders import Contender, bare_layer
    from export.convert import Form, convert
    from export.sessions import LITERT

    found = {}
    for row in ("lstm", "last"):
        model, spec = bare_layer("lstm", *SMALL, **ROWS[row][1])
        spec = ExportSpec({**spec.inputs, "lengths": InputSpec((), "int32")}, spec.outputs, {}, {}, ())
        data = convert(model, spec, Form("int8", lengths=True)).data
        for steps in (7, SMALL[0]):
            inputs = some_inputs(spec.inputs) | {"lengths": np.array([steps], np.int32)}
            found[f"{row}+lengths, {steps} real steps"] = Lane(Contender("", LITERT, data, "run"), inputs)
    return found


def step_lane(shape: tuple[int, int, int]) -> dict[str, Lane]:
    """One step of the LSTM's signature `step`."""
    from export.contenders import Contender, bare_layer
    from export.convert import Form, convert
    from export.sessions import LITERT

    model, spec = bare_layer("lstm", *shape)
    data = convert(model, spec, Form("int8", step=True)).data
    return {"step of lstm int8": Lane(Contender("", LITERT, data, "step"), step_inputs(data))}


def step_inputs(data: bytes) -> dict[str, Any]:
    """Zeros for every input of the signature `step`."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(model_content=data).get_signature_runner("step").get_input_details()
    return {name: np.zeros(item["shape"], item["dtype"]) for name, item in details.items()}


def streaming_gap() -> float:
    """The largest difference between `step` over all steps and `run`, float32, over LSTM and GRU at 100/32/128."""
    import tempfile
    from pathlib import Path

    import numpy as np

    from export.benchmark import some_inputs
    from export.contenders import bare_layer
    from export.convert import Form, convert
    from export.runtime import Runtime, Stepper

    gaps = []
    for cell in ("lstm", "gru"):
        model, spec = bare_layer(cell, *SMALL)
        inputs = some_inputs(spec.inputs)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.tflite"
            path.write_bytes(convert(model, spec, Form("float32", step=True)).data)
            whole, stepper = Runtime(path).invoke(inputs)["y"], Stepper(path)
            parts = [stepper.step({"x": inputs["x"][:, i : i + 1]})["y"] for i in range(SMALL[0])]
        gaps.append(float(np.abs(np.concatenate(parts, axis=1) - whole).max()))
    return max(gaps)


def groups_of(lanes: Mapping[str, Lane]) -> list[dict[str, Lane]]:
    """Lanes that are compared: those whose names start with the same word."""
    words = dict.fromkeys(name.split()[0] for name in lanes)
    return [{name: lane for name, lane in lanes.items() if name.split()[0] == word} for word in words]


def timed_elsewhere(lanes: Mapping[str, Lane], rounds: int) -> dict[str, float]:
    """Lane -> microseconds of its fastest invocation, in a process that has only the runtimes, as an application has.

    Where models were converted before, memory is full of holes; sixty packed matrices then fit no more into a core's
    cache.
    """
    import tempfile
    from pathlib import Path

    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        plan = []
        for number, (name, lane) in enumerate(lanes.items()):
            path = Path(folder) / f"{number}.bin"
            path.write_bytes(lane.contender.data)
            np.savez(path.with_suffix(".npz"), **dict(lane.inputs))
            plan.append((name, lane.contender.runtime, str(path), lane.contender.signature))
        words = [sys.executable, "-m", "benchmarks.timed_files", str(rounds)]
        done = subprocess.run(words, input=json.dumps(plan), stdout=subprocess.PIPE, text=True, check=True)
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="turns of ten invocations (default 15)")
    shapes = {"/".join(map(str, shape)): shape for shape in (SMALL, LARGE, TINY)}
    parser.add_argument("--shape", choices=shapes, help="one shape alone (default all)")
    options = parser.parse_args()
    with silenced():
        import tensorflow  # noqa: F401
    times: dict[Any, dict[str, list[float]]] = {}
    sizes: dict[Any, dict[str, int]] = {}
    for shape in [shapes[options.shape]] if options.shape else shapes.values():
        lanes = lanes_of(shape)
        sizes[shape] = {name: len(lane.contender.data) for name, lane in lanes.items()}
        times[shape] = {name: [] for name in lanes}
        for group in LOADS * groups_of(lanes):
            for name, found in timed_elsewhere(group, options.rounds).items():
                times[shape][name].append(found)
    print(bars_table(times, sizes))
    print(latency_table(times))
    print(f"`step` over 100 steps differs from `run` by at most {streaming_gap():.1e} (float32; bar 1e-5).")
    return 0


def bars_table(times: Mapping[Any, Mapping[str, Sequence[float]]], sizes: Mapping[Any, Mapping[str, int]]) -> str:
    """Markdown: every bar of the shapes that were measured, and what was measured."""
    lines = ["| T/F/H | what | bar | measured | median load | |", "|---|---|---:|---:|---:|---|"]
    for bar in (bar for bar in BARS if bar.shape in times):
        values: Mapping[str, Any] = sizes[bar.shape] if bar.size else times[bar.shape]
        shape, unit = "/".join(map(str, bar.shape)), "bytes" if bar.size else "time"
        if not {bar.slow, bar.fast} <= values.keys():
            lines.append(f"| {shape} | {bar.slow} : {bar.fast} | {bar.least:.2f} | - | - | not measured |")
            continue
        slow, fast = values[bar.slow], values[bar.fast]
        ratio = slow / fast if bar.size else min(slow) / min(fast)
        usual = ratio if bar.size else statistics.median(a / b for a, b in zip(slow, fast, strict=True))
        words = f"{bar.slow} : {bar.fast}, {unit}"
        verdict = "pass" if ratio >= bar.least else "**missed**"
        lines.append(f"| {shape} | {words} | {bar.least:.2f} | {ratio:.2f} | {usual:.2f} | {verdict} |")
    return "\n".join(lines) + "\n"


def latency_table(loads: Mapping[Any, Mapping[str, Sequence[float]]]) -> str:
    """Markdown: microseconds of every lane, the median load; minGRU int8 as a share of LSTM and GRU."""
    times = {
        shape: {name: statistics.median(found) for name, found in values.items()} for shape, values in loads.items()
    }
    names = list(dict.fromkeys(name for values in times.values() for name in values))
    heads = ["/".join(map(str, shape)) for shape in times]
    lines = [f"| microseconds, fastest | {' | '.join(heads)} |", "|---" + "|---:" * len(heads) + "|"]
    for name in names:
        cells = [f"{values[name]:,.1f}" if name in values else "" for values in times.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    for other in ("lstm", "gru"):
        ratios = [f"{values[f'{other} int8'] / values['min_gru int8']:.2f}x" for values in times.values()]
        lines.append(f"| min_gru int8 is faster than {other} int8 by | {' | '.join(ratios)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
