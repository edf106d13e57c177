"""Tells from the graph that a mask is True for the first steps and False after them, whatever the inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

_SAME = frozenset(["Identity", "ExpandDims", "Reshape", "Cast", "Squeeze", "StopGradient"])
_MOST_NODES = 64


def is_prefix(mask: Any) -> bool:
    """Whether a (1, timesteps) bool tensor of a graph compares rising constants with one number a row.

    That is how masks are made from lengths: `arange(timesteps) < length`.
    """
    operation = _source(mask)
    if operation.type == "Less":
        rising, limit = operation.inputs
    elif operation.type == "Greater":
        limit, rising = operation.inputs
    else:
        return False
    if limit.shape.rank is None or (limit.shape.rank and limit.shape[-1] != 1):
        return False
    values = _constant(rising)
    return values is not None and values.size == mask.shape[-1] and bool(np.all(np.diff(values.ravel()) > 0))


def _source(tensor: Any) -> Any:
    operation = tensor.op
    while operation.type in _SAME and operation.inputs[0].shape.num_elements() == tensor.shape.num_elements():
        operation = operation.inputs[0].op
    return operation


def _constant(tensor: Any) -> np.ndarray | None:
    """The value of a tensor that depends on constants only, or None."""
    import tensorflow as tf

    nodes: dict[str, Any] = {}
    waiting = [tensor.op]
    while waiting:
        operation = waiting.pop()
        if operation.name in nodes:
            continue
        if operation.type == "Placeholder" or len(nodes) > _MOST_NODES:
            return None
        nodes[operation.name] = operation.node_def
        waiting += [given.op for given in operation.inputs]
    definition = tf.compat.v1.GraphDef(node=list(nodes.values()))
    with tf.Graph().as_default() as graph:
        (value,) = tf.import_graph_def(definition, return_elements=[tensor.name], name="")
        with tf.compat.v1.Session(graph=graph) as session:
            found: np.ndarray = session.run(value)
    return found
