"""From raw inputs to answers with a bundle alone: what its preprocess.json and decoder.json say, in NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.app import Answer
from common.data.ragged import Arrays
from common.errors import UserError
from common.preprocessing import specification as spec
from export.kinds import DECODERS, READERS, Decode, Reader
from export.runtime import ASSETS, Bundle, Runtime, load_bundle


@dataclass(frozen=True)
class Answerer:
    """A bundle that answers raw inputs.

    Attributes:
        bundle: the bundle.
        runtime: its model.
        reader: reads and encodes raw inputs.
        decode: raw inputs and outputs -> answers.

    Example:
        >>> answerer = open_bundle(Path("bundle"))  # doctest: +SKIP
        >>> [answer.record for answer in answerer(answerer.read_text("not bad at all"))]  # doctest: +SKIP
    """

    bundle: Bundle
    runtime: Runtime
    reader: Reader
    decode: Decode

    def read_text(self, text: str, single: bool = True) -> list[Any]:
        """The raw inputs in a text: a single one, or as many as it holds (one a line, FASTA records, CSV rows, ...)."""
        return self.reader.read_text(text, single)

    def read_path(self, path: Path) -> list[Any]:
        """The raw inputs of a file.

        Raises:
            UserError: unreadable; file and line named.
        """
        return self.reader.read_path(path)

    def from_json(self, raw: Any) -> Any:
        """A raw input as testvectors.json holds it.

        Raises:
            UserError: it is of another kind.
        """
        return spec.read_as("raw input", "one of the bundle's kind", lambda: self.reader.encoder.from_json(raw))

    def encode(self, inputs: Sequence[Any]) -> Arrays:
        """The model's inputs for raw inputs, one row each."""
        return self.reader.encoder.encode(inputs)

    def __call__(self, inputs: Sequence[Any]) -> list[Answer]:
        """One answer an input: `text` is a line for people, `record` what `unroll predict --json` prints.

        Raises:
            UserError: an input that the model cannot take, or outputs that are no numbers.
        """
        if not inputs:
            return []
        outputs = self.runtime.run(self.encode(inputs))
        for name, values in outputs.items():
            if not np.isfinite(values).all():
                raise UserError(
                    f"{self.bundle.folder}: expected finite outputs, found NaN or infinity in {name}; "
                    "check the inputs, or export the model again"
                )
        return self.decode(inputs, outputs)


def open_bundle(folder: Path, threads: int = 1) -> Answerer:
    """Loads a bundle and everything that it needs to answer.

    Args:
        folder: the bundle.
        threads: CPU threads.

    Raises:
        UserError: not a bundle; damaged; of kinds that are unknown here; or its files do not fit each other or the
            model (the file is named).
    """
    bundle = load_bundle(folder)
    return answerer(bundle, bundle.runtime(threads))


def answerer(bundle: Bundle, runtime: Runtime) -> Answerer:
    """What answers for a loaded bundle; see `open_bundle`."""
    given, decoder = str(bundle.folder / "preprocess.json"), str(bundle.folder / "decoder.json")
    kind = spec.read_as(given, "a preprocessing specification", lambda: spec.text(bundle.preprocessing, "kind"))
    if kind == "none":
        raise UserError(
            f"{bundle.folder}: expected the bundle of an application, found that of a lone model, whose inputs are "
            "tensors; call export.runtime.load_bundle(...).runtime()"
        )
    pair = (kind, spec.read_as(decoder, "a decoder", lambda: spec.text(bundle.decoder, "kind")))
    if pair not in DECODERS:
        known = ", ".join(f"{first} with {second}" for first, second in DECODERS)
        raise UserError(
            f"{given}, {decoder}: expected the kinds {known}, found {kind!r} with {pair[1]!r}; "
            "encode the inputs yourself and call Bundle.runtime()"
        )
    assets = bundle.folder / ASSETS
    reader = spec.read_as(given, "a whole specification", lambda: READERS[kind](bundle.preprocessing, assets))
    made = reader.encoder.inputs()
    for name, item in bundle.inputs.items():
        if name not in made or (made[name].shape, made[name].dtype) != (item.shape, item.dtype):
            raise UserError(
                f"{given}: expected inputs for the model's {name} {item.shape} {item.dtype}, found "
                f"{made.get(name, 'none')}; export it again"
            )
    decode = spec.read_as(decoder, "a whole specification", lambda: DECODERS[pair](bundle.decoder, runtime.outputs))
    return Answerer(bundle, runtime, reader, decode)
