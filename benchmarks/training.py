"""`python -m benchmarks.training`: training speed of recurrent layers, ours beside Keras and PyTorch.

Each lane is a process of its own; they take turns, one epoch each, so that what else the machine does meets all
alike. Real tokens (padding does not count) a second, the best epoch of each; ratios are of one run. Peak memory is
that of the process.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# name -> what it is; a lane's first word is its function, the second its cell
LANES = {
    "ours lstm": "ours: length buckets, `RecurrentStack`, `common.training`",
    "padded lstm": "Keras, all padded to the longest, `fit`",
    "padded_batch lstm": "Keras, `tf.data` `padded_batch`",
    "torch lstm": "PyTorch, packed, sorted by length",
    "ours gru": "ours, GRU",
    "padded gru": "Keras, all padded, GRU",
    "ours min_gru": "ours, minGRU",
    "ours simple_rnn": "ours, SimpleRNN",
    "padded simple_rnn": "Keras, all padded, SimpleRNN",
}


def serve(lane: str, threads: int) -> None:
    """One lane: builds and warms up, then runs an epoch for every line it reads and answers with its seconds."""
    if lane == "torch lstm":
        from benchmarks.lanes_torch import packed

        epoch = packed(threads)
    else:
        from benchmarks import lanes_keras

        way, cell = lane.split()
        epoch = getattr(lanes_keras, way)(cell, threads)
    epoch()
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        epoch()
        seconds = time.perf_counter() - started
        print(f"{seconds} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}", flush=True)


class Lane:
    """A lane's process, seen from the parent."""

    def __init__(self, name: str, threads: int, python: str) -> None:
        command = [python, "-m", "benchmarks.training", "--serve", name, "--threads", str(threads)]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.seconds: list[float] = []
        self.megabytes = 0.0
        self.works = self._line() == "ready"

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def run(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("epoch\n")
        self.process.stdin.flush()
        seconds, megabytes = map(float, self._line().split())
        self.seconds.append(seconds)
        self.megabytes = megabytes

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def table(lanes: dict[str, Lane], tokens: int) -> str:
    """Markdown: tokens a second, ratios to the padded Keras way, time of a batch of 64, peak memory."""
    from benchmarks.workload import BATCH, ROWS

    lines = [
        "| way | real tokens/s | of Keras padded LSTM | of Keras padded, same cell | ms a training step | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    speeds = {name: tokens / min(lane.seconds) for name, lane in lanes.items() if lane.works}
    for name, speed in speeds.items():
        same = speeds.get(f"padded {name.split()[1]}")
        ratios = [f"{speed / base:.2f}x" if base else "" for base in (speeds.get("padded lstm"), same)]
        milliseconds = 1e3 * min(lanes[name].seconds) * BATCH / ROWS
        cells = (LANES[name], f"{speed:,.0f}", *ratios, f"{milliseconds:.0f}", f"{lanes[name].megabytes:,.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5, help="epochs of each lane")
    parser.add_argument("--lanes", default=",".join(LANES), help="comma-separated")
    parser.add_argument("--torch-python", default=sys.executable, help="an interpreter whose environment has PyTorch")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.threads)
        return 0
    from benchmarks.workload import rows

    tokens = sum(map(len, rows()[0]))
    lanes: dict[str, Lane] = {}
    for name in options.lanes.split(","):
        lanes[name] = Lane(name, options.threads, options.torch_python if "torch" in name else sys.executable)
        print(f"{name}: {'ready' if lanes[name].works else 'left out: it did not start'}", file=sys.stderr)
    for _ in range(options.rounds):
        for lane in lanes.values():
            if lane.works:
                lane.run()
    for lane in lanes.values():
        lane.close()
    print(table(lanes, tokens))
    return 0


if __name__ == "__main__":
    sys.exit(main())
