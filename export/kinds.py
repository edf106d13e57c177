"""The kinds of preprocess.json and decoder.json, and what reads each: NumPy alone.

A kind imports what it needs when a bundle asks for it (texts and words the package `regex`, InkML `defusedxml`,
pictures `pillow`), so that importing this module needs NumPy only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from common.app import Answer, InputSpec, Outputs
from common.data.ragged import Arrays


class Encoder(Protocol):
    """Raw inputs -> the model's inputs."""

    def encode(self, inputs: Sequence[Any]) -> Arrays:
        """Arrays, one row each."""

    def inputs(self) -> dict[str, InputSpec]:
        """What the arrays fill."""

    def from_json(self, raw: Any) -> Any:
        """A raw input as testvectors.json holds it."""


class Reader(NamedTuple):
    """An encoder, and how its raw inputs are read.

    Attributes:
        encoder: encodes them.
        read_text: text, whether it is a single input -> raw inputs.
        read_path: a file, or a folder where an input is one -> raw inputs.
    """

    encoder: Encoder
    read_text: Callable[[str, bool], list[Any]]
    read_path: Callable[[Path], list[Any]]


Shapes = Mapping[str, tuple[int, ...]]
Decode = Callable[[Sequence[Any], Outputs], list[Answer]]


def _texts(values: Any, assets: Path) -> Reader:
    from common.preprocessing.text import TextEncoder, read_inputs, read_path

    return Reader(TextEncoder.from_specification(values, assets), read_inputs, read_path)


def _words(values: Any, assets: Path) -> Reader:
    from common.preprocessing.word_encoder import WordEncoder

    encoder = WordEncoder.from_specification(values, assets)
    return Reader(encoder, encoder.read_inputs, encoder.read_path)


def _nucleotides(values: Any, assets: Path) -> Reader:
    from common.data.fasta import read_inputs, read_path
    from common.preprocessing.nucleotide_encoder import NucleotideEncoder

    return Reader(NucleotideEncoder.from_specification(values), read_inputs, read_path)


def _daily_prices(values: Any, assets: Path) -> Reader:
    from common.preprocessing.price_encoder import PriceEncoder

    encoder = PriceEncoder.from_specification(values)
    return Reader(encoder, encoder.read_inputs, encoder.read_path)


def _writing(values: Any, assets: Path) -> Reader:
    from common.data.ink.files import read_inputs, read_path
    from common.preprocessing.writing_encoder import WritingEncoder

    return Reader(WritingEncoder.from_specification(values), read_inputs, read_path)


def _text_classes(values: Any, shapes: Shapes) -> Decode:
    from common.decoding.softmax import Softmax, text_answers

    softmax = Softmax.from_json(values, shapes)
    return lambda inputs, outputs: text_answers(softmax, inputs, outputs)


def _sequence_classes(values: Any, shapes: Shapes) -> Decode:
    from common.decoding.softmax import Softmax, sequence_answers

    softmax = Softmax.from_json(values, shapes)
    return lambda inputs, outputs: sequence_answers(softmax, inputs, outputs)


def _characters(values: Any, shapes: Shapes) -> Decode:
    from common.decoding.softmax import Softmax, character_answers

    softmax = Softmax.from_json(values, shapes)
    return lambda inputs, outputs: character_answers(softmax, outputs)


def _transcriptions(values: Any, shapes: Shapes) -> Decode:
    from common.decoding.transcription import Transcription

    transcription = Transcription.from_json(values, shapes)
    return lambda inputs, outputs: transcription.answers(outputs)


def _entities(values: Any, shapes: Shapes) -> Decode:
    from common.decoding.entities import Entities

    return Entities.from_json(values, shapes).answers


def _forecasts(values: Any, shapes: Shapes) -> Decode:
    from common.decoding.forecast import Quantiles

    return Quantiles.from_json(values, shapes).answers


# kind in preprocess.json -> (specification, folder of the assets) -> Reader
READERS: dict[str, Callable[[Any, Path], Reader]] = {
    "text": _texts,
    "words": _words,
    "nucleotides": _nucleotides,
    "daily_prices": _daily_prices,
    "ink": _writing,
    "image": _writing,
}
# (kind in preprocess.json, kind in decoder.json) -> (specification, the model's output shapes) -> decoder
DECODERS: dict[tuple[str, str], Callable[[Any, Shapes], Decode]] = {
    ("text", "softmax"): _text_classes,
    ("words", "entities"): _entities,
    ("nucleotides", "softmax"): _sequence_classes,
    ("daily_prices", "quantiles"): _forecasts,
    ("ink", "ctc"): _transcriptions,
    ("image", "ctc"): _transcriptions,
    ("ink", "softmax"): _characters,
    ("image", "softmax"): _characters,
}
