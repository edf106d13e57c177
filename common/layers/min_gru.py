"""minGRU: gates that depend on the input only, so that training is a scan and a step needs no matrix product."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from common.layers.linear_recurrence import linear_recurrence


@keras.saving.register_keras_serializable(package="unroll")
class MinGRUCell(keras.layers.Layer):
    """One step of minGRU (Feng et al. 2024, "Were RNNs All We Needed?", section 3.1).

        z_t = sigmoid(x_t W_z + b_z)
        c_t = x_t W_c + b_c
        h_t = (1 - z_t) * h_{t-1} + z_t * c_t

    Args:
        units: int. The size of the state.
        use_bias: whether the projection has a bias.
        kernel_initializer, bias_initializer: Keras initializers.

    Weights:
        kernel (features, 2 units): [W_z | W_c]; bias (2 units,): [b_z | b_c].
    """

    def __init__(
        self,
        units: int,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units, self.use_bias = units, use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.state_size = self.output_size = units

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(
            shape=(input_shape[-1], 2 * self.units), initializer=self.kernel_initializer, name="kernel"
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=(2 * self.units,), initializer=self.bias_initializer, name="bias")

    def project(self, inputs: Any) -> tuple[Any, Any]:
        """(..., features) to two of (..., units): the logits of z, and the candidate."""
        projected = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            projected = projected + self.bias
        logits, candidate = ops.split(projected, 2, axis=-1)
        return logits, candidate

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """(batch, features) and [(batch, units)] to the next state, as output and as state."""
        logits, candidate = self.project(inputs)
        state = ops.sigmoid(-logits) * states[0] + ops.sigmoid(logits) * candidate
        return state, [state]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }


@keras.saving.register_keras_serializable(package="unroll")
class MinGRU(keras.layers.RNN):
    """A layer of minGRU over a sequence, by a parallel scan; used like `keras.layers.GRU`.

    Args:
        units, use_bias, kernel_initializer, bias_initializer: as in `MinGRUCell`.
        dropout: float. Share of the input features dropped in training, the same at every step of a sequence.
        recurrent_dropout: float. Share of the candidate's units dropped in training, the same at every step: the state
            itself is never cut (Semeniuta et al. 2016), which a linear recurrence would not survive.
        seed: int or None. Seed of the dropout.
        **kwargs: those of `keras.layers.RNN` (return_sequences, return_state, go_backwards, stateful, name, ...).
    """

    def __init__(
        self,
        units: int,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        cell = MinGRUCell(units, use_bias, kernel_initializer, bias_initializer, dtype=kwargs.get("dtype"))
        super().__init__(cell, **kwargs)
        self.input_spec = keras.layers.InputSpec(ndim=3)
        self.dropout, self.recurrent_dropout, self.seed = dropout, recurrent_dropout, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    @property
    def units(self) -> int:
        return int(self.cell.units)

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """What `keras.layers.RNN.call` asks for: last output, all outputs, last states."""
        mask = mask[0] if isinstance(mask, list | tuple) else mask
        logits, candidate = self.projected(sequences, training)
        kept, added = ops.sigmoid(-logits), ops.sigmoid(logits) * candidate
        if mask is not None:
            real = ops.expand_dims(mask, -1)
            kept, added = ops.where(real, kept, 1.0), ops.where(real, added, 0.0)
        if self.go_backwards:
            kept, added = ops.flip(kept, axis=1), ops.flip(added, axis=1)
        start = kept[:, :1] * ops.expand_dims(initial_state[0], 1)
        states = linear_recurrence(kept, ops.concatenate([added[:, :1] + start, added[:, 1:]], axis=1))
        outputs = self.shown(states, mask)
        return outputs[:, -1], outputs, [states[:, -1]]

    def shown(self, states: Any, mask: Any) -> Any:
        """The outputs: zeros before the first real step and, on wish, at every masked one, as in Keras' loop.

        Args:
            states: (batch, timesteps, units) in the order of reading.
            mask: (batch, timesteps) bool in the order of time, or None.
        """
        if mask is None:
            return states
        read = ops.expand_dims(ops.flip(mask, axis=1) if self.go_backwards else mask, -1)
        return ops.where(
            read if self.zero_output_for_mask else ops.cumsum(ops.cast(read, "int32"), axis=1) > 0, states, 0.0
        )

    def projected(self, sequences: Any, training: bool) -> tuple[Any, Any]:
        """Logits and candidates of all steps, (batch, timesteps, units) each, dropout applied."""
        if training and self.dropout:
            sequences = sequences * self._dropped(sequences[:, :1], self.dropout)
        logits, candidate = self.cell.project(sequences)
        if training and self.recurrent_dropout:
            candidate = candidate * self._dropped(candidate[:, :1], self.recurrent_dropout)
        return logits, candidate

    def _dropped(self, like: Any, rate: float) -> Any:
        return keras.random.dropout(ops.ones_like(like), rate, seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        inherited = super().get_config()
        del inherited["cell"]
        cell = self.cell.get_config()
        return {
            **inherited,
            **{name: cell[name] for name in ("units", "use_bias", "kernel_initializer", "bias_initializer")},
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> MinGRU:
        return cls(**config)
