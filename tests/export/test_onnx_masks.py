"""The ONNX lane under masks: holes, rows without a real step, given states, directions, in any mix."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers, ops

from common.layers import MinGRU, length_mask
from export.onnx_lane import onnx_missing, to_onnx
from tests.export.onnx_models import FEATURES, chain, check, nodes_of, spec_of, spread

pytestmark = pytest.mark.skipif(bool(onnx_missing()), reason="the extra `onnx` is not installed")


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
def test_masks_with_holes_and_given_states(backwards, zero):
    x = keras.Input((None, FEATURES), name="x")
    start = [keras.Input((4,), name=name) for name in ("h", "c")]
    options = {"go_backwards": backwards, "zero_output_for_mask": zero, "return_state": True}
    mask = ops.any(ops.not_equal(x, 0.0), axis=-1)
    whole = layers.RNN(layers.LSTMCell(4), return_sequences=True, **options)(x, initial_state=start, mask=mask)
    last = layers.RNN(layers.LSTMCell(4), **options)(x, mask=mask)
    model = spread(keras.Model([x, *start], [*whole, *last]))
    data = to_onnx(model, spec_of(model))
    assert nodes_of(data)["LSTM"] == 2
    check(model, data)


class Steps(layers.Layer):
    """(batch, timesteps) bool masks of the first `lengths` steps, made in several ways."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way

    def call(self, x: Any, lengths: Any) -> Any:
        steps = ops.arange(ops.shape(x)[1], dtype="int32")
        if self.way == "turned":  # the last steps
            return ops.flip(steps, axis=0)[None, :] < lengths[:, None]
        if self.way == "greater":
            return lengths[:, None] > steps[None, :] * 2
        return length_mask(x, lengths) if self.way == "ours" else steps < lengths[:, None]


@pytest.mark.parametrize("way", ["plain", "greater", "ours", "turned"])
def test_a_mask_made_from_lengths_needs_no_sorting(way):
    x = keras.Input((None, FEATURES), name="x")
    lengths = keras.Input((), dtype="int32", name="lengths")
    mask = Steps(way)(x, lengths)
    model = spread(keras.Model([x, lengths], layers.Bidirectional(layers.GRU(4, return_sequences=True))(x, mask=mask)))
    data = to_onnx(model, spec_of(model))
    assert bool(nodes_of(data)["TopK"]) is (way == "turned")
    assert nodes_of(data)["ReverseSequence"] <= int(way == "turned"), "what two layers turn and turn back stays"
    check(model, data)


CELLS = (layers.SimpleRNN, layers.LSTM, layers.GRU, MinGRU)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    cells=st.lists(st.sampled_from(CELLS), min_size=1, max_size=2),
    merge=st.sampled_from([None, "concat", "sum", "ave", "mul"]),
    masked=st.booleans(),
    backwards=st.booleans(),
    last=st.booleans(),
    size=st.tuples(st.integers(1, 4), st.integers(1, 20)),
)
def test_any_mix_of_layers_agrees_with_keras(cells, merge, masked, backwards, last, size):
    parts: list[Any] = [layers.Masking()] if masked else []
    for number, cell in enumerate(cells):
        options = {"return_sequences": not (last and number == len(cells) - 1)}
        if merge is None:
            parts.append(cell(4, go_backwards=backwards, **options))
        else:
            parts.append(layers.Bidirectional(cell(4, **options), merge_mode=merge))
    model = chain(*parts, layers.Dense(2))
    check(model, to_onnx(model, spec_of(model)), [size])
