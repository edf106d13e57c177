"""Tags of words to entities with their place, type and, where the outputs tell it, probability."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.app import Answer, Outputs
from common.errors import UserError
from common.preprocessing import specification as spec
from common.preprocessing.sentence import Sentence
from common.preprocessing.tag_schemes import BIOES, OUTSIDE, spans, split_tag

KIND = "entities"
_COLOURS = (36, 33, 35, 32, 34, 31)  # ANSI: cyan, yellow, magenta, green, blue, red


@dataclass(frozen=True)
class Entities:
    """Reads (rows, words) tag indices; the best path was found in the graph.

    Attributes:
        output: the model's output.
        labels: the BIOES tag of each index.
        max_length: words of a sentence that the model reads.
        marginals: the output (rows, words, tags) of marginal probabilities; empty where there is none.
        onward: the output (rows, words), the probability of each word's tag given the tag before; empty without.
    """

    output: str
    labels: tuple[str, ...]
    max_length: int
    marginals: str = ""
    onward: str = ""

    def tags(self, row: np.ndarray, length: int) -> tuple[str, ...]:
        """The tags of `length` words from a row of indices; O for words that were not read."""
        read = [self.labels[index] for index in row[:length]][: self.max_length]
        return (*read, *[OUTSIDE] * (length - len(read)))

    def answers(self, inputs: Sequence[Sentence], outputs: Outputs) -> list[Answer]:
        """The entities in each sentence.

        A record has `text`, the sentence; `start`, where it begins in the whole text; and `entities`, each with
        `text`, `type`, `start` and `end` (offsets in the whole text, in code points, the end excluded) and, where the
        outputs hold marginals, `probability`. A sentence of more words than the model reads has `unread_from`, an
        offset.

        Raises:
            UserError: the outputs hold a tag that the labels do not name.
        """
        if len(inputs) and int(np.max(outputs[self.output])) >= len(self.labels):
            raise UserError(
                f"decoder.json: expected a label for every tag, found {len(self.labels)} labels and the tag "
                f"{int(np.max(outputs[self.output]))}; export it again"
            )
        types = tuple(dict.fromkeys(split_tag(label)[1] for label in self.labels))
        found = []
        for row, sentence in enumerate(inputs):
            entities = []
            for first, last, kind in spans(self.tags(outputs[self.output][row], len(sentence.words))):
                start, end = sentence.place(first, last)
                entity = {"text": sentence.between(start, end), "type": kind, "start": start, "end": end}
                entities.append({**entity, **self._probability(outputs, row, first, last)})
            record: dict[str, Any] = {"text": sentence.text, "start": sentence.offset, "entities": entities}
            if len(sentence.words) > self.max_length:
                record["unread_from"] = sentence.starts[self.max_length]
            found.append(Answer(_marked(types, sentence, entities), record))
        return found

    def _probability(self, outputs: Outputs, row: int, first: int, last: int) -> dict[str, float]:
        """`probability` of the run of tags of words `first` to `last`; nothing where the outputs do not tell it."""
        if not self.marginals or self.marginals not in outputs:
            return {}
        path = outputs[self.output][row, first:last]
        marginals = outputs[self.marginals][row, range(first, last), path]
        return {"probability": round(span_probability(marginals, outputs[self.onward][row, first:last]), 6)}

    def to_json(self) -> dict[str, Any]:
        """What decoder.json says of it; `tags` are the best path, nothing is left to search for."""
        values = {"kind": KIND, "output": self.output, "labels": list(self.labels), "scheme": BIOES}
        return {**values, "marginals": self.marginals, "onward": self.onward} if self.marginals else values

    @classmethod
    def from_json(cls, values: Any, shapes: Mapping[str, tuple[int, ...]]) -> Entities:
        """What `to_json` gave.

        Args:
            values: JSON.
            shapes: output name -> shape with the batch axis, of the model.

        Raises:
            ValueError: something else, or outputs that the model does not have.
        """
        spec.text(values, "kind", KIND)
        spec.text(values, "scheme", BIOES)
        output, labels = spec.text(values, "output", *shapes), spec.texts(values, "labels")
        for label in labels:
            split_tag(label)
        if len(shapes[output]) != 2:
            raise ValueError(f"output: expected tags (1, words), found {output} {shapes[output]}")
        length = shapes[output][1]
        if "marginals" not in values:
            return cls(output, labels, length)
        marginals, onward = spec.text(values, "marginals", *shapes), spec.text(values, "onward", *shapes)
        if shapes[marginals] != (1, length, len(labels)) or shapes[onward] != (1, length):
            raise ValueError(f"expected marginals of {length} words and {len(labels)} tags, found {shapes[marginals]}")
        return cls(output, labels, length, marginals, onward)


def span_probability(marginals: np.ndarray, onward: np.ndarray) -> float:
    """The probability of a run of tags: the first one's marginal times the conditional ones after it.

    Args:
        marginals: (steps,) float, the marginal probability of the path's tag at each step of the run.
        onward: (steps,) float, the probability of the path's tag given the one before, at each step of the run.
    """
    return float(marginals[0] * np.prod(np.asarray(onward, np.float64)[1:]))


def _marked(types: Sequence[str], sentence: Sentence, entities: Sequence[dict[str, Any]]) -> str:
    """The sentence with `[name TYPE 0.98]` around each name, coloured by type on a terminal."""
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    parts, place = [], sentence.offset
    for entity in entities:
        shown = f" {entity['probability']:.2f}" if "probability" in entity else ""
        text = f"[{entity['text']} {entity['type']}{shown}]"
        if colours:
            text = f"\x1b[1;{_COLOURS[types.index(entity['type']) % len(_COLOURS)]}m{text}\x1b[0m"
        parts += [sentence.between(place, entity["start"]), text]
        place = entity["end"]
    return " ".join("".join([*parts, sentence.between(place, sentence.offset + len(sentence.text))]).split())
