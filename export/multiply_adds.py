"""Counts the multiply-adds of one inference from the .tflite file: a figure that is the same on every machine.

Counted are the products of matrices and convolutions (`_PRODUCTS`), one multiplication with its addition each, as the
graph holds them: a loop's body as often as the loop runs, steps that only fill up a loop's last iteration included.
Not counted are elementwise operators, activations and looked-up rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from common.errors import UserError
from common.quiet import silenced
from export.flatbuffer import DTYPES, constant, name_of, read

_MOST_TRIPS = 1_000_000  # a loop that runs longer is taken for one that does not end
_Shape = tuple[int, ...]


def _fully_connected(operator: Any, inputs: Sequence[_Shape], output: _Shape) -> int:
    return math.prod(output) * inputs[1][-1]


def _convolution(operator: Any, inputs: Sequence[_Shape], output: _Shape) -> int:
    return math.prod(output) * math.prod(inputs[1][1:])  # a filter is (outputs, height, width, inputs of its group)


def _depthwise(operator: Any, inputs: Sequence[_Shape], output: _Shape) -> int:
    return math.prod(output) * math.prod(inputs[1][1:3])


def _transposed(operator: Any, inputs: Sequence[_Shape], output: _Shape) -> int:
    return math.prod(inputs[2]) * math.prod(inputs[1][:3])  # shape of the output, filter, input


def _batch_matmul(operator: Any, inputs: Sequence[_Shape], output: _Shape) -> int:
    return math.prod(output) * inputs[0][-2 if operator.builtinOptions.adjX else -1]


# operator -> its multiply-adds from the shapes of inputs and output
_PRODUCTS: dict[str, Callable[[Any, Sequence[_Shape], _Shape], int]] = {
    "FULLY_CONNECTED": _fully_connected,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "TRANSPOSE_CONV": _transposed,
    "BATCH_MATMUL": _batch_matmul,
}
# operators that hold products, or subgraphs, of which this module knows nothing
_UNKNOWN = (
    *("CUSTOM", "CONV_3D", "CONV_3D_TRANSPOSE", "RNN", "UNIDIRECTIONAL_SEQUENCE_RNN", "BIDIRECTIONAL_SEQUENCE_RNN"),
    *("LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM", "BIDIRECTIONAL_SEQUENCE_LSTM", "SVDF", "IF", "CALL"),
)
# what may stand between a loop's counter and its condition
_COUNTING: dict[str, Callable[..., np.ndarray]] = {
    "ADD": np.add,
    "SUB": np.subtract,
    "MUL": np.multiply,
    "MINIMUM": np.minimum,
    "MAXIMUM": np.maximum,
    "LESS": np.less,
    "LESS_EQUAL": np.less_equal,
    "GREATER": np.greater,
    "GREATER_EQUAL": np.greater_equal,
    "LOGICAL_AND": np.logical_and,
}


def multiply_adds(data: bytes, inputs: Mapping[str, np.ndarray], signature: str = "run") -> int:
    """The multiply-adds of one inference.

    Args:
        data: the .tflite file.
        inputs: of the signature; only what decides how often loops run matters, such as `lengths`.
        signature: which one.

    Raises:
        UserError: an operator whose products are not known, or a loop whose end is not.
    """
    model = read(data)
    index = next(entry.subgraphIndex for entry in model.signatureDefs if entry.signatureKey.decode() == signature)
    return _Count(model, _values(data, inputs, signature, index)).of(model.subgraphs[index])


def _values(data: bytes, inputs: Mapping[str, np.ndarray], signature: str, index: int) -> Callable[[int], np.ndarray]:
    """Runs the model once; tensor of the signature's subgraph -> its value."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    with silenced():
        interpreter = Interpreter(
            model_content=data,
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        runner = interpreter.get_signature_runner(signature)
        runner(**{name: inputs[name].reshape(item["shape"]) for name, item in runner.get_input_details().items()})
    return lambda tensor: interpreter.get_tensor(tensor, index)


class _Count:
    """The count of one model; `value` gives what a tensor of the outermost subgraph held."""

    def __init__(self, model: Any, value: Callable[[int], np.ndarray]) -> None:
        self.model, self.value = model, value

    def of(self, subgraph: Any, inside: Mapping[int, np.ndarray] | None = None) -> int:
        """Of a subgraph; `inside` has the known counters of a loop's body, None is the outermost."""
        total = 0
        for operator in subgraph.operators:
            name = name_of(self.model, operator)
            if name in _UNKNOWN:
                raise UserError(
                    f"expected operators whose multiply-adds are known, found {name}; limit size or latency instead"
                )
            if name in _PRODUCTS:
                given = [_shape(subgraph, tensor) for tensor in operator.inputs]
                total += _PRODUCTS[name](operator, given, _shape(subgraph, operator.outputs[0]))
            elif name == "WHILE":
                total += self._loop(subgraph, operator, inside)
        return total

    def _loop(self, subgraph: Any, operator: Any, inside: Mapping[int, np.ndarray] | None) -> int:
        options = operator.builtinOptions
        condition, body = (
            self.model.subgraphs[index] for index in (options.condSubgraphIndex, options.bodySubgraphIndex)
        )
        known: dict[int, np.ndarray] = {}  # position among the loop's variables -> value
        for position, tensor in enumerate(operator.inputs):
            if DTYPES[subgraph.tensors[tensor].type] in ("int32", "int64", "bool"):
                value = self.value(tensor) if inside is None else inside.get(int(tensor))
                if value is not None:
                    known[position] = value
        total, each = 0, None
        for _ in range(_MOST_TRIPS):
            goes_on = self._counters(condition, known).get(int(condition.outputs[0]))
            if goes_on is None:
                raise UserError("expected loops that count their steps, found another; limit size or latency instead")
            if not goes_on.all():
                return total
            counters = self._counters(body, known)
            if each is None or self._holds_loops(body):
                each = self.of(body, counters)
            total += each
            known = {
                position: counters[int(tensor)]
                for position, tensor in enumerate(body.outputs)
                if int(tensor) in counters
            }
        raise UserError(f"expected loops of at most {_MOST_TRIPS:,} steps, found a longer one; limit size or latency")

    def _holds_loops(self, subgraph: Any) -> bool:
        return any(name_of(self.model, operator) == "WHILE" for operator in subgraph.operators)

    def _counters(self, subgraph: Any, known: Mapping[int, np.ndarray]) -> dict[int, np.ndarray]:
        """Tensor -> value of all that follows from a loop's known variables by counting."""
        values = {int(subgraph.inputs[position]): value for position, value in known.items()}
        for index, tensor in enumerate(subgraph.tensors):
            raw, dtype = constant(self.model, tensor), DTYPES[tensor.type]
            if raw is not None and dtype in ("int32", "int64", "bool"):
                values[index] = raw.view(dtype).reshape(_shape(subgraph, index))
        for operator in subgraph.operators:
            calculate = _COUNTING.get(name_of(self.model, operator))
            given = [values.get(int(tensor)) for tensor in operator.inputs]
            if calculate and all(value is not None for value in given):
                values[int(operator.outputs[0])] = calculate(*given)
        return values


def _shape(subgraph: Any, tensor: int) -> _Shape:
    """A static shape; () of an absent tensor.

    Raises:
        UserError: a size is known only while running.
    """
    if tensor < 0:
        return ()
    found = subgraph.tensors[tensor]
    open_sizes = found.shapeSignature is not None and any(int(size) < 0 for size in found.shapeSignature)
    if open_sizes:
        raise UserError(
            f"expected fixed shapes, found {found.name.decode()} whose size is known only while running; "
            "limit size or latency instead"
        )
    return () if found.shape is None else tuple(int(size) for size in found.shape)
