"""Joins two .tflite models into one file with the signatures of both."""

from __future__ import annotations

from typing import Any


def merge(model: Any, other: Any) -> None:
    """Appends the subgraphs and signatures of `other` to `model`; equal buffers become one in `export.tidy`.

    Args:
        model: a `ModelT` object; its subgraphs keep their places.
        other: a `ModelT` object that is used up.
    """
    graphs, buffers = len(model.subgraphs), len(model.buffers)
    codes = [_code(model, entry) for entry in other.operatorCodes]
    for subgraph in other.subgraphs:
        for tensor in subgraph.tensors:
            tensor.buffer += buffers
        for operator in subgraph.operators:
            operator.opcodeIndex = codes[operator.opcodeIndex]
            options = operator.builtinOptions
            for field in ("condSubgraphIndex", "bodySubgraphIndex", "thenSubgraphIndex", "elseSubgraphIndex"):
                if hasattr(options, field):
                    setattr(options, field, getattr(options, field) + graphs)
    for signature in other.signatureDefs:
        signature.subgraphIndex += graphs
    model.subgraphs += other.subgraphs
    model.buffers += other.buffers
    model.signatureDefs += other.signatureDefs


def _code(model: Any, entry: Any) -> int:
    """The place of an operator code in the model, added or raised to the newer version."""
    code = max(entry.builtinCode, entry.deprecatedBuiltinCode)
    for index, known in enumerate(model.operatorCodes):
        if max(known.builtinCode, known.deprecatedBuiltinCode) == code and known.customCode == entry.customCode:
            known.version = max(known.version, entry.version)
            return index
    model.operatorCodes.append(entry)
    return len(model.operatorCodes) - 1
