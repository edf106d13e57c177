"""Conversion: the converted model answers as Keras does, holds builtin operators only, and is small."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

from common.app import ExportSpec, InputSpec
from common.errors import UserError
from export.convert import WEIGHTS, Form, convert, to_tflite
from export.flatbuffer import constant, element_count, name_of, read
from export.gates import TOLERANCES, check_operators, check_size
from export.keras_runner import keras_runner
from export.operators import inventory
from export.rows import padded_inputs
from export.runtime import Runtime

KINDS = ("GRU", "LSTM", "SimpleRNN")


@pytest.mark.parametrize(
    "kind, weights", [*((kind, w) for kind in KINDS for w in ("float32", "int8")), ("GRU", "float16")]
)
def test_the_converted_model_agrees_with_keras_at_every_length(converted, expected, rows, kind, weights):
    found = Runtime(converted(kind, weights)).run(rows)["probabilities"]
    assert expected(kind)[:, 0].std() > 0.05, "rows must differ, or agreement says nothing"
    assert np.abs(found - expected(kind)).max() <= TOLERANCES[weights].max_absolute
    check_operators(inventory(converted(kind, weights)))


@pytest.mark.parametrize("kind", KINDS)
def test_int8_holds_every_large_weight_as_int8_and_little_else(tiny, converted, kind):
    found = inventory(converted(kind, "int8"))
    large = sum(int(np.prod(weight.shape)) for weight in tiny(kind).weights if np.prod(weight.shape) >= 1024)
    # SimpleRNN's kernels are below the converter's border of 1024 elements and stay float32.
    assert found.int8_bytes == large
    assert {weight.dtype for weight in found.weights} == {"int8"}
    assert check_size(found).measured["overhead_bytes"] < 64 * 1024


def test_what_stands_in_the_padding_does_not_matter(converted, spec, rows):
    runtime = Runtime(converted("LSTM", "float32"))
    clean = padded_inputs(rows, spec.inputs, np.array([3]))
    dirty = {**clean, "tokens": np.where(np.arange(24) < 9, clean["tokens"], 77).astype(np.int32)}
    assert not np.array_equal(clean["tokens"], dirty["tokens"])
    np.testing.assert_array_equal(runtime.invoke(clean)["probabilities"], runtime.invoke(dirty)["probabilities"])


@pytest.mark.parametrize("weights", WEIGHTS)
def test_one_signature_run_carries_the_names_of_the_specification(converted, weights):
    model = read(converted("GRU", weights))
    (signature,) = model.signatureDefs
    assert signature.signatureKey == b"run"
    assert {entry.name for entry in signature.inputs} == {b"tokens", b"lengths"}
    assert [entry.name for entry in signature.outputs] == [b"probabilities"]


@pytest.mark.parametrize("weights", WEIGHTS)
def test_buffers_are_aligned_and_unique_and_names_short_and_unique(converted, weights):
    data = converted("GRU", weights)
    model = read(data)
    found = [bytes(buffer.data) for buffer in model.buffers[1:]]
    assert len(set(found)) == len(found) and b"" not in found
    assert all(data.find(part) % 16 == 0 for part in found if len(part) >= 1024)
    names = [tensor.name for subgraph in model.subgraphs for tensor in subgraph.tensors]
    assert len(set(names)) == len(names)
    large = {weight.name for weight in inventory(data).weights}
    assert all(len(name) <= 16 for name in names if name.decode().removesuffix("_float32") not in large)


@pytest.mark.parametrize("weights", ["float16", "int8"])
def test_tables_read_twice_are_gathered_as_stored(weights):
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    table = layers.Embedding(2000, 1, name="table")
    both = ops.concatenate([table(tokens), table(ops.flip(tokens, axis=1))], axis=-1)
    model = keras.Model(tokens, layers.Dense(2, name="answer")(layers.GRU(4)(both)))
    spec = ExportSpec({"tokens": InputSpec((6,), "int32")}, ("logits",), {}, {}, ())
    found = read(to_tflite(model, spec, weights))
    main = found.subgraphs[0]
    sources = [main.tensors[op.inputs[0]] for op in main.operators if name_of(found, op) == "DEQUANTIZE"]
    assert len(sources) == 2
    assert all(constant(found, tensor) is None and element_count(tensor) == 6 for tensor in sources)


def test_float16_keeps_the_bits_of_small_constants():
    given = keras.Input((4,), name="x")
    hidden = layers.Dense(512, use_bias=False, name="wide")(given)
    model = keras.Model(given, ops.mean(hidden / (ops.abs(hidden) + 1e-12), axis=-1, keepdims=True))
    spec = ExportSpec({"x": InputSpec((4,), "float32")}, ("y",), {}, {}, ())
    data = to_tflite(model, spec, "float16")
    assert inventory(data).constant_bytes["float16"] == 4 * 512 * 2
    assert np.isfinite(Runtime(data).run({"x": np.zeros((1, 4), np.float32)})["y"]).all()


def test_outputs_come_in_the_order_asked_for_with_sequences_and_integers(tiny, make_spec, rows):
    model, spec = tiny("GRU", sequence=True), make_spec("tags", "probabilities")
    data = to_tflite(model, spec, "float32")
    blocks = [bytes(buffer.data) for buffer in read(data).buffers[1:] if len(buffer.data) >= 512]
    assert all(len(set(block)) > 1 for block in blocks), "the loop's block of zeros must be computed, not stored"
    runtime = Runtime(data)
    assert runtime.outputs == {"tags": (1, 24), "probabilities": (1, 24, 2)}
    assert runtime.dtypes == {"tags": "int32", "probabilities": "float32"}
    expected, found = keras_runner(model, spec)(rows), runtime.run(rows)
    for row, length in enumerate(rows["lengths"]):
        np.testing.assert_allclose(
            found["probabilities"][row, :length], expected["probabilities"][row, :length], atol=1e-5
        )
        np.testing.assert_array_equal(found["tags"][row, :length], expected["tags"][row, :length])


def test_the_same_model_gives_the_same_bytes(tiny, converted, spec):
    assert to_tflite(tiny("GRU"), spec, "int8") == converted("GRU", "int8")


def test_a_saved_and_loaded_model_converts_and_answers_the_same(bag, spec, rows, tmp_path):
    bag.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    expected = keras_runner(bag, spec)(rows)["probabilities"]
    found = Runtime(to_tflite(loaded, spec, "float32")).run(rows)["probabilities"]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_conversion_is_quiet(bag, spec, capfd):
    to_tflite(bag, spec, "float32")
    assert capfd.readouterr() == ("", "")


def test_a_model_that_needs_flex_is_refused_with_operator_and_layer():
    import tensorflow as tf

    class Spelling(layers.Layer):
        def call(self, x):
            return tf.strings.to_number(tf.strings.as_string(x))

    given = keras.Input((8,), name="x")
    model = keras.Model(given, layers.Dense(1)(Spelling(name="spelling")(given)))
    spec = ExportSpec({"x": InputSpec((8,), "float32")}, ("y",), {}, {}, ())
    with pytest.raises(UserError, match=r"gate operators.*AsString, StringToNumber in layer spelling;"):
        to_tflite(model, spec, "float32")


def test_an_operator_with_a_dynamic_result_is_refused():
    import tensorflow as tf

    class Distinct(layers.Layer):
        def call(self, x):
            return ops.sum(ops.cast(tf.unique(x[0])[0], "float32"))[None, None]

    given = keras.Input((8,), dtype="int32", name="x")
    model = keras.Model(given, layers.Dense(1)(Distinct()(given)))
    spec = ExportSpec({"x": InputSpec((8,), "int32")}, ("y",), {}, {}, ())
    with pytest.raises(UserError, match=r"UNIQUE"):
        check_operators(inventory(to_tflite(model, spec, "float32")))


def test_names_that_do_not_match_are_told(tiny, make_spec):
    with pytest.raises(UserError, match="outputs logits, found probabilities"):
        to_tflite(tiny("GRU"), make_spec("logits"), "float32")
    other = ExportSpec({"text": InputSpec((8,), "int32")}, ("probabilities",), {}, {}, ())
    with pytest.raises(UserError, match="inputs text, found"):
        to_tflite(tiny("GRU"), other, "float32")


@pytest.mark.parametrize("kind, products", [("GRU", 1), ("LSTM", 1), ("SimpleRNN", 1), ("GRU before", 2)])
@pytest.mark.parametrize("steps", [1, 3])
def test_steps_written_out_do_not_multiply_the_zero_state_they_start_from(kind, products, steps):
    keras.utils.set_random_seed(4)
    options = {"reset_after": False} if kind == "GRU before" else {}
    inputs = keras.Input((steps, 5))
    layer = getattr(layers, kind.split()[0])(32, return_sequences=True, bias_initializer="normal", **options)
    model = keras.Model(inputs, {"y": layer(inputs)})
    spec = ExportSpec({inputs.name: InputSpec((steps, 5), "float32")}, ("y",), {}, {}, ())
    data = convert(model, spec, Form("float32", fastest=True)).data
    found = read(data)
    names = [name_of(found, operator) for operator in found.subgraphs[0].operators]
    assert names.count("FULLY_CONNECTED") == 1 + products * (steps - 1)  # one for the inputs of all steps
    assert steps > 1 or not any(b"recurrent" in tensor.name for tensor in found.subgraphs[0].tensors)
    rows = np.random.default_rng(0).normal(size=(1, steps, 5)).astype(np.float32)
    answer = Runtime(data).invoke({inputs.name: rows})["y"]
    np.testing.assert_allclose(answer, ops.convert_to_numpy(model(rows)["y"]), atol=1e-6)
