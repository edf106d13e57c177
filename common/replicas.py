"""Copies of one model that train together, each on its part of every batch; the plain case is one copy."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.config import TrainingConfig
from common.errors import UserError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Replicas:
    """One copy in one process; what differs elsewhere stands in `common/mirrored.py` and `common/jax_processes.py`.

    Attributes:
        count: of the copies.
        flag: that asks for them, for error messages.
        part: which part of each batch this process feeds; None feeds the whole.
    """

    count: int = 1
    flag: str = ""
    part: int | None = None

    @property
    def leads(self) -> bool:
        """Whether this process writes and tells."""
        return not self.part

    def check(self, config: TrainingConfig) -> None:
        """Refuses what cannot be cut into equal parts.

        Raises:
            UserError: the batch size is no multiple of the copies.
        """
        if config.batch_size % self.count:
            raise UserError(
                f"--batch-size: expected a multiple of {self.flag} {self.count}, found {config.batch_size}; "
                "change one of them"
            )

    def joined(self) -> AbstractContextManager[None]:
        """From before the first computation to after the last one that the copies share."""
        return contextlib.nullcontext()

    def scope(self) -> AbstractContextManager[Any]:
        """Where models are built, compiled and trained."""
        return contextlib.nullcontext()

    def adapt(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Changes an optimizer that is about to be compiled into a model, so that it sees the whole batch."""

    def answering(self, model: keras.Model) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """A model's answers to a batch, given by this process alone."""
        import keras

        answer: Callable[[dict[str, Any]], dict[str, Any]] = model.predict_on_batch
        if keras.backend.backend() != "tensorflow":
            return answer
        if model.predict_function is None:
            model.predict_function = _open_graph(model)
        return lambda batch: answer({tensor.name: batch[tensor.name] for tensor in model.inputs})


def _open_graph(model: keras.Model) -> Any:
    """What Keras calls for each batch, traced once with the model's own open axes.

    Keras would trace a first batch in its exact shape and later ones with open axes. Sums are added in another order
    then, and the last bits of an answer would depend on what the process had been asked before.
    """
    import tensorflow as tf

    inputs = {tensor.name: tf.TensorSpec(tensor.shape, tensor.dtype, tensor.name) for tensor in model.inputs}
    return tf.function(lambda data: model.predict_step(data[0]), input_signature=[[(inputs,)]], autograph=False)


ALONE = Replicas()
