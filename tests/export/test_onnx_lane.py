"""The ONNX lane: real recurrent nodes, open batch and time, the answers of Keras, refusals with a reason."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from common.app import ExportSpec, InputSpec
from common.errors import UserError
from common.layers import MinGRU, MinGRUCell
from export.onnx_lane import convert_onnx, onnx_missing, to_onnx
from export.onnx_nodes import OPSET
from tests.export.onnx_models import FEATURES, chain, check, nodes_of, spec_of, spread

pytestmark = pytest.mark.skipif(bool(onnx_missing()), reason="the extra `onnx` is not installed")

MODELS = {
    "lstm": (lambda: chain(layers.LSTM(4, return_sequences=True)), {"LSTM": 1}),
    "lstm last, hard": (lambda: chain(layers.LSTM(4, recurrent_activation="hard_sigmoid")), {"LSTM": 1}),
    "gru": (lambda: chain(layers.GRU(4, return_sequences=True), layers.Dense(2)), {"GRU": 1}),
    "gru, reset before": (lambda: chain(layers.GRU(4, reset_after=False, activation="elu")), {"GRU": 1}),
    "no bias": (lambda: chain(layers.GRU(4, use_bias=False), layers.Dense(2)), {"GRU": 1}),
    "simple rnn": (lambda: chain(layers.SimpleRNN(4, activation="relu", return_sequences=True)), {"RNN": 1}),
    "linear": (lambda: chain(layers.SimpleRNN(2, activation="linear", kernel_initializer="zeros")), {"RNN": 1}),
    "backwards": (lambda: chain(layers.LSTM(4, go_backwards=True, return_sequences=True)), {"LSTM": 1}),
    "both, sum": (lambda: chain(layers.Bidirectional(layers.GRU(4), merge_mode="sum")), {"GRU": 2}),
    "deep": (
        lambda: chain(
            layers.Masking(),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode="mul"),
            layers.LSTM(3, go_backwards=True),
        ),
        {"LSTM": 3, "TopK": 3},
    ),
    "cells": (
        lambda: chain(layers.Masking(), layers.RNN([layers.LSTMCell(4), layers.GRUCell(5)], return_sequences=True)),
        {"LSTM": 1, "GRU": 1},
    ),
    "minGRU": (lambda: chain(MinGRU(4, return_sequences=True)), {"Loop": 1}),
    "minGRU both, masked": (lambda: chain(layers.Masking(), layers.Bidirectional(MinGRU(4))), {"Loop": 2}),
}


@pytest.mark.parametrize("name", MODELS)
def test_recurrent_layers_become_nodes_that_answer_as_keras_does(name):
    make, wanted = MODELS[name]
    model = make()
    data, slow = convert_onnx(model, spec_of(model))
    assert not slow
    found = nodes_of(data)
    assert {kind: found[kind] for kind in ("LSTM", "GRU", "RNN", "Loop") if found[kind]} == {
        kind: count for kind, count in wanted.items() if kind != "TopK"
    }
    check(model, data)


def test_words_masked_by_the_embedding_and_two_inputs():
    words, other = keras.Input((None,), dtype="int32", name="words"), keras.Input((2,), name="other")
    hidden = layers.Embedding(9, 5, mask_zero=True)(words)
    hidden = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(hidden)
    hidden = layers.concatenate([layers.GRU(3)(hidden), other])
    model = spread(keras.Model([words, other], [layers.Dense(2, activation="softmax")(hidden), hidden]))
    check(model, to_onnx(model, spec_of(model)))


def test_the_file_states_its_opset_names_and_open_axes():
    import onnx

    model = chain(layers.LSTM(4, return_sequences=True))
    made = onnx.load_from_string(to_onnx(model, spec_of(model)))
    assert {entry.domain: entry.version for entry in made.opset_import}[""] == OPSET
    shapes = {
        item.name: [size.dim_param or size.dim_value for size in item.type.tensor_type.shape.dim]
        for item in (*made.graph.input, *made.graph.output)
    }
    assert shapes == {"x": ["batch", "time", FEATURES], "out_0": ["batch", "out_0_time", 4]}


def test_a_fixed_length_stays_fixed():
    x = keras.Input((6, FEATURES), name="x")
    model = spread(keras.Model(x, layers.Bidirectional(layers.GRU(4, return_sequences=True))(x)))
    check(model, to_onnx(model, spec_of(model)), [(1, 6), (5, 6)])


def test_a_sequential_model_converts():
    x = keras.Input((None, FEATURES), name="x")
    model = spread(keras.Sequential([x, layers.LSTM(4)]))
    data = to_onnx(model, ExportSpec({"x": InputSpec((1,), "float32")}, ("out_0",), {}, {}, ()))
    check(keras.Model(model.inputs, model.outputs), data)


@pytest.mark.parametrize(
    "layer, reason",
    [
        (lambda: layers.LSTM(4, activation="relu6"), "relu6"),
        (lambda: layers.RNN(MinGRUCell(4)), "no node for min_gru"),
    ],
)
def test_a_cell_without_a_node_becomes_a_loop_and_the_reason_is_told(layer, reason):
    model = chain(layer())
    data, slow = convert_onnx(model, spec_of(model))
    (told,) = slow.values()
    assert reason in told and nodes_of(data)["Loop"] == 1
    check(model, data)


def test_int8_is_the_dynamic_quantization_of_onnx_runtime():
    import onnxruntime

    model = chain(layers.LSTM(64, return_sequences=True), layers.Dense(4))
    whole, small = to_onnx(model, spec_of(model)), to_onnx(model, spec_of(model), "int8")
    assert nodes_of(small)["DynamicQuantizeLSTM"] == 1
    assert len(small) < 0.4 * len(whole)
    inputs = {"x": np.random.default_rng(0).normal(size=(2, 9, FEATURES)).astype(np.float32)}
    one, other = (onnxruntime.InferenceSession(data).run(None, inputs)[0] for data in (whole, small))
    assert 0 < np.abs(one - other).max() < 0.05 * np.abs(one).max()


def test_a_layer_called_twice_stores_its_weights_once():
    x = keras.Input((None, FEATURES), name="x")
    layer = layers.LSTM(64)
    twice = spread(keras.Model(x, [layer(x), layer(2 * x)]))
    once = spread(keras.Model(x, layer(x)))
    assert len(to_onnx(twice, spec_of(twice))) < 1.1 * len(to_onnx(once, spec_of(once)))
    check(twice, to_onnx(twice, spec_of(twice)))


def test_the_model_is_as_before_and_the_same_model_gives_the_same_bytes():
    model = chain(layers.Bidirectional(layers.GRU(4)), layers.Dense(2))
    before = np.asarray(model(np.ones((1, 5, FEATURES), np.float32)))
    assert to_onnx(model, spec_of(model)) == to_onnx(model, spec_of(model))
    assert not any("inner_loop" in vars(layer) for layer in model._flatten_layers())
    np.testing.assert_array_equal(np.asarray(model(np.ones((1, 5, FEATURES), np.float32))), before)


def test_what_onnx_lacks_is_refused_by_name(capfd):
    import tensorflow as tf

    class Special(layers.Layer):
        def call(self, x):
            return tf.math.digamma(x)

    x = keras.Input((8,), name="x")
    model = keras.Model(x, layers.Dense(1)(Special(name="special")(x)))
    with pytest.raises(UserError, match=r"lane onnx: expected operators that ONNX has, found: .*Digamma"):
        to_onnx(model, spec_of(model))
    assert capfd.readouterr() == ("", "")


def test_without_the_extra_the_lane_says_what_to_install(monkeypatch):
    monkeypatch.setattr("export.onnx_lane.onnx_missing", lambda: "onnx is not installed (pip install 'unroll[onnx]')")
    model = chain(layers.GRU(4))
    with pytest.raises(UserError, match=r"onnx is not installed \(pip install 'unroll\[onnx\]'\)"):
        to_onnx(model, spec_of(model))
