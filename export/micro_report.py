"""REPORT.md of a micro bundle: what was measured and what was not, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from export.report import SYNTHETIC

if TYPE_CHECKING:
    from export.micro import MicroModel
    from export.micro_check import MicroMeasured


def micro_report(made: MicroModel, application: str, synthetic: bool, measured: MicroMeasured | None) -> str:
    """The text of REPORT.md.

    Args:
        made: the model.
        application: its name.
        synthetic: whether it learned from synthetic data.
        measured: what TensorFlow Lite Micro gave; None where it was not asked.
    """
    why = f" ({made.why_run})" if made.why_run else ""
    form = "one timestep an invocation, states in and out" if made.signature == "step" else "a whole row an invocation"
    gates = [*made.gates, *([measured.gate] if measured else [])]
    arena = (
        f"- Arena: {measured.arena_bytes} bytes, the smallest in which TensorFlow Lite Micro's wheel starts the model."
        if measured
        else "- Arena: not measured; give `--micro-python` an environment with the `tflite-micro` wheel."
    )
    lines = [
        f"# {application}: model for TensorFlow Lite Micro",
        "",
        *([f"**{SYNTHETIC}**", ""] if synthetic else []),
        f"{made.weights}, {form}{why}. model.tflite has {len(made.data)} bytes.",
        "",
        "## Measured",
        "On the exporting machine, a 64-bit one, with microcontrollers' kernels where it says tflite-micro:",
        "",
        *(f"- {gate.name}: {gate.detail}" for gate in gates),
        arena,
        "",
        "## Emulated",
        "Nothing: no microcontroller was emulated.",
        "",
        "## Not verified",
        "- No microcontroller ran this model; latency is not measured, nor the arena on a 32-bit machine.",
        "- main.cc was not built here against TensorFlow Lite Micro's sources.",
        "",
        "## How to use it",
        "Compile main.cc and model.cc as C++17 with TensorFlow Lite Micro's sources on the include path and link its "
        "library. main.cc holds one example, quantises, invokes, carries the states over and prints the outputs beside "
        "Keras'; model.h names tensors, scales and zero points. Preprocessing and decoding are yours: preprocess.json "
        "and decoder.json say what they are.",
    ]
    return "\n".join(lines) + "\n"
