"""Stacks of standard Keras recurrent layers, unidirectional or bidirectional, one or many deep."""

from __future__ import annotations

from typing import Any

import keras

CELLS = {"simple_rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def recurrent_stack(
    sequence: Any,
    mask: Any,
    *,
    cell: str,
    units: int,
    layers: int = 1,
    bidirectional: bool = False,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
    return_sequences: bool = True,
    name: str = "recurrent",
) -> Any:
    """Applies a stack of recurrent layers; padded steps change neither states nor results, in either direction.

    Args:
        sequence: (batch, timesteps, features) float32 Keras tensor.
        mask: (batch, timesteps) bool Keras tensor, True at real steps; padding is on the right.
        cell: "simple_rnn" (Elman 1990), "lstm" (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al.
            2000, its bias 1 at the start) or "gru" (Cho et al. 2014, in the reset-after form).
        units: int. The size of the state, per direction.
        layers: int. How many recurrent layers lie on each other.
        bidirectional: whether a second set of weights reads the sequence backwards; outputs are concatenated.
        dropout: float. Share of the inputs of each layer dropped in training.
        recurrent_dropout: float. Share of the state dropped in training, the same at every step (Gal and Ghahramani
            2016).
        return_sequences: whether the last layer gives every step or its last state.
        name: prefix of the layers' names.

    Returns:
        (batch, timesteps, units or 2 units) with `return_sequences`, else (batch, units or 2 units).
    """
    for depth in range(layers):
        layer = CELLS[cell](
            units,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            return_sequences=return_sequences or depth < layers - 1,
            name=f"{name}_{depth}",
        )
        if bidirectional:
            layer = keras.layers.Bidirectional(layer, name=f"{name}_{depth}_both_ways")
        sequence = layer(sequence, mask=mask)
    return sequence
