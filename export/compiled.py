"""A .tflite file in LiteRT's CompiledModel with a weight cache: a matrix that many operators multiply by is held once.

The Interpreter packs the weights of every operator anew: sixty steps that are written out hold sixty copies of one
matrix, which leave a core's cache. TensorFlow is never imported.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from common.errors import UserError
from common.files import read_bytes
from common.quiet import silenced


class CompiledFile:
    """A signature of a .tflite file, ready to run.

    The cache lies in a temporary folder of its own and goes with the object: one of another model or version would give
    wrong weights in silence. A process that is killed leaves the folder. LiteRT 2.3 says two lines
    (`DestroyAccelerator`) on standard error when the process ends.

    Attributes:
        signatures: the names of all.
        inputs, outputs: name -> shape and dtype of this one's.
    """

    def __init__(self, model: bytes | Path, threads: int, signature: str = "") -> None:
        """Loads the file.

        Args:
            model: the .tflite file or its bytes.
            threads: CPU threads.
            signature: the first one by default.

        Raises:
            UserError: no such file, or the installed ai-edge-litert has no weight cache in Python.
            ValueError, RuntimeError: no TFLite model, or no such signature.
        """
        try:
            from ai_edge_litert.compiled_model import CompiledModel
            from ai_edge_litert.options import Options
        except ImportError as error:
            raise UserError(
                f"expected an ai-edge-litert whose CompiledModel takes options, as 2.3 does, found: {error}; upgrade it"
            ) from error
        held = SimpleNamespace(folder=tempfile.TemporaryDirectory(prefix="unroll-weights-"))
        options = Options()
        options.cpu_options.num_threads = threads
        options.cpu_options.xnnpack_weight_cache_path = str(Path(held.folder.name) / "weights")
        weakref.finalize(self, _release, held)
        held.data = model if isinstance(model, bytes) else read_bytes(model)  # read where it lies
        failure = ""
        with silenced():  # LiteRT tells what it tries, and what it takes down after an error
            try:
                held.model = CompiledModel.from_buffer(held.data, options=options)
                names = held.model.get_signature_list()
                self.signatures = list(names)
                signature = signature or self.signatures[0]
                if signature not in names:
                    raise ValueError(f"the signatures {', '.join(names)}")
                number = held.model.get_signature_index(signature)
                given, found = held.model.create_input_buffers(number), held.model.create_output_buffers(number)
                held.given = dict(zip(names[signature]["inputs"], given, strict=True))
                held.found = dict(zip(names[signature]["outputs"], found, strict=True))
                self.inputs = kinds(held.model.get_input_tensor_details(signature))
                self.outputs = kinds(held.model.get_output_tensor_details(signature))
                # the public call makes these lists each time
                capsules = [one.capsule for one in given], [one.capsule for one in found]
                held.run = partial(held.model._model.RunByIndex, number, *capsules)
                self._held = held
                self.feed({name: np.zeros(shape, dtype) for name, (shape, dtype) in self.inputs.items()})
            except (ValueError, RuntimeError) as error:
                failure = str(error)
        if failure:
            raise ValueError(failure)

    def feed(self, inputs: Mapping[str, np.ndarray]) -> None:
        """Puts inputs in place: name -> array of the size and kind that the model has."""
        for name, (_, dtype) in self.inputs.items():
            self._held.given[name].write(np.ascontiguousarray(inputs[name], dtype))

    def invoke(self) -> None:
        """One inference."""
        self._held.run()

    def results(self) -> dict[str, np.ndarray]:
        """What the last `invoke` gave."""
        return {
            name: self._held.found[name].read(int(np.prod(shape)), dtype).reshape(shape)
            for name, (shape, dtype) in self.outputs.items()
        }


def _release(held: SimpleNamespace) -> None:
    with silenced():
        folder = held.folder
        vars(held).clear()
        folder.cleanup()


def kinds(details: Mapping[str, Any]) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """Name -> shape and dtype, as LiteRT's details of a signature's inputs or outputs have them."""
    return {name: (tuple(map(int, item["shape"])), np.dtype(item["dtype"])) for name, item in details.items()}
