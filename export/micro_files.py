"""A model as C source, and the size of its arena as TensorFlow Lite Micro itself measures it."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.errors import UserError
from export.micro import MicroModel

LIMIT_SECONDS = 60


@dataclass(frozen=True)
class MicroRun:
    """What a run under TensorFlow Lite Micro gave.

    Attributes:
        arena_bytes: the smallest arena in which it starts.
        outputs: output name -> (rows, ...) of the last step of each row.
        version: of the `tflite-micro` package.
    """

    arena_bytes: int
    outputs: Mapping[str, np.ndarray]
    version: str


def run_micro(
    model: MicroModel,
    rows: Sequence[Mapping[str, np.ndarray]],
    lengths: list[int],
    python: Path,
    limit_seconds: float = LIMIT_SECONDS,
) -> MicroRun:
    """Runs rows under the `tflite-micro` wheel in a child process.

    Args:
        model: what `export.micro.to_micro` gave.
        rows: input name -> (1, ...) real values, padded as for `run`.
        lengths: real steps of each row.
        python: an interpreter of an environment with `tflite-micro`; it need not have anything of Unroll.
        limit_seconds: after which the child is stopped.

    Raises:
        UserError: Micro refused the model, crashed or ran past the limit.
    """
    child = Path(__file__).with_name("micro_child.py")
    with tempfile.TemporaryDirectory(prefix="unroll-") as name:
        folder = Path(name)
        (folder / "model.tflite").write_bytes(model.data)
        tensors = {side: [t.to_json() for t in getattr(model, side)] for side in ("inputs", "outputs")}
        (folder / "tensors.json").write_text(json.dumps({**tensors, "lengths": lengths}))
        columns: dict[str, Any] = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
        np.savez(folder / "rows.npz", **columns)
        try:
            done = subprocess.run(
                [str(python), str(child), name], capture_output=True, text=True, timeout=limit_seconds, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise UserError(
                f"--lane micro: expected an answer within {limit_seconds:g} seconds, found none; the model has an "
                "operator that TensorFlow Lite Micro hangs on"
            ) from error
        except OSError as error:
            raise UserError(f"cannot run {python}: {error.strerror}; give a Python with tflite-micro") from error
        if done.returncode:
            native = done.stderr.partition("Traceback")[0].strip()  # which kernel refused, and where
            lines = (native or done.stderr.strip() or "no message").splitlines()
            raise UserError(f"--lane micro: expected a run in TensorFlow Lite Micro, found: {lines[-1][-300:]}")
        with np.load(folder / "outputs.npz") as outputs:
            found = {key: outputs[key] for key in outputs.files}
        return MicroRun(int((folder / "arena.txt").read_text()), found, (folder / "version.txt").read_text())


def c_files(model: MicroModel, name: str, arena_bytes: int | None = None) -> tuple[str, str]:
    """Header and source of a C array that holds the model.

    Args:
        model: the model.
        name: prefix of all symbols, a C identifier.
        arena_bytes: as `run_micro` measured it; None where it was not.

    Returns:
        The text of NAME.h and NAME.cc.

    Raises:
        UserError: the name is no C identifier.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise UserError(f"expected a C identifier for the array, found {name!r}; use letters, digits and _")
    upper = name.upper()
    once = "once a timestep, every next_state_N copied to state_N" if model.signature == "step" else "once a row"
    lines = [f"// {model.weights} model for TensorFlow Lite Micro; invoke it {once}.", f"#ifndef {upper}_H_"]
    lines += [
        f"#define {upper}_H_",
        "",
        f"extern const unsigned char {name}[];",
        f"extern const unsigned int {name}_size;",
    ]
    lines.append("")
    if arena_bytes is None:
        lines.append(
            f"// The arena was not measured; ten times the model's {len(model.data)} bytes is a usual first try."
        )
    else:
        lines += [
            "// The smallest in which the model starts, measured on a 64-bit machine; not measured on a 32-bit one.",
            f"#define {upper}_ARENA_BYTES {arena_bytes}",
        ]
    lines += ["", "// real = scale * (stored - zero point)"]
    for side in ("inputs", "outputs"):
        for place, tensor in enumerate(getattr(model, side)):
            key = f"{upper}_{side[:-1].upper()}_{re.sub(r'[^A-Za-z0-9]', '_', tensor.name).upper()}"
            lines.append(f"#define {key} {place}  // {tensor.dtype} {list(tensor.shape)}")
            if tensor.scale:
                lines.append(f"#define {key}_SCALE {np.float32(tensor.scale):.9g}f")
                lines.append(f"#define {key}_ZERO_POINT {tensor.zero_point}")
    lines += ["", f"#endif  // {upper}_H_", ""]
    rows = [model.data[start : start + 16] for start in range(0, len(model.data), 16)]
    body = "\n".join("    " + " ".join(f"0x{byte:02x}," for byte in row) for row in rows)
    source = (
        f'#include "{name}.h"\n\nalignas(16) const unsigned char {name}[] = {{\n{body}\n}};\n'
        f"const unsigned int {name}_size = {len(model.data)};\n"
    )
    return "\n".join(lines), source
