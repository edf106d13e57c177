"""`python -m benchmarks.schedules 100,32,128 lstm`: how fast a bare layer is under every schedule.

Where the constants of `export/schedule.py` come from: microseconds by steps an iteration (rows) and output rows a block
(columns), int8 or float32, one thread; the schedule that `export.schedule` picks is marked. Values are random.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

UNROLLS = (1, 2, 4, 5, 10, 20)
BLOCKS = (10, 20, 25, 50, 60, 100, 200)


def built(cell: Any, timesteps: int, cut: Any, weights: str) -> bytes:
    """A .tflite file of one layer over (1, timesteps, features) under a schedule."""
    from ai_edge_litert import schema_py_generated as schema

    from export.flatbuffer import pack
    from export.graph import Graph
    from export.loops import Call, Layer

    model = schema.ModelT()
    model.version, model.description = 3, b""
    model.operatorCodes, model.subgraphs, model.metadata, model.signatureDefs = [], [], [], []
    model.buffers = [schema.BufferT()]
    graph = Graph(model)
    inputs = graph.input((1, timesteps, cell.kernel.shape[1]))
    call = Call(inputs, None, None, None, wants_sequence=True, wants_states=False)
    outputs, _ = Layer(model, "layer", cell, (weights, weights)).add(graph, call, cut)
    graph.outputs([outputs])
    data: bytes = pack(model)
    return data


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("shape", help="T,F,H")
    parser.add_argument("cell", choices=["lstm", "gru", "simple_rnn", "min_gru"])
    parser.add_argument("--weights", choices=["int8", "float32"], default="int8")
    options = parser.parse_args()
    from ai_edge_litert.interpreter import Interpreter

    from common.quiet import silenced
    from export.contenders import bare_layer
    from export.recurrence import read_cells, recurrent_layers
    from export.schedule import UNROLLED, Schedule, schedule
    from export.timing import interleaved

    timesteps, features, units = map(int, options.shape.split(","))
    cell = read_cells(recurrent_layers(bare_layer(options.cell, timesteps, features, units)[0])[0])[0]
    stored = sum(matrix.size for matrix in cell.recurrent) * (1 if options.weights == "int8" else 4)
    picked = schedule(timesteps, units, stored, exact_states=False, fixed_length=True)
    cuts = {UNROLLED, picked} if timesteps <= 100 else {picked}
    cuts |= {Schedule(u, b) for u in UNROLLS for b in BLOCKS if b <= max(timesteps, 10) and b % u == 0}
    calls = {}
    for cut in sorted(cuts, key=lambda cut: (cut.block, cut.unroll)):
        with silenced():
            interpreter = Interpreter(model_content=built(cell, timesteps, cut, options.weights), num_threads=1)
            interpreter.allocate_tensors()
        name = "written out" if cut == UNROLLED else f"block {cut.block:3d}, unroll {cut.unroll:2d}"
        calls[name + (" (picked)" if cut == picked else "")] = interpreter.invoke
    for name, timing in interleaved(calls).items():
        print(f"{name:32} {timing.min:8.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
