"""CTC scores to the text that was written, with confidence, alternatives and the frames of each character."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.app import Answer, Outputs
from common.decoding.beam import Hypothesis, prefix_beam_search, texts
from common.decoding.ctc import collapsed, greedy_alignment, labels_of, real_frames
from common.preprocessing import specification as spec

KIND = "ctc"


@dataclass(frozen=True)
class Transcription:
    """Reads (rows, frames, classes) log-probabilities and the greedy labels (rows, frames) that the graph found.

    Attributes:
        output: the model's output of log-probabilities; frames of padding are certain blanks.
        greedy: the model's output of greedy labels, filled with 0; or of the best class of each frame.
        labels: what each class is written as; class 0 is the blank, an empty text.
        beam: prefixes kept in the search for alternatives.
        alternatives: the most texts listed.
        least: labels below this log-probability in a frame are not tried there.
        collapsed: whether the model merged repeats and left blanks out.
    """

    output: str
    greedy: str
    labels: tuple[str, ...]
    beam: int = 8
    alternatives: int = 3
    least: float = -9.0
    collapsed: bool = True

    def texts(self, outputs: Outputs) -> list[str]:
        """The greedy text of each row."""
        found = outputs[self.greedy] if self.collapsed else collapsed(outputs[self.greedy])
        return ["".join(self.labels[label] for label in labels_of(row)) for row in found]

    def answers(self, outputs: Outputs) -> list[Answer]:
        """The greedy text of each row, its characters with confidence and frames, and the likeliest texts of a beam
        search.
        """
        rows = zip(self.texts(outputs), outputs[self.output], strict=True)
        return [self.answer(text, real_frames(scores)) for text, scores in rows]

    def answer(self, text: str, scores: np.ndarray, hypotheses: Sequence[Hypothesis] = ()) -> Answer:
        """The answer for a line.

        Args:
            text: the answer.
            scores: (frames, classes) log-probabilities, padding cut off.
            hypotheses: of a beam search, best first; searched for when not given.
        """
        found = list(hypotheses) or prefix_beam_search(scores, self.beam, least=self.least)
        aligned = greedy_alignment(scores)
        parts = [
            {
                "character": self.labels[part.label],
                "confidence": round(part.confidence, 4),
                "frames": [part.start, part.end],
            }
            for part in aligned
        ]
        logs = [np.log(max(1e-9, part.confidence)) for part in aligned]
        confidence = float(np.exp(np.mean(logs))) if aligned else 0.0
        others = zip(texts(found, self.labels), found, strict=True)
        record = {
            "text": text,
            "confidence": round(confidence, 4),
            "alternatives": [{"text": t, "log_probability": round(h.score, 4)} for t, h in others][: self.alternatives],
            "characters": parts,
            "frames": len(scores),
        }
        return Answer(f"{text}  ({confidence:.3f})", record)

    def to_json(self) -> dict[str, Any]:
        """What decoder.json says of it."""
        return {
            "kind": KIND,
            "output": self.output,
            "greedy": self.greedy,
            "collapsed": self.collapsed,
            "blank": 0,
            "labels": list(self.labels),
            "beam": self.beam,
            "alternatives": self.alternatives,
            "least_log_probability": self.least,
            "confidence": "geometric mean over the characters of the highest probability in the frames of each",
        }

    @classmethod
    def from_json(cls, values: Any, shapes: Mapping[str, tuple[int, ...]]) -> Transcription:
        """What `to_json` gave.

        Args:
            values: JSON.
            shapes: output name -> shape with the batch axis, of the model.

        Raises:
            ValueError: something else, or another number of classes than the model has.
        """
        spec.text(values, "kind", KIND)
        spec.whole(values, "blank", 0, 0)
        output, greedy = spec.text(values, "output", *shapes), spec.text(values, "greedy", *shapes)
        labels, shape = spec.texts(values, "labels"), shapes[output]
        if len(shape) != 3 or shape[2] != len(labels) or labels[:1] != ("",) or shapes[greedy] != shape[:2]:
            raise ValueError(
                f"labels: expected the blank and as many as {output} {shape} has, {greedy} without its last axis, "
                f"found {len(labels)} labels and {greedy} {shapes[greedy]}"
            )
        sizes = spec.whole(values, "beam", 1, 1000), spec.whole(values, "alternatives", 1, 1000)
        least = spec.number(values, "least_log_probability", -1e9, 0)
        return cls(output, greedy, labels, *sizes, least, spec.flag(values, "collapsed"))
