"""Keras model -> ONNX: ordinary layers by tf2onnx, recurrent layers as ONNX' own LSTM, GRU and RNN nodes."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from common.app import ExportSpec
from common.errors import UserError
from export.convert import check_names
from export.naming import functional, named_inputs
from export.native_log import quiet_tensorflow
from export.onnx_nodes import OPERATORS, OPSET, attributes, dynamically_quantized
from export.onnx_nodes import weights as node_weights
from export.onnx_tidy import tidied
from export.onnx_trace import OPERATION, PREFIX, OnnxTrace, Pass, placeholders
from export.rows import LENGTHS, signature_name

if TYPE_CHECKING:
    import keras

OnnxWeights = Literal["float32", "int8"]


def to_onnx(model: keras.Model, spec: ExportSpec, weights: OnnxWeights = "float32") -> bytes:
    """An ONNX model of opset `export.onnx_nodes.OPSET`; batch and time are open where they are in the Keras model.

    An input `lengths` that the model does not know is left out: the time axis is open.

    Args:
        model: takes the inputs that `spec` names and gives its outputs.
        spec: names; its static shapes are not used.
        weights: `float32`, or `int8`: ONNX Runtime's dynamic quantization, which knows LSTMs and products.

    Returns:
        The .onnx file: inputs and outputs carry the names of the specification.

    Raises:
        UserError: names do not match, an operator is missing in ONNX, or the extra `onnx` is not installed.
    """
    return convert_onnx(model, spec, weights)[0]


def convert_onnx(
    model: keras.Model, spec: ExportSpec, weights: OnnxWeights = "float32"
) -> tuple[bytes, Mapping[str, str]]:
    """As `to_onnx`; also tells which layers became loops of single operators, and why."""
    missing = onnx_missing()
    if missing:
        raise UserError(f"the lane onnx: expected the packages of its extra, found that {missing}")
    check_names(model, spec, LENGTHS in spec.inputs and LENGTHS not in named_inputs(model))
    trace = OnnxTrace()
    with quiet_tensorflow(), _quiet_tf2onnx() as errors:
        function, signature = _function(model, spec, trace)
        with placeholders(model, trace):
            made = _converted(function, signature, trace, errors)
    data = tidied(made, [item.name for item in signature], spec.outputs)
    return (dynamically_quantized(data) if weights == "int8" else data), trace.slow


def onnx_missing() -> str:
    """Which packages the lane lacks, in words; empty when it has all."""
    from importlib.util import find_spec

    missing = [name for name in ("onnx", "onnxruntime", "tf2onnx") if find_spec(name) is None]
    return f"{', '.join(missing)} is not installed (pip install 'unroll[onnx]')" if missing else ""


def _function(model: keras.Model, spec: ExportSpec, trace: OnnxTrace) -> tuple[Any, list[Any]]:
    """The model as a function of positional tensors, and its signature with open axes."""
    import keras
    import tensorflow as tf

    tensors = named_inputs(model)

    def forward(*values: Any) -> list[Any]:
        trace.passes.clear()
        named = dict(zip(tensors, values, strict=True))
        given = keras.tree.map_structure(lambda tensor: named[signature_name(tensor.name)], functional(model).input)
        outputs = model(given, training=False)
        chosen = [outputs[n] for n in spec.outputs] if isinstance(outputs, Mapping) else keras.tree.flatten(outputs)
        return [tf.identity(value) for value in chosen]

    signature = [tf.TensorSpec(tensor.shape, tensor.dtype, name=name) for name, tensor in tensors.items()]
    return tf.function(forward, autograph=False), signature


def _converted(function: Any, signature: list[Any], trace: OnnxTrace, errors: list[str]) -> Any:
    import tf2onnx

    def write(graph: Any, operation: Any, name: str, arguments: Any) -> None:
        number = operation.get_attr("token").s.decode().removeprefix(PREFIX)
        _write(graph, operation, trace.passes[int(number)])

    try:
        made, _ = tf2onnx.convert.from_function(
            function, input_signature=signature, opset=OPSET,
            custom_op_handlers={OPERATION: (write, [])}, custom_rewriter=[_without_double_reversals],
        )  # fmt: skip
    except Exception as error:  # tf2onnx raises many kinds
        raise UserError(_refusal([*errors, str(error)])) from error
    foreign = sorted({node.op_type for node in made.graph.node if node.domain not in ("", "ai.onnx.ml")})
    if errors or foreign:
        raise UserError(_refusal([*errors, *foreign]))
    return made


def _refusal(reasons: list[str]) -> str:
    told = "; ".join(dict.fromkeys(" ".join(reason.split())[:200] for reason in reasons))
    return f"the lane onnx: expected operators that ONNX has, found: {told[:400]}; replace the layer or its option"


def _without_double_reversals(graph: Any, operations: Any) -> Any:
    """Bidirectional layers turn back what a backward layer has turned: both go."""
    passed = ("Identity", "EnsureShape")

    def source(name: str) -> tuple[Any, str]:
        node = graph.get_node_by_output(name)
        while node is not None and node.type in passed:
            name = node.input[0]
            node = graph.get_node_by_output(name)
        return node, name

    def axes(node: Any) -> list[int]:
        return [int(axis) for axis in np.ravel(node.inputs[1].get_tensor_value(as_list=False))]

    for outer in operations:
        if outer.type != "ReverseV2":
            continue
        inner, _ = source(outer.input[0])
        if inner is not None and inner.type == "ReverseV2" and axes(inner) == axes(outer):
            graph.replace_all_inputs(outer.output[0], inner.input[0])
    return graph.get_nodes()


def _write(graph: Any, placeholder: Any, held: Pass) -> None:
    """Puts the node in the placeholder's place, between transpositions: ONNX has time first."""
    inputs, outputs = list(placeholder.input), list(placeholder.output)
    shapes, dtypes = list(placeholder.output_shapes), list(placeholder.output_dtypes)
    name, cell = placeholder.name, held.cell
    graph.remove_node(name)

    def constant(label: str, value: np.ndarray) -> str:
        return str(graph.make_const(f"{name}_{label}", value).output[0])

    def make(kind: str, given: list[str], count: int = 1, **options: Any) -> list[str]:
        options.setdefault("dtypes", [dtypes[0]] * count)
        made = graph.make_node(kind, given, op_name_scope=name, output_count=count, **options)
        return [str(output) for output in made.output]

    given = inputs[1:]
    matrices = [constant(label, part[None]) for label, part in zip("WRB", node_weights(cell), strict=True)]
    lengths = given.pop(0) if held.lengths else ""
    axis = constant("axis", np.asarray([0], np.int64))
    states = [make("Unsqueeze", [state, axis])[0] for state in given]
    read = make("Transpose", [inputs[0]], attr={"perm": [1, 0, 2]})[0]
    wanted = attributes([cell], "reverse" if held.backwards else "forward")
    # (timesteps, 1, batch, units) and (1, batch, units) each
    found = make(OPERATORS[cell.kind], [read, *matrices, lengths, *states], 1 + cell.states, attr=wanted)
    one = constant("direction", np.asarray([1], np.int64))
    sequence = make("Squeeze", [found[0], one])[0]
    make("Transpose", [sequence], attr={"perm": [1, 0, 2]}, outputs=[outputs[0]], shapes=[shapes[0]])
    for made, output, shape in zip(found[1:], outputs[1:], shapes[1:], strict=True):
        make("Squeeze", [made, axis], outputs=[output], shapes=[shape])


@contextlib.contextmanager
def _quiet_tf2onnx() -> Iterator[list[str]]:
    """Holds back tf2onnx' logs; yields the errors in them, which it reports nowhere else."""
    errors: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR:
                errors.append(record.getMessage())

    logger, keep = logging.getLogger("tf2onnx"), Keep()
    before = logger.propagate, list(logger.handlers)
    logger.propagate, logger.handlers = False, [keep]
    try:
        yield errors
    finally:
        logger.propagate, logger.handlers = before
