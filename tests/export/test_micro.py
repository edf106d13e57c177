"""The lane for TensorFlow Lite Micro; Micro itself runs in `make bench-lanes`."""

import keras
import numpy as np
import pytest

from common.app import ExportSpec, InputSpec
from common.data.ragged import Ragged
from common.errors import UserError
from common.layers.masking import length_mask
from export.calibration import quantised
from export.flatbuffer import DTYPES, name_of, read
from export.micro import to_micro
from export.micro_files import c_files
from export.micro_form import OPERATORS, operator_names
from export.micro_runner import MicroTensor, run_row

TIMESTEPS, WORDS = 10, 30


def build(bidirectional: bool = False) -> keras.Model:
    keras.utils.set_random_seed(2)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    lengths = keras.Input((), dtype="int32", name="lengths")
    spread = keras.initializers.RandomNormal(stddev=1.0, seed=1)
    x = keras.layers.Embedding(WORDS, 6, embeddings_initializer=spread)(tokens)
    layer = keras.layers.LSTM(8)
    if bidirectional:
        layer = keras.layers.Bidirectional(layer)
    x = layer(x, mask=length_mask(tokens, lengths))
    answer = keras.layers.Dense(2, activation="softmax", kernel_initializer=spread)(x)
    return keras.Model([tokens, lengths], {"probabilities": answer})


@pytest.fixture(scope="module")
def words_spec():
    inputs = {"tokens": InputSpec((TIMESTEPS,), "int32"), "lengths": InputSpec((), "int32")}
    return ExportSpec(inputs, ("probabilities",), {}, {}, ())


@pytest.fixture(scope="module")
def examples():
    generator = np.random.default_rng(0)
    lengths = generator.integers(1, TIMESTEPS + 1, 40)
    tokens = Ragged.from_rows([generator.integers(1, WORDS, length) for length in lengths], np.int32)
    return {"tokens": tokens, "lengths": tokens.lengths}


@pytest.fixture(scope="module")
def int8(words_spec, examples):
    return to_micro(build(), words_spec, examples, "int8")


def test_one_step_in_integers_that_micro_knows(int8):
    model = read(int8.data)
    assert int8.signature == "step" and len(model.subgraphs) == 1
    subgraph = model.subgraphs[0]
    assert {name_of(model, operator) for operator in subgraph.operators} <= OPERATORS
    assert "float32" not in {DTYPES[tensor.type] for tensor in subgraph.tensors}
    assert {tensor.name for tensor in int8.inputs} == {"tokens", "state_0", "state_1"}


def test_every_step_in_float32_equals_keras(words_spec, examples):
    made = to_micro(build(), words_spec, examples, "float32")
    assert made.gates[0].measured["probabilities"]["max_absolute"] < 1e-5


def test_integer_answers_are_near_keras_and_told(int8):
    measured = int8.gates[0].measured["probabilities"]
    assert 0 < measured["max_absolute"] < 0.1 and measured["same_label"] > 0.9


def test_a_reversed_layer_that_micro_lacks_is_refused(words_spec, examples):
    with pytest.raises(UserError, match="expected operators of TensorFlow Lite Micro, found REVERSE_SEQUENCE"):
        to_micro(build(bidirectional=True), words_spec, examples, "float32")


def test_the_place_of_the_largest_value_needs_no_top_k():
    keras.utils.set_random_seed(1)
    x = keras.Input((TIMESTEPS, 3), name="x")
    scores = keras.layers.Dense(4)(keras.layers.GRU(4, return_sequences=True)(x))
    model = keras.Model(x, {"best": keras.ops.top_k(scores, 1)[1][..., 0]})
    spec = ExportSpec({"x": InputSpec((TIMESTEPS, 3), "float32")}, ("best",), {}, {}, ())
    rows = np.random.default_rng(0).normal(0, 3, (40, TIMESTEPS, 3)).astype(np.float32)
    made = to_micro(model, spec, {"x": rows}, "float32")
    names = operator_names(read(made.data))
    assert "ARG_MAX" in names and "TOPK_V2" not in names
    assert made.gates[0].measured["best"] == {"equal": 1.0}
    assert len(np.unique(np.asarray(model(rows)["best"]))) > 1


def test_many_tensors_are_joined_in_parts_of_ten():
    keras.utils.set_random_seed(1)
    x = keras.Input((112, 2), name="x")
    y = keras.ops.concatenate([x[:, step] * (step % 7 + 1) for step in range(112)], axis=-1)
    model = keras.Model(x, {"y": y})
    spec = ExportSpec({"x": InputSpec((112, 2), "float32")}, ("y",), {}, {}, ())
    rows = np.random.default_rng(0).normal(size=(8, 112, 2)).astype(np.float32)
    made = to_micro(model, spec, {"x": rows}, "float32", step=False)
    (subgraph,) = read(made.data).subgraphs
    joins = [len(op.inputs) for op in subgraph.operators if name_of(read(made.data), op) == "CONCATENATION"]
    assert sorted(joins) == [2, 6, 6, *[9] * 8, *[10] * 4] and made.gates[0].measured["y"]["max_absolute"] < 1e-5


def test_sixteen_bit_look_ups_are_refused(words_spec, examples):
    with pytest.raises(UserError, match="found GATHER of int16"):
        to_micro(build(), words_spec, examples, "int16x8")


def test_a_quantiser_that_fails_or_hangs_becomes_an_error():
    with pytest.raises(UserError, match=r"ran past 0\.05 seconds"):
        quantised(b"nothing", [[np.zeros(1, np.float32)]], "int8", limit_seconds=0.05)
    with pytest.raises(UserError, match=r"ended with status 1: .*Failed to parse the model"):
        quantised(b"nothing", [[np.zeros(1, np.float32)]], "int8")


def test_the_c_array_holds_the_model_and_its_scales(int8):
    header, source = c_files(int8, "words", arena_bytes=4321)
    numbers = source[source.index("{") + 1 : source.index("}")].replace(",", " ").split()
    assert bytes(int(number, 16) for number in numbers) == int8.data
    assert "#define WORDS_ARENA_BYTES 4321" in header
    (state,) = [tensor for tensor in int8.inputs if tensor.name == "state_0"]
    assert f"#define WORDS_INPUT_STATE_0_SCALE {np.float32(state.scale):.9g}f" in header
    assert "ARENA_BYTES" not in c_files(int8, "words")[0]
    with pytest.raises(UserError, match="C identifier"):
        c_files(int8, "my model")


def test_states_are_carried_over_by_both_scales():
    """A counter: next state = state + 1, stored with another scale than it is read with."""
    inputs = (MicroTensor("x", (1, 1), "float32"), MicroTensor("state_0", (1, 1), "int8", 0.5, 3))
    outputs = (MicroTensor("next_state_0", (1, 1), "int8", 0.25, -1), MicroTensor("y", (1, 1), "int8", 1.0, 0))

    def invoke(values):
        state = (values[1].astype(np.float32) - 3) * 0.5 + 1
        return [(state / 0.25 - 1).astype(np.int8), state.astype(np.int8)]

    found = run_row(invoke, inputs, outputs, {"x": np.zeros((1, 4), np.float32)}, 4)
    np.testing.assert_array_equal(found["y"].ravel(), [1, 2, 3, 4])
    assert MicroTensor("s", (1,), "int8", 0.1).stored(np.array([99.0]))[0] == 127
