"""Copies in several processes, with Keras' data parallelism on JAX.

Each process feeds its part of every batch; JAX compiles one step over all of them, so that losses, clipping, dropout
and normalisation are those of the whole batch. The first process coordinates, writes and tells.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from common.errors import UserError
from common.processes import LOOPBACK
from common.quiet import silenced
from common.replicas import Replicas

if TYPE_CHECKING:
    import keras

# Keras' names
_ADDRESS = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
_COUNT = "KERAS_DISTRIBUTION_NUM_PROCESSES"
_NUMBER = "KERAS_DISTRIBUTION_PROCESS_ID"
_START_SECONDS = 3600  # the first process reads the data, and may download it, before the others join
_SILENCE_SECONDS = 600  # of a process, before the others take it for lost
_END_SECONDS = 10


def environment(address: str, count: int, number: int) -> dict[str, str]:
    """The environment variables that make a process one of several.

    Args:
        address: HOST:PORT where the first process listens.
        count: of the processes.
        number: of this one, from 0.
    """
    return {"KERAS_BACKEND": "jax", _ADDRESS: address, _COUNT: str(count), _NUMBER: str(number)}


class LostProcessError(UserError):
    """What the processes compute together failed: most often because one of them has died."""

    status = 3


@dataclass(frozen=True)
class Processes(Replicas):
    """Attributes:
    address: HOST:PORT where the first process listens; it is neither encrypted nor authenticated.
    """

    address: str = ""

    @contextlib.contextmanager
    def joined(self) -> Iterator[None]:
        """Waits for all processes, and in the end again.

        Raises:
            LostProcessError: a common computation failed.
        """
        import jax
        import keras
        from jax.experimental import multihost_utils

        try:
            with silenced():
                if self.address.rpartition(":")[0] == LOOPBACK:
                    _collectives_on_loopback()
                jax.distributed.initialize(
                    self.address, self.count, self.part, coordinator_bind_address=self.address,
                    initialization_timeout=_START_SECONDS, heartbeat_timeout_seconds=_SILENCE_SECONDS,
                    shutdown_timeout_seconds=_END_SECONDS,
                )  # fmt: skip
                multihost_utils.sync_global_devices("start")
            keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
            try:
                yield
            finally:
                keras.distribution.set_distribution(None)
            multihost_utils.sync_global_devices("end")
            jax.distributed.shutdown()
        except jax.errors.JaxRuntimeError as error:
            atexit.register(_leave, LostProcessError.status)
            raise LostProcessError(
                f"expected {self.count} processes to the end, found an error between them: {str(error)[:200]}; "
                "the same command with the same --run-dir goes on"
            ) from error
        except BaseException as error:
            atexit.register(_leave, 130 if isinstance(error, KeyboardInterrupt) else getattr(error, "status", 1))
            raise

    def answering(self, model: keras.Model) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """The process' own device answers, with a copy of the weights that all hold."""
        import jax

        stateless = jax.jit(lambda *given: model.stateless_call(*given, training=False)[0])

        def answer(batch: dict[str, Any]) -> dict[str, Any]:
            weights = [
                [np.asarray(variable.value) for variable in variables]
                for variables in (model.trainable_variables, model.non_trainable_variables)
            ]
            return {name: np.asarray(value) for name, value in stateless(*weights, batch).items()}

        return answer


def is_one_of_several() -> bool:
    """Whether this process' environment says so."""
    return _NUMBER in os.environ


def from_environment() -> Replicas:
    """This process' part, as its environment has it.

    Raises:
        UserError: a variable is missing or no number.
    """
    try:
        count, number, address = int(os.environ[_COUNT]), int(os.environ[_NUMBER]), os.environ[_ADDRESS]
    except (KeyError, ValueError) as error:
        raise UserError(f"expected {_ADDRESS}, {_COUNT} and {_NUMBER} together, found {error}; set them all") from None
    if not 0 <= number < count:
        raise UserError(f"{_NUMBER}: expected 0 to {count - 1}, found {number}; correct it")
    return Processes(count, "--processes", number, address)


def _collectives_on_loopback() -> None:
    """JAX has no setting for where its processes listen for each other: by default at the machine's name."""
    from jaxlib import _jax

    make = _jax.make_gloo_tcp_collectives
    if not isinstance(make, functools.partial):
        _jax.make_gloo_tcp_collectives = functools.partial(make, hostname=LOOPBACK)


def _leave(status: int) -> NoReturn:
    """Ends a failed process at once: JAX's own way out waits for the others, and then aborts with a stack trace."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)
