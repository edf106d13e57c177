"""From raw inputs to answers with a bundle alone: what its preprocess.json and decoder.json say, in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common.app import Outputs
from common.data.ragged import Arrays
from common.errors import UserError
from common.preprocessing.text import TextEncoder
from export.runtime import Bundle

Encode = Callable[[Sequence[Any]], Arrays]
Decode = Callable[[Sequence[Any], Outputs], list[dict[str, Any]]]

# kind in preprocess.json -> (specification, folder of the assets) -> encoder
ENCODERS: dict[str, Callable[[Mapping[str, Any], Path], Encode]] = {
    "text": lambda values, folder: TextEncoder.from_specification(values, folder).encode,
}


def _softmax(values: Mapping[str, Any]) -> Decode:
    """The most probable class of each row, its probability, and all of them."""
    labels, output = list(values["labels"]), str(values["output"])

    def decode(inputs: Sequence[Any], outputs: Outputs) -> list[dict[str, Any]]:
        records = []
        for given, row in zip(inputs, outputs[output], strict=True):
            shares = {label: round(float(share), 6) for label, share in zip(labels, row, strict=True)}
            label = labels[int(np.argmax(row))]
            records.append({"text": given, "label": label, "probability": shares[label], "probabilities": shares})
        return records

    return decode


# kind in decoder.json -> decoder
DECODERS: dict[str, Callable[[Mapping[str, Any]], Decode]] = {"softmax": _softmax}


def knows(bundle: Bundle) -> bool:
    """Whether this module encodes and decodes what the bundle says."""
    return bundle.preprocessing.get("kind") in ENCODERS and bundle.decoder.get("kind") in DECODERS


def answers(bundle: Bundle, inputs: Sequence[Any], threads: int = 1) -> list[dict[str, Any]]:
    """One record an input, as `unroll predict --json` prints them.

    Args:
        bundle: a loaded bundle.
        inputs: raw inputs, texts for a text classifier.
        threads: CPU threads.

    Raises:
        UserError: the bundle's kinds are unknown here, or its files do not fit each other.
    """
    if not knows(bundle):
        kinds = f"{bundle.preprocessing.get('kind')!r} and {bundle.decoder.get('kind')!r}"
        raise UserError(
            f"{bundle.folder}: expected preprocessing of {', '.join(ENCODERS)} and a decoder of {', '.join(DECODERS)}, "
            f"found {kinds}; encode the inputs yourself and call Bundle.runtime()"
        )
    try:
        encode = ENCODERS[bundle.preprocessing["kind"]](bundle.preprocessing, bundle.folder / "preprocessing")
        decode = DECODERS[bundle.decoder["kind"]](bundle.decoder)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{bundle.folder}: expected a whole specification, found {error!r}; export it again") from error
    if not inputs:
        return []
    return decode(inputs, bundle.runtime(threads).run(encode(inputs)))
