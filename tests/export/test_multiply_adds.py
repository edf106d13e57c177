"""Multiply-adds counted from the file are those that the equations have, whatever form the loops take."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from common.app import ExportSpec, InputSpec
from common.errors import UserError
from common.layers import MinGRU, length_mask
from export.benchmark import some_inputs
from export.convert import Form, convert
from export.multiply_adds import multiply_adds

T, F, H = 16, 5, 8
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


def counted(model: keras.Model, form: Form, inputs: dict[str, InputSpec], **given: np.ndarray) -> int:
    spec = ExportSpec(inputs, ("y",), {}, {}, ())
    return multiply_adds(convert(model, spec, form).data, {**some_inputs(inputs), **given})


def layer_model(kind: str = "LSTM", steps: int = T, **options: object) -> tuple[keras.Model, dict[str, InputSpec]]:
    x = keras.Input((steps, F), name="x")
    return keras.Model(x, getattr(layers, kind)(H, **options)(x)), {"x": InputSpec((steps, F), "float32")}


@pytest.mark.parametrize("form", [Form("float32"), Form("int8"), Form("int4"), Form("int8", fastest=True)])
@pytest.mark.parametrize("kind", GATES)
def test_a_layer_has_the_products_of_its_equations_as_a_loop_and_written_out(kind, form) -> None:
    model, inputs = layer_model(kind, return_sequences=True)
    first = GATES[kind] * H * H if form.fastest else 0  # written out, the product with the zero state is left out
    assert counted(model, form, inputs) == T * GATES[kind] * H * (F + H) - first


@pytest.mark.parametrize("form, products", [(Form("float32", fast=False), T), (Form("float32", loops=False), T - 1)])
def test_keras_own_loop_and_a_graph_without_loops_count_alike(form, products) -> None:
    model, inputs = layer_model(return_sequences=True)
    assert counted(model, form, inputs) == T * 4 * H * F + products * 4 * H * H


def test_steps_that_fill_up_the_last_iteration_are_counted_because_they_run() -> None:
    model, inputs = layer_model(steps=18, return_sequences=True)
    ((_, schedule),) = convert(model, ExportSpec(inputs, ("y",), {}, {}, ()), Form()).layers
    assert schedule.unroll == 4
    assert counted(model, Form(), inputs) == 20 * 4 * H * (F + H)


def test_loops_stop_where_the_real_steps_end() -> None:
    tokens, lengths = keras.Input((T,), dtype="int32", name="tokens"), keras.Input((), dtype="int32", name="lengths")
    x = layers.Embedding(9, F)(tokens)
    y = layers.Dense(3)(layers.Bidirectional(layers.LSTM(H))(x, mask=length_mask(x, lengths)))
    model = keras.Model([tokens, lengths], y)
    inputs = {"tokens": InputSpec((T,), "int32"), "lengths": InputSpec((), "int32")}
    products, last = T * 4 * H * F, 2 * H * 3
    assert counted(model, Form(), inputs) == 2 * (products + T * 4 * H * H) + last
    assert counted(model, Form(), inputs, lengths=np.array([6], np.int32)) == 2 * (products + 6 * 4 * H * H) + last


def test_convolutions_and_products_of_two_tensors() -> None:
    x = keras.Input((12, 10, 4), name="x")
    y = layers.Conv2D(6, (3, 2), padding="valid")(x)  # (10, 9, 6)
    y = layers.DepthwiseConv2D(3, padding="same")(y)
    y = layers.Conv2DTranspose(5, 2, strides=2)(y)  # (20, 18, 5)
    rows = keras.ops.reshape(y, (-1, 360, 5))
    model = keras.Model(x, keras.ops.matmul(rows, keras.ops.transpose(rows, (0, 2, 1))))
    expected = 10 * 9 * 6 * 3 * 2 * 4 + 10 * 9 * 6 * 9 + 10 * 9 * 6 * 4 * 5 + 360 * 360 * 5
    assert counted(model, Form("float32"), {"x": InputSpec((12, 10, 4), "float32")}) == expected


def test_min_gru_has_products_only_before_its_loop() -> None:
    steps = 20  # its loop takes ten at once
    x = keras.Input((steps, F), name="x")
    model = keras.Model(x, MinGRU(H, return_sequences=True)(x))
    assert counted(model, Form(), {"x": InputSpec((steps, F), "float32")}) == steps * 2 * H * F


def test_an_operator_whose_products_are_not_known_is_refused(monkeypatch) -> None:
    monkeypatch.setattr("export.multiply_adds._UNKNOWN", {"WHILE"})
    model, inputs = layer_model()
    with pytest.raises(UserError, match="found WHILE; limit size or latency"):
        counted(model, Form(), inputs)
