"""Random Keras models with recurrent layers, drawn by hypothesis, to convert."""

from __future__ import annotations

from typing import Any

import keras
from hypothesis import strategies as st
from keras import layers

from common.layers import MinGRU

VOCABULARY, FEATURES, TIMESTEPS = 40, 6, 18
CELLS = {
    "simple_rnn": (layers.SimpleRNN, layers.SimpleRNNCell),
    "lstm": (layers.LSTM, layers.LSTMCell),
    "gru": (layers.GRU, layers.GRUCell),
    "min_gru": (MinGRU, None),
}


def _recurrent(draw: Any, sequences: bool) -> layers.Layer:
    kind = draw(st.sampled_from(sorted(CELLS)))
    layer, cell = CELLS[kind]
    options: dict[str, Any] = {"use_bias": draw(st.booleans())}
    if kind != "min_gru":
        options["activation"] = draw(st.sampled_from(["tanh", "tanh", "relu", "linear", "hard_sigmoid", "softsign"]))
        options["bias_initializer"] = "random_normal"
    if kind in ("lstm", "gru"):
        options["recurrent_activation"] = draw(st.sampled_from(["sigmoid", "sigmoid", "hard_sigmoid"]))
    if kind == "gru":
        options["reset_after"] = draw(st.booleans())
    units = st.sampled_from([1, 3, 8, 33])
    form = draw(st.sampled_from(["layer", "layer", "cell", "stack"])) if cell else "layer"
    merge = draw(st.sampled_from([None, None, "concat", "sum", "ave", "mul"])) if form == "layer" else None
    common = {"return_sequences": sequences, "go_backwards": merge is None and draw(st.booleans())}
    if form == "layer":
        made = layer(draw(units), **options, **common)
    else:
        cells = [cell(draw(units), **options) for _ in range(2 if form == "stack" else 1)]
        made = layers.RNN(cells if form == "stack" else cells[0], **common)
    if merge:
        made = layers.Bidirectional(made, merge_mode=merge)
    return made


def _front(draw: Any, steps: int | None) -> tuple[Any, Any]:
    """An input and a sequence made of it."""
    kind = draw(st.sampled_from(["features", "tokens", "masked tokens", "masking"]))
    if "tokens" in kind:
        given = keras.Input((steps,), dtype="int32")
        return given, layers.Embedding(VOCABULARY, 7, mask_zero=kind == "masked tokens")(given)
    given = keras.Input((steps, FEATURES))
    return given, layers.Masking(0.0)(given) if kind == "masking" else given


def _between(draw: Any, x: Any) -> Any:
    kind = draw(st.sampled_from(["nothing", "dense", "normalization", "causal", "same", "dropout", "residual"]))
    width = x.shape[-1]
    if kind == "dense":
        return layers.Dense(5, activation="relu")(x)
    if kind == "normalization":
        return layers.LayerNormalization()(x)
    if kind in ("causal", "same"):
        return layers.Conv1D(4, 3, padding=kind)(x)
    if kind == "dropout":
        return layers.Dropout(0.3)(x)
    if kind == "residual":
        return layers.Add()([x, layers.Dense(width)(x)])
    return x


@st.composite
def models(draw: Any) -> keras.Model:
    """A model with one or two inputs, one to three recurrent layers, perhaps nested, with one or two outputs."""
    steps = draw(st.sampled_from([None, TIMESTEPS]))
    inputs, heads = [], []
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        given, x = _front(draw, steps)
        inputs.append(given)
        depth = draw(st.integers(1, 3))
        for level in range(depth):
            x = _between(draw, x)
            x = _recurrent(draw, sequences=level < depth - 1 or draw(st.booleans()))(x)
        if len(x.shape) == 3 and draw(st.booleans()):
            x = draw(st.sampled_from([layers.GlobalAveragePooling1D, layers.GlobalMaxPooling1D]))()(x)
        heads.append(layers.Dense(3, activation=draw(st.sampled_from([None, "softmax", "tanh"])))(x))
    outputs = heads
    if len(heads) == 2 and all(len(head.shape) == 2 for head in heads) and draw(st.booleans()):
        outputs = [layers.Concatenate()(heads)]
    model = keras.Model(inputs, outputs)
    if draw(st.booleans()):  # nested in another model
        again = [keras.Input(tensor.shape[1:], dtype=tensor.dtype) for tensor in inputs]
        found = model(again)
        model = keras.Model(again, found)
    return model
