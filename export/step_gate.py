"""The gate that compares `step`, one timestep after the other, with `run` over the whole sequence."""

from __future__ import annotations

import numpy as np

from export.gates import Gate
from export.probes import Probes
from export.rows import padded_inputs
from export.runtime import Runtime, Stepper

# largest difference, times the largest magnitude of the output where above 1
STEP_TOLERANCE = 1e-5
_ROWS = 3
_MOST_STEPS = 400


class StepDiffers(Exception):  # noqa: N818  (no error: the model is exported without the signature)
    """How `step` differs from `run`, in words."""


def check_step(data: bytes, runtime: Runtime, probes: Probes) -> Gate:
    """Steps through a few rows and compares every output with that of `run`.

    An output of `run` with as many rows as timesteps is compared step by step, any other after the last step.

    Raises:
        StepDiffers: an output is further away than the tolerance: the model looks beyond one timestep elsewhere than
            in its recurrent layers (a convolution, a pooling over time, attention).
    """
    stepper = Stepper(data)
    timed = {name for name, (shape, _) in stepper.inputs.items() if shape[1:] != runtime.inputs[name].shape}
    steps_of = {name: runtime.inputs[name].shape[0] for name in timed}
    order = np.argsort(probes.lengths, kind="stable")
    lengths = [int(probes.lengths[row]) for row in order]
    fitting = [int(row) for row, length in zip(order, lengths, strict=True) if 0 < length <= _MOST_STEPS]
    if not fitting:
        raise StepDiffers(f"no row of at most {_MOST_STEPS} timesteps to check it on")
    chosen = sorted({fitting[0], fitting[len(fitting) // 2], fitting[-1]})[:_ROWS]
    worst, steps = 0.0, 0
    for row in chosen:
        inputs = padded_inputs(probes.arrays, runtime.inputs, np.array([row]))
        expected, length = runtime.invoke(inputs), int(probes.lengths[row])
        stepper.reset()
        for step in range(length):
            given = {
                name: inputs[name][:, step : step + 1] if name in timed else inputs[name] for name in stepper.inputs
            }
            found = stepper.step(given)
            for name, value in found.items():
                whole = expected[name]
                each = whole.shape != value.shape and whole.shape[1] in steps_of.values()
                if not each and step < length - 1:
                    continue
                wanted = whole[:, step : step + 1] if each else whole
                if wanted.shape != value.shape:
                    raise StepDiffers(f"output {name} has the shape {value.shape}, not {wanted.shape}")
                gap = float(np.abs(value.astype(np.float64) - wanted).max(initial=0))
                scale = max(1.0, float(np.abs(wanted).max(initial=0)))
                worst = max(worst, gap / scale)
        steps += length
        if not worst <= STEP_TOLERANCE:
            raise StepDiffers(
                f"after one timestep at a time the outputs differ by {worst:.2g}: the model looks beyond one timestep "
                "elsewhere than in its recurrent layers"
            )
    limit = f"within {worst:.2g} (at most {STEP_TOLERANCE:g})"
    detail = f"{steps} steps over {len(chosen)} rows gave the outputs of `run` {limit}"
    return Gate("step", detail, {"rows": len(chosen), "steps": steps, "max_absolute": worst})
