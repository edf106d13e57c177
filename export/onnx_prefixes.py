"""Tells from the graph that a mask is True for the first steps and False after them, where time is open.

`export.prefixes` computes such a mask's constants; with an open time axis there are none, so here the operations that
count the steps are recognised.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_SAME = frozenset(["Identity", "ExpandDims", "Reshape", "Cast", "StopGradient"])


def is_open_prefix(mask: Any) -> bool:
    """Whether a (batch, timesteps) mask compares numbers that never fall along time with one number a row."""
    made = _source(mask)
    if made.type not in ("Less", "Greater"):
        return False
    counted, limit = made.inputs if made.type == "Less" else reversed(made.inputs)
    return limit.shape.rank == 2 and limit.shape[1] == 1 and _rises(counted)


def _source(tensor: Any) -> Any:
    while tensor.op.type in _SAME or _only_adds_axes(tensor.op):
        tensor = tensor.op.inputs[0]
    return tensor.op


def _rises(tensor: Any) -> bool:
    """Whether values never fall along the last axis: a range, a sum of ones so far, or a rising function of one."""
    import tensorflow as tf

    made = _source(tensor)
    if made.type == "Const":
        return bool(np.all(np.diff(tf.get_static_value(made.outputs[0])) >= 0))
    if made.type == "Range":
        step = tf.get_static_value(made.inputs[2])
        return step is not None and step > 0
    if made.type == "Cumsum":
        axis = tf.get_static_value(made.inputs[1])
        last = made.inputs[0].shape.rank - 1
        return not made.get_attr("reverse") and axis in (-1, last) and _value(made.inputs[0]) == 1
    if made.type in ("Add", "AddV2", "Sub", "Mul", "FloorDiv"):
        number = _value(made.inputs[1])
        steady = number is not None and (made.type in ("Add", "AddV2", "Sub") or number > 0)
        return steady and _rises(made.inputs[0])
    return False


def _value(tensor: Any) -> float | None:
    """The one number that a tensor is filled with, or None."""
    import tensorflow as tf

    made = _source(tensor)
    if made.type == "OnesLike":
        return 1.0
    found = tf.get_static_value(made.inputs[1] if made.type == "Fill" else made.outputs[0])
    return float(np.ravel(found)[0]) if found is not None and np.size(np.unique(found)) == 1 else None


def _only_adds_axes(operation: Any) -> bool:
    """Whether a slice is `x[None, :]` or the like, which leaves the values and their order."""
    import tensorflow as tf

    if operation.type != "StridedSlice":
        return False
    strides = tf.get_static_value(operation.inputs[3])
    if strides is None or np.any(strides != 1) or operation.get_attr("shrink_axis_mask"):
        return False
    whole = operation.get_attr("begin_mask") & operation.get_attr("end_mask")
    return all((whole | operation.get_attr("new_axis_mask")) >> place & 1 for place in range(len(strides)))
