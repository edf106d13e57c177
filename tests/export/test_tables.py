"""Rewriting of constants: tables that the converter leaves in float32 are quantised with a sensible scale."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from common.app import ExportSpec, InputSpec
from export.convert import to_tflite
from export.flatbuffer import constant, pack, read
from export.operators import inventory
from export.runtime import Runtime
from export.tables import quantise_tables, sink_dequantize


def test_a_float32_table_becomes_int8_with_the_scale_of_its_largest_magnitude():
    values = np.random.default_rng(0).normal(0, 0.3, (1500, 1)).astype(np.float32)
    values[7] = -2.54
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    table = layers.Embedding(1500, 1, name="table")
    model = keras.Model(tokens, table(tokens))
    table.set_weights([values])
    spec = ExportSpec({"tokens": InputSpec((5,), "int32")}, ("y",), {}, {}, ())
    objects = read(to_tflite(model, spec, "float32"))
    quantise_tables(objects)
    sink_dequantize(objects)
    data = pack(objects)
    assert dict(inventory(data).constant_bytes)["int8"] == 1500
    (weight,) = [t for t in objects.subgraphs[0].tensors if constant(objects, t) is not None and len(t.shape) == 2]
    np.testing.assert_allclose(weight.quantization.scale, [2.54 / 127], rtol=1e-6)
    rows = np.array([[7, 0, 1, 2, 1499]], np.int32)
    found = Runtime(data).run({"tokens": rows})["y"][0]
    assert np.abs(found - values[rows[0]]).max() <= 2.54 / 127 / 2 * 1.001
    assert found[0, 0] == np.float32(-2.54)


def test_a_scalar_added_to_a_sequence_is_stored_once():
    given = keras.Input((600,), dtype="int32", name="ids")
    rows = keras.layers.Embedding(700, 1)((given + 82) % 700)
    model = keras.Model(given, keras.layers.Dense(1)(keras.layers.Flatten()(rows)))
    spec = ExportSpec({"ids": InputSpec((600,), "int32")}, ("y",), {}, {}, ())
    data = to_tflite(model, spec, "float32")
    assert inventory(data).constant_bytes["int32"] < 600
    ids = np.arange(600, dtype=np.int32)[None]
    np.testing.assert_allclose(Runtime(data).invoke({"ids": ids})["y"], model(ids), atol=1e-5)
