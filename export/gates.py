"""What a converted model must pass before a bundle is written; each gate returns its result or raises a UserError."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.app import Outputs, Runner
from common.data.ragged import Arrays, row_count
from common.errors import UserError
from export.operators import Inventory
from export.probes import Probes
from export.rows import padded_inputs
from export.runtime import Runtime

# Stateless builtin operators whose results have a known size; another one is added when somebody has run it on devices.
_ALLOWED = """
    ABS ADD ADD_N ARG_MAX ARG_MIN AVERAGE_POOL_2D BATCH_MATMUL BROADCAST_ARGS BROADCAST_TO CAST CEIL CONCATENATION
    CONV_2D COS CUMSUM DEPTHWISE_CONV_2D DEQUANTIZE DIV DYNAMIC_UPDATE_SLICE ELU EMBEDDING_LOOKUP EQUAL EXP
    EXPAND_DIMS FILL FLOOR FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GATHER_ND GELU GREATER GREATER_EQUAL HARD_SWISH
    L2_NORMALIZATION LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC LOG_SOFTMAX MAXIMUM
    MAX_POOL_2D MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL ONE_HOT PACK PAD PADV2 POW PRELU QUANTIZE RANGE REDUCE_ALL
    REDUCE_ANY REDUCE_MAX REDUCE_MIN REDUCE_PROD RELU RELU6 RELU_N1_TO_1 RESHAPE REVERSE_SEQUENCE REVERSE_V2 ROUND
    RSQRT SCATTER_ND SELECT SELECT_V2 SHAPE SIGN SIN SLICE SOFTMAX SPLIT SPLIT_V SQRT SQUARE SQUARED_DIFFERENCE
    SQUEEZE STRIDED_SLICE SUB SUM TANH TILE TOPK_V2 TRANSPOSE TRANSPOSE_CONV UNPACK WHILE ZEROS_LIKE
"""
ALLOWED = frozenset(_ALLOWED.split())
MAX_OTHER_BYTES = 64 * 1024


@dataclass(frozen=True)
class Tolerance:
    """How far a converted model may be from Keras.

    Attributes:
        max_absolute: largest difference of a float output, times the largest magnitude of that output where above 1.
        min_equal: smallest share of equal values of an integer output.
    """

    max_absolute: float
    min_equal: float


TOLERANCES: Mapping[str, Tolerance] = {
    "float32": Tolerance(1e-4, 0.999),
    "float16": Tolerance(5e-3, 0.99),
    "int8": Tolerance(0.1, 0.95),
    "int4": Tolerance(0.25, 0.9),
}


@dataclass(frozen=True)
class Gate:
    """A gate that was passed: what was checked, in words, and the numbers."""

    name: str
    detail: str
    measured: Mapping[str, Any]


@dataclass(frozen=True)
class TaskMetric:
    """The task's metric on the test split.

    Attributes:
        name: as in metrics.json, `accuracy`; a fraction.
        compute: runs a Runner over the test split and gives the metric.
        higher_is_better: False for errors such as `cer` or `mase`.
        keras_value: the Keras model's value on the same examples where it is known already; else `compute` finds it.
    """

    name: str
    compute: Callable[[Runner], float]
    higher_is_better: bool = True
    keras_value: float | None = None


def check_operators(inventory: Inventory) -> Gate:
    """Builtin, stateless, static: raises UserError naming the operators or tensors that are not."""
    flex = [name for name in inventory.custom if name.startswith("Flex")]
    other = [name for name in inventory.operators if name not in ALLOWED and name != "CUSTOM"]
    findings = {
        "Flex operators": flex,
        "custom operators": [name for name in inventory.custom if name not in flex],
        "operators outside the allow-list": other,
        "variable tensors": inventory.variables,
        "dynamic shapes": inventory.dynamic,
    }
    found = "; ".join(f"{len(names)} {kind} ({', '.join(names[:8])})" for kind, names in findings.items() if names)
    if found:
        raise UserError(
            f"gate operators: expected stateless TFLite builtin operators of static shape, found {found}; "
            "replace the layer they come from"
        )
    count = sum(inventory.operators.values())
    detail = f"{count} operators of {len(inventory.operators)} kinds, all builtin, none with state, static shapes"
    return Gate("operators", detail, {"operators": count, "kinds": len(inventory.operators)})


def check_size(inventory: Inventory, max_other_bytes: int = MAX_OTHER_BYTES) -> Gate:
    """The constants of an int8 file are int8 but for little; raises UserError naming what stayed in another dtype.

    Operators, names and scales are not counted: they grow with the layers, and not because a table was left out.
    """
    other = sum(size for dtype, size in inventory.constant_bytes.items() if dtype != "int8")
    if other > max_other_bytes:
        found = [weight for weight in inventory.weights if weight.dtype != "int8"][:4]
        named = ", ".join(f"{w.name} {w.shape} {w.dtype} {w.size_bytes} bytes" for w in found) or "no single constant"
        raise UserError(
            f"gate size: expected at most {max_other_bytes} bytes of constants beside {inventory.int8_bytes} bytes of "
            f"int8 weights, found {other}, the largest being {named}; export with --weights float16"
        )
    overhead = inventory.size_bytes - inventory.int8_bytes
    detail = (
        f"{inventory.size_bytes} bytes, {overhead} more than the int8 weights; {other} of them constants of other "
        f"types (at most {max_other_bytes})"
    )
    return Gate(
        "size", detail, {"overhead_bytes": overhead, "other_constant_bytes": other, "max_other_bytes": max_other_bytes}
    )


def check_invocations(runtime: Runtime, probes: Probes) -> Gate:
    """Three invocations on one interpreter, and a fourth after another input, give the same bytes."""
    order = np.argsort(probes.lengths, kind="stable")
    first = padded_inputs(probes.arrays, runtime.inputs, order[-1:])
    other = padded_inputs(probes.arrays, runtime.inputs, order[:1])
    results = [runtime.invoke(inputs) for inputs in (first, first, first, other, first)]
    for number, result in enumerate(results[1:], start=2):
        if number == 4:
            continue
        for name, value in result.items():
            if value.tobytes() != results[0][name].tobytes():
                gap = float(np.abs(value.astype(np.float64) - results[0][name]).max())
                raise UserError(
                    f"gate invocations: expected equal outputs for equal inputs, found {name} differing by "
                    f"{gap:.3g} at invocation {number}; the model keeps state between calls: remove it"
                )
    return Gate(
        "invocations", "equal inputs gave equal bytes three times, and again after another input", {"invocations": 5}
    )


def check_metric(metric: TaskMetric, keras: Runner, converted: Runner, max_drop: float) -> Gate:
    """The converted model's task metric is at most `max_drop` worse; raises UserError saying by how much."""
    before = metric.compute(keras) if metric.keras_value is None else metric.keras_value
    rows = 0

    def counted(arrays: Arrays) -> Outputs:
        nonlocal rows
        rows += row_count(arrays)
        return converted(arrays)

    after = metric.compute(counted)
    drop = before - after if metric.higher_is_better else after - before
    if math.isnan(drop) or drop > max_drop:
        raise UserError(
            f"gate metric: expected {metric.name} at most {max_drop:g} worse than Keras ({before:.4f}), "
            f"found {after:.4f}, {drop:.4f} worse; export with --weights float16 or float32"
        )
    values = f"{metric.name} {after:.4f} converted, {before:.4f} Keras, drop {drop:+.4f}"
    detail = f"on {rows} examples {values} (at most {max_drop:g})"
    measured = {
        "metric": metric.name,
        "examples": rows,
        "keras": before,
        "converted": after,
        "drop": drop,
        "max_drop": max_drop,
    }
    return Gate("metric", detail, measured)
