"""REPORT.md of a bundle: what was measured and what was not, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from export.gates import Gate

SYNTHETIC = "The model learned from SYNTHETIC data: its answers say nothing about real data."

_WEIGHTS = {
    "float32": "float32, as trained",
    "float16": "float16 in the file, float32 in the arithmetic",
    "int4": "int4 for the recurrent matrices, int8 for the rest (dynamic range: activations float32)",
    "int8": "int8 (dynamic range): weights int8, activations float32; tables one scale, matrices one per row",
}


def report(manifest: Mapping[str, Any], gates: Sequence[Gate], left_float: Sequence[str]) -> str:
    """The text of REPORT.md.

    Args:
        manifest: the bundle's manifest.
        gates: the gates, passed.
        left_float: large constants of an int8 model that are not int8, in words.
    """
    versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    skipped = {"metric", "agreement"} - {gate.name for gate in gates}
    lines = [
        f"# {manifest['application']}: exported model",
        "",
        *([f"**{SYNTHETIC}**", ""] if manifest["synthetic_data"] else []),
        f"Lane `{manifest['lane']}`, weights {_WEIGHTS[manifest['weights']]}. "
        f"model.tflite has {manifest['files']['model.tflite']['size_bytes']} bytes. Written with {versions}.",
        "",
        "## Measured",
        "On the exporting machine, with ai-edge-litert's Interpreter, one row at a time:",
        "",
        *(f"- {gate.name}: {gate.detail}" for gate in gates),
        *(f"- not quantised: {text}" for text in left_float),
        "",
        "## Recurrent layers",
        *_layers(manifest),
        "",
        "## Not verified",
        "- No phone, browser or microcontroller ran this model here, nor did CompiledModel or a GPU or NPU delegate.",
        "- Latency and memory on a device are not measured; nothing here says how fast it is.",
        "- Preprocessing on the device must be checked there against testvectors.json.",
        *(f"- The {name} gate was not run: nothing to run it on was given." for name in sorted(skipped)),
        "",
        "## How to check a copy",
        "Every file's size and SHA-256 is in manifest.json. For each entry of testvectors.json: preprocess `raw`, "
        "compare with `inputs`, pad each input with its `fill` to the shape in the manifest, run the signature `run`, "
        "compare with `outputs` within the tolerance, decode, compare with `decoded`.",
    ]
    return "\n".join(lines) + "\n"


def _layers(manifest: Mapping[str, Any]) -> list[str]:
    """How each recurrent layer was converted, and whether the model can run a step at a time."""
    lines = []
    for entry in manifest["recurrent_layers"]:
        loop = f"{entry['steps_per_iteration']} steps an iteration, outputs in blocks of {entry['rows_per_block']} rows"
        lines.append(f"- {entry['layer']}: {loop if entry['rows_per_block'] else 'every step written out, no loop'}.")
    for name, reason in manifest["slow_layers"].items():
        lines.append(f"- {name}: Keras' own loop, correct but slower, because {reason}.")
    if manifest["no_step"]:
        lines.append(f"- No signature `step`: {manifest['no_step']}.")
    elif "step" in manifest["signatures"]:
        lines.append(f"- Signature `step`, one timestep a call: {manifest['signatures']['step']['rule']}.")
    return lines or ["- None."]
