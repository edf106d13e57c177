"""Probabilities of classes to answers: the most probable class, and what there is to say of the input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from common.app import Answer, Outputs
from common.preprocessing import specification as spec
from common.preprocessing.nucleotides import Record

KIND = "softmax"
_SHOWN = 100  # characters of a text in a line for people


class Best(NamedTuple):
    """The most probable class, its probability, and that of every class."""

    label: str
    probability: float
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Softmax:
    """Reads (rows, classes) probabilities.

    Attributes:
        output: the model's output.
        labels: class names.
    """

    output: str
    labels: tuple[str, ...]

    def best(self, outputs: Outputs) -> list[Best]:
        """The answer of each row, probabilities at six digits."""
        found = []
        for row in outputs[self.output]:
            label = self.labels[int(np.argmax(row))]
            shares = {name: round(float(share), 6) for name, share in zip(self.labels, row, strict=True)}
            found.append(Best(label, shares[label], shares))
        return found

    def to_json(self) -> dict[str, Any]:
        """What decoder.json says of it."""
        return {"kind": KIND, "output": self.output, "labels": list(self.labels)}

    @classmethod
    def from_json(cls, values: Any, shapes: Mapping[str, tuple[int, ...]]) -> Softmax:
        """What `to_json` gave.

        Args:
            values: JSON.
            shapes: output name -> shape with the batch axis, of the model.

        Raises:
            ValueError: something else, or another number of classes than the model has.
        """
        spec.text(values, "kind", KIND)
        output, labels = spec.text(values, "output", *shapes), spec.texts(values, "labels")
        if shapes[output] != (1, len(labels)):
            raise ValueError(f"labels: expected as many as {output} {shapes[output]} has, found {len(labels)}")
        return cls(output, labels)


def text_answers(softmax: Softmax, inputs: Sequence[str], outputs: Outputs) -> list[Answer]:
    """Of texts: `text`, `label`, `probability`, `probabilities`."""
    answers = []
    for text, found in zip(inputs, softmax.best(outputs), strict=True):
        shown = " ".join(text.split())
        shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
        answers.append(Answer(f"{found.label} {found.probability:.3f}  {shown}", {"text": text, **found._asdict()}))
    return answers


def sequence_answers(softmax: Softmax, inputs: Sequence[Record], outputs: Outputs) -> list[Answer]:
    """Of nucleotides: `name`, `length`, `label`, `probability`, `probabilities`; lines are separated by tabs."""
    return [
        Answer(
            f"{record.name}\t{found.label}\t{found.probability:.4f}",
            {"name": record.name, "length": len(record), **found._asdict()},
        )
        for record, found in zip(inputs, softmax.best(outputs), strict=True)
    ]


def character_answers(softmax: Softmax, outputs: Outputs) -> list[Answer]:
    """Of single characters written: `text`, `probability`, `probabilities`."""
    return [
        Answer(
            f"{found.label} {found.probability:.3f}",
            {"text": found.label, "probability": found.probability, "probabilities": found.probabilities},
        )
        for found in softmax.best(outputs)
    ]
