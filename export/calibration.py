"""Full-integer quantisation of a float32 .tflite file, in a child process: the quantiser can crash or hang."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from common.errors import UserError
from common.quiet import silenced, text_of

LIMIT_SECONDS = 300
_MODEL, _SAMPLES, _RESULT, _LOG = "model.tflite", "samples.npz", "quantised.tflite", "log.txt"


def quantised(
    model: bytes, samples: Sequence[Sequence[np.ndarray]], activations: str, limit_seconds: float = LIMIT_SECONDS
) -> bytes:
    """The model with int8 weights and integer activations.

    Args:
        model: a float32 .tflite file without loops.
        samples: for each input, in the model's order, its values in every sample; the ranges of all tensors are
            measured on them.
        activations: `int8`, or `int16` (the quantiser's 16x8: states and sums keep sixteen bits).
        limit_seconds: after which the child is stopped.

    Raises:
        UserError: the quantiser refused, crashed or ran past the limit; the last line that it wrote is told.
    """
    with tempfile.TemporaryDirectory(prefix="unroll-") as name:
        folder = Path(name)
        (folder / _MODEL).write_bytes(model)
        np.savez(folder / _SAMPLES, *[np.stack(list(values)) for values in samples])
        child = multiprocessing.get_context("spawn").Process(target=_quantise, args=(name, activations), daemon=True)
        child.start()
        child.join(limit_seconds)
        late = child.exitcode is None
        if late:
            child.kill()
            child.join()
        if not late and child.exitcode == 0:
            return (folder / _RESULT).read_bytes()
        log = (folder / _LOG).read_text("utf-8", "replace").strip() if (folder / _LOG).exists() else ""
        how = f"ran past {limit_seconds:g} seconds" if late else f"ended with status {child.exitcode}"
        reason = f": {log.splitlines()[-1][-300:]}" if log else ""
        raise UserError(
            f"full-integer quantisation: expected an {activations} model, found that the quantiser {how}{reason}; "
            "use --weights float32 for this lane or replace the layer"
        )


def _quantise(name: str, activations: str) -> None:
    """The child: reads the folder and writes the result there."""
    import os

    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    folder = Path(name)
    with silenced() as log:
        import tensorflow as tf
        from tensorflow.lite.python.optimize.calibrator import Calibrator

        samples = np.load(folder / _SAMPLES)
        columns = [samples[key] for key in samples.files]
        kinds = {"int8": (tf.int8, tf.int32), "int16": (tf.int16, tf.int64)}
        kind, bias = kinds[activations]
        try:
            result = Calibrator((folder / _MODEL).read_bytes()).calibrate_and_quantize(
                lambda: ([column[i] for column in columns] for i in range(len(columns[0]))),
                kind, kind, allow_float=False, activations_type=kind, bias_type=bias, resize_input=False,
            )  # fmt: skip
        except Exception as error:  # TensorFlow raises plain RuntimeErrors and ValueErrors with the reason in words
            (folder / _LOG).write_text(f"{text_of(log)}\n{' '.join(str(error).split())}", "utf-8")
            raise SystemExit(1) from error
        (folder / _RESULT).write_bytes(result)
