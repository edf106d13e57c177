"""main.cc of a micro bundle: one example through the model, step by step, against TensorFlow Lite Micro's interface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from export.flatbuffer import read
from export.micro import MicroModel, at_end
from export.micro_form import operator_names
from export.micro_runner import NEXT_STATE, STATE, MicroTensor
from export.rows import STEP

_C_TYPES = {
    "int8": "std::int8_t", "int16": "std::int16_t", "int32": "std::int32_t", "int64": "std::int64_t", "bool": "bool",
    "float32": "float",
}  # fmt: skip
# TensorFlow Lite's names of operators that the rule "each word begins with a capital" does not give
_ADDED_AS = {"BATCH_MATMUL": "BatchMatMul", "CUMSUM": "CumSum", "PADV2": "PadV2"}

_TEMPLATE = """\
// One example through the model, @once@; written by `unroll export --lane micro`, yours to change.
// Tensors in, tensors out: what makes tensors of raw input and answers of outputs stands in preprocess.json and
// decoder.json. Needs TensorFlow Lite Micro, no heap, no exceptions.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "model.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace {

#ifdef MODEL_ARENA_BYTES
constexpr std::size_t kArenaBytes = MODEL_ARENA_BYTES;
#else
constexpr std::size_t kArenaBytes = @arena@;  // not measured: ten times the model
#endif
alignas(16) std::uint8_t g_arena[kArenaBytes];

constexpr int kSteps = @steps@;  // of the example
@data@
// what Keras answers, for comparison
@answers@

using Resolver = tflite::MicroMutableOpResolver<@count@>;

TfLiteStatus AddOperators(Resolver& resolver) {
  TfLiteStatus status = kTfLiteOk;
@operators@
  return status;
}

@helpers@}  // namespace

int main() {
  Resolver resolver;
  if (AddOperators(resolver) != kTfLiteOk) return 1;
  tflite::MicroInterpreter interpreter(tflite::GetModel(model), resolver, g_arena, kArenaBytes);
  if (interpreter.AllocateTensors() != kTfLiteOk) return 2;
@states@  for (int step = 0; step < kSteps; ++step) {
@put@
    if (interpreter.Invoke() != kTfLiteOk) return 3;
@carry@  }
@show@
  return 0;
}
"""
_QUANTISE = """\
// stored = real / scale + zero point, rounded to even and cut at the type's ends
template <typename T>
void Put(T* stored, const float* real, int count, float scale, int zero_point, float lowest, float highest) {
  for (int i = 0; i < count; ++i) {
    const float value = std::nearbyint(real[i] / scale) + static_cast<float>(zero_point);
    stored[i] = static_cast<T>(std::fmin(std::fmax(value, lowest), highest));
  }
}

"""
_DEQUANTISE = """\
template <typename T>
void Take(const T* stored, float* real, int count, float scale, int zero_point) {
  for (int i = 0; i < count; ++i) real[i] = static_cast<float>(stored[i] - zero_point) * scale;
}

"""
_COPY = """\
template <typename T>
void Copy(T* to, const T* from, int count) {
  for (int i = 0; i < count; ++i) to[i] = from[i];
}

"""


def example(made: MicroModel, row: Mapping[str, np.ndarray], length: int, answers: Mapping[str, np.ndarray]) -> str:
    """The text of main.cc, for the C array `model` of `c_files`.

    Args:
        made: the model.
        row: input name -> (1, timesteps, ...) or (1, ...) real values of the example, padded as for `run`.
        length: its real steps.
        answers: output name -> Keras' output of the row, which is printed beside the device's.
    """
    stepping = made.signature == STEP
    steps = length if stepping else 1
    operators = operator_names(read(made.data))
    plain = [tensor for tensor in made.inputs if not tensor.name.startswith(STATE)]
    states = [tensor for tensor in made.inputs if tensor.name.startswith(STATE)]
    carried = [tensor for tensor in made.outputs if tensor.name.startswith(NEXT_STATE)]
    shown = [tensor for tensor in made.outputs if not tensor.name.startswith(NEXT_STATE)]
    put = [_put(tensor, f"{_array(tensor)} + step * {_size(tensor)}") for tensor in plain]
    put += [_put(tensor, _variable(tensor.name)) for tensor in states]
    carry = [_take(tensor, _variable(STATE + tensor.name.removeprefix(NEXT_STATE))) for tensor in carried]
    body = {
        "once": "one timestep an invocation, its states carried over" if stepping else "a whole row an invocation",
        "arena": f"{10 * len(made.data)}U",
        "steps": str(steps),
        "data": "\n".join(_constants(tensor, row[tensor.name], steps) for tensor in plain),
        "answers": "\n".join(
            _declared(tensor, "Keras", at_end(tensor, answers[tensor.name], length, stepping), str(_size(tensor)))
            for tensor in shown
        ),
        "count": str(len(operators)),
        "operators": "\n".join(
            f"  if (status == kTfLiteOk) status = resolver.Add{_method(name)}();" for name in operators
        ),
        "states": "".join(f"  float {_variable(tensor.name)}[{_size(tensor)}] = {{}};\n" for tensor in states),
        "put": "\n".join(put),
        "carry": "".join(f"{line}\n" for line in carry),
        "show": "\n".join(_show(tensor) for tensor in shown),
    }
    used = "\n".join([body["put"], body["carry"], body["show"]])
    body["helpers"] = "".join(
        text for name, text in (("Put(", _QUANTISE), ("Take(", _DEQUANTISE), ("Copy(", _COPY)) if f" {name}" in used
    )
    return re.sub(r"@(\w+)@", lambda found: body[found[1]], _TEMPLATE)


def _method(operator: str) -> str:
    return _ADDED_AS.get(operator) or "".join(
        word if word[0].isdigit() else word.capitalize() for word in operator.split("_")
    )


def _macro(tensor: MicroTensor, side: str) -> str:
    return f"MODEL_{side}_{re.sub(r'[^A-Za-z0-9]', '_', tensor.name).upper()}"


def _variable(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", name).lower()


def _array(tensor: MicroTensor, prefix: str = "") -> str:
    return f"k{prefix}" + "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", tensor.name))


def _size(tensor: MicroTensor) -> int:
    return int(np.prod(tensor.shape))


def _constants(tensor: MicroTensor, whole: np.ndarray, steps: int) -> str:
    """The example's values of an input, a block a step."""
    each = [whole if whole.shape == tensor.shape else whole[:, step : step + 1] for step in range(steps)]
    return _declared(tensor, "", np.stack(each), f"kSteps * {_size(tensor)}")


def _declared(tensor: MicroTensor, prefix: str, values: np.ndarray, size: str) -> str:
    """A constant array of real values."""
    kind = _real_type(tensor)
    texts = [_literal(value, kind) for value in values.ravel()]
    rows = [", ".join(texts[start : start + 10]) for start in range(0, len(texts), 10)]
    return f"const {kind} {_array(tensor, prefix)}[{size}] = {{\n    " + ",\n    ".join(rows) + "};"


def _real_type(tensor: MicroTensor) -> str:
    return "float" if tensor.scale else _C_TYPES[tensor.dtype]


def _literal(value: Any, kind: str) -> str:
    if kind != "float":
        return str(int(value))
    text = f"{np.float32(value):.9g}"
    return f"{text}f" if any(mark in text for mark in ".e") else f"{text}.0f"


def _put(tensor: MicroTensor, source: str) -> str:
    key, kind = _macro(tensor, "INPUT"), _C_TYPES[tensor.dtype]
    place = f"interpreter.typed_input_tensor<{kind}>({key})"
    if not tensor.scale:
        return f"    Copy({place}, {source}, {_size(tensor)});"
    ends = np.iinfo(tensor.dtype)
    scaled = f"{key}_SCALE, {key}_ZERO_POINT"
    return f"    Put({place}, {source}, {_size(tensor)}, {scaled},\n        {ends.min}.0f, {ends.max}.0f);"


def _take(tensor: MicroTensor, target: str) -> str:
    key, kind = _macro(tensor, "OUTPUT"), _C_TYPES[tensor.dtype]
    place = f"interpreter.typed_output_tensor<{kind}>({key})"
    if not tensor.scale:
        return f"    Copy({target}, {place}, {_size(tensor)});"
    return f"    Take({place}, {target}, {_size(tensor)}, {key}_SCALE, {key}_ZERO_POINT);"


def _show(tensor: MicroTensor) -> str:
    """Prints an output of the last invocation."""
    kind, name, size = _real_type(tensor), _variable(tensor.name), _size(tensor)
    form, cast = ("%.6f", "static_cast<double>") if kind == "float" else ("%ld", "static_cast<long>")
    return (
        f"  {kind} {name}[{size}];\n  {_take(tensor, name).strip()}\n"
        f"  for (int i = 0; i < {size}; ++i) {{\n"
        f'    std::printf("{tensor.name} %d {form}, Keras {form}\\n", i, {cast}({name}[i]),\n'
        f"                {cast}({_array(tensor, 'Keras')}[i]));\n  }}"
    )
