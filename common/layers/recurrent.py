"""Recurrent stacks: any cell, one or both directions, one or many layers deep, from lengths to states.

A stack is standard Keras layers and operations applied to Keras tensors (minGRU is the one cell of our own), so a model
that holds one is saved, loaded and trained further by plain Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from common.layers.masking import length_mask
from common.layers.min_gru import MinGRU

CELLS = {
    "simple_rnn": keras.layers.SimpleRNN,
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
    "min_gru": MinGRU,
}


class RecurrentStack:
    """Recurrent layers on each other; the layers are made once, so two calls share their weights.

    Args:
        cell: "simple_rnn" (Elman 1990), "lstm" (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al.
            2000, its bias 1 at the start), "gru" (Cho et al. 2014, in the reset-after form) or "min_gru" (Feng et al.
            2024). Recurrent kernels start orthogonal (Saxe et al. 2014).
        units: int. The size of the state, per direction.
        layers: int. How many recurrent layers lie on each other.
        bidirectional: whether a second set of weights reads the sequence backwards; outputs are concatenated.
        residual: whether a layer's input is added to its output where both have the same size; the last layer has no
            such connection when only its last state is returned.
        layer_normalization: whether each layer's output is normalised (Ba et al. 2016).
        input_dropout: float. Share of the features of each layer's input dropped in training.
        recurrent_dropout: float. Share of the state dropped in training (of minGRU's candidate).
        output_dropout: float. Share of the features of each layer's output dropped in training. All three drop the
            same features at every step of a sequence (variational dropout: Gal and Ghahramani 2016).
        return_sequences: whether the last layer gives every step or its last state.
        return_state: whether the last states of all layers are returned too.
        stateful: whether states stay from one batch to the next, as in Keras; needs a fixed batch size and one
            direction.
        seed: int or None. Seed of the dropout.
        name: prefix of the layers' names.

    Raises:
        ValueError: a cell that is not in `CELLS`; `stateful` with `bidirectional`.

    >>> sequence, lengths = keras.Input((None, 3)), keras.Input((), dtype="int32")
    >>> RecurrentStack("gru", 8, layers=2, bidirectional=True)(sequence, lengths).shape
    (None, None, 16)
    """

    def __init__(
        self,
        cell: str,
        units: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        residual: bool = False,
        layer_normalization: bool = False,
        input_dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        output_dropout: float = 0.0,
        return_sequences: bool = True,
        return_state: bool = False,
        stateful: bool = False,
        seed: int | None = None,
        name: str = "recurrent",
    ) -> None:
        if cell not in CELLS:
            raise ValueError(f"cell: expected one of {', '.join(CELLS)}, found {cell!r}")
        if stateful and bidirectional:
            raise ValueError("expected one direction with stateful=True: reading backwards starts at the end")
        self.residual, self.return_sequences, self.return_state = residual, return_sequences, return_state
        self.states_per_layer = (2 if cell == "lstm" else 1) * (2 if bidirectional else 1)
        self.recurrent, self.normalizations, self.dropouts = [], [], []
        for depth in range(layers):
            sequences = return_sequences or depth < layers - 1
            layer = CELLS[cell](
                units,
                dropout=input_dropout,
                recurrent_dropout=recurrent_dropout,
                return_sequences=sequences,
                return_state=return_state,
                stateful=stateful,
                seed=None if seed is None else seed + 2 * depth,
                name=f"{name}_{depth}",
            )
            if bidirectional:
                layer = keras.layers.Bidirectional(layer, name=f"{name}_{depth}_both_ways")
            self.recurrent.append(layer)
            if layer_normalization:
                self.normalizations.append(keras.layers.LayerNormalization(name=f"{name}_{depth}_normalization"))
            if output_dropout:
                kind = keras.layers.SpatialDropout1D if sequences else keras.layers.Dropout
                seed_here = None if seed is None else seed + 2 * depth + 1
                self.dropouts.append(kind(output_dropout, seed=seed_here, name=f"{name}_{depth}_dropout"))

    def __call__(
        self, sequence: Any, lengths: Any = None, *, stride: int = 1, initial_state: Sequence[Any] | None = None
    ) -> Any:
        """Applies the stack; padded steps change neither states nor results, in either direction.

        Args:
            sequence: (batch, timesteps, features) float Keras tensor, padded on the right.
            lengths: (batch,) int32 Keras tensor, the number of real steps; None when every step is real.
            stride: int. How many steps of `lengths` one step of `sequence` stands for (after pooling by 4: 4).
            initial_state: `states_per_layer` tensors (batch, units) for each layer, the first layer's first: h, for an
                LSTM h and c; with two directions those of the forward one first. None for zeros.

        Returns:
            (batch, timesteps, units or 2 units) with `return_sequences`, else (batch, units or 2 units); with
            `return_state` the pair of that and the list of last states, in the order of `initial_state`. A sequence
            carries Keras' mask on: Keras' GlobalAveragePooling1D is NaN for a row of length 0, `pool_sequence` is 0.
        """
        mask = None if lengths is None else length_mask(sequence, lengths, stride)
        given = list(initial_state or [])
        if given and len(given) != len(self.recurrent) * self.states_per_layer:
            wanted = len(self.recurrent) * self.states_per_layer
            raise ValueError(f"initial_state: expected {wanted} tensors, found {len(given)}")
        states: list[Any] = []
        for depth, layer in enumerate(self.recurrent):
            start = given[depth * self.states_per_layer : (depth + 1) * self.states_per_layer] or None
            result = layer(sequence, mask=mask, initial_state=start)
            if self.return_state:
                result, *last = result
                states += last
            if self.dropouts:
                result = self.dropouts[depth](result)
            if self.residual and tuple(result.shape) == tuple(sequence.shape):
                result = sequence + result
            if self.normalizations:
                result = self.normalizations[depth](result)
            sequence = result
        return (sequence, states) if self.return_state else sequence
