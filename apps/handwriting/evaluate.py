"""How good the recognised texts are: metrics, answers, rows and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from apps.handwriting.model import BEST, LABELS, PROBABILITIES, SCORES
from apps.handwriting.preprocess import HandwritingPreprocessor
from common.app import Answer, Metrics, Outputs
from common.data.splits import Examples
from common.decoding.ctc import negative_log_likelihood
from common.decoding.softmax import Softmax, character_answers
from common.decoding.transcription import Transcription
from common.evaluation.bootstrap import Comparison, mcnemar
from common.evaluation.classification import accuracy, classification_metrics, macro_f1
from common.evaluation.text_errors import compare_texts, confusions, point_rates, text_metrics
from common.files import write_text
from common.preprocessing.writing_encoder import INK, LINE

_DRAWN = 4


def softmax(preprocessor: HandwritingPreprocessor) -> Softmax:
    """How the output for single characters becomes an answer."""
    return Softmax(PROBABILITIES, preprocessor.labels)


def transcription(preprocessor: HandwritingPreprocessor, live: bool = False) -> Transcription:
    """How the outputs for lines become an answer; `live` where the best class of each frame is given."""
    return Transcription(SCORES, BEST if live else LABELS, ("", *preprocessor.labels), collapsed=not live)


def texts_of(preprocessor: HandwritingPreprocessor, outputs: Outputs) -> list[str]:
    """The greedy text of each row."""
    return transcription(preprocessor, LABELS not in outputs).texts(outputs)


def score(preprocessor: HandwritingPreprocessor, examples: Examples, outputs: Outputs) -> dict[str, float]:
    """Lines: `loss` (nats a character), `cer`, `wer`, `cer_loose`, `line_accuracy`. Characters: `loss`, `accuracy`,
    `macro_f1`, and the error rate as `cer`.
    """
    if preprocessor.task != LINE:
        probabilities, targets = outputs[PROBABILITIES], np.asarray(examples.targets)
        right = probabilities[np.arange(len(targets)), targets]
        return {
            "loss": float(-np.log(np.maximum(right, 1e-12)).mean()),
            "cer": 1.0 - accuracy(probabilities, targets),
            "accuracy": accuracy(probabilities, targets),
            "macro_f1": macro_f1(probabilities, targets),
        }
    number = {character: index for index, character in enumerate(preprocessor.labels, start=1)}
    known = [[number[c] for c in text if c in number] for text in examples.targets]
    lengths = max(1, sum(map(len, known)))
    loss = np.minimum(negative_log_likelihood(outputs[SCORES], known), 1e6).sum() / lengths
    return {"loss": float(loss), **point_rates(examples.targets, texts_of(preprocessor, outputs))}


def evaluate(preprocessor: HandwritingPreprocessor, examples: Examples, outputs: Outputs) -> Metrics:
    """Lines: `cer`, `wer`, `cer_loose`, `line_accuracy`; characters: `accuracy`, `macro_f1`, `ece`, `cer` (the error
    rate); with 95% intervals over examples.
    """
    if preprocessor.task == LINE:
        return text_metrics(examples.targets, texts_of(preprocessor, outputs))
    metrics = classification_metrics(outputs[PROBABILITIES], np.asarray(examples.targets))
    right = metrics["accuracy"]
    return {**metrics, "cer": type(right)(1 - right.value, 1 - right.high, 1 - right.low)}


def compare(preprocessor: HandwritingPreprocessor, examples: Examples, outputs: Outputs, others: Outputs) -> Comparison:
    """Lines: the paired bootstrap of the character error rates; characters: McNemar's test."""
    if preprocessor.task == LINE:
        return compare_texts(examples.targets, texts_of(preprocessor, outputs), texts_of(preprocessor, others))
    targets = np.asarray(examples.targets)
    first, second = (found[PROBABILITIES].argmax(axis=1) == targets for found in (outputs, others))
    return mcnemar(first, second)


def prediction_rows(preprocessor: HandwritingPreprocessor, examples: Examples, outputs: Outputs) -> list[list[Any]]:
    """Header, then origin, what was written and what was recognised."""
    if preprocessor.task == LINE:
        written: Sequence[str] = examples.targets
        answers = texts_of(preprocessor, outputs)
    else:
        written = [preprocessor.labels[target] for target in examples.targets]
        answers = [preprocessor.labels[best] for best in outputs[PROBABILITIES].argmax(axis=1)]
    origins = examples.origins or [str(row) for row in range(len(examples))]
    return [["origin", "written", "recognised"], *map(list, zip(origins, written, answers, strict=True))]


def plots(folder: Path, preprocessor: HandwritingPreprocessor, examples: Examples, outputs: Outputs, note: str) -> None:
    """Lines: some with their alignment, and the commonest confusions as a table; characters: the confusion matrix."""
    from common.report.plots import confusion_matrix

    if preprocessor.task != LINE:
        targets = np.asarray(examples.targets)
        path = folder / "confusion_matrix.png"
        confusion_matrix(path, targets, outputs[PROBABILITIES], preprocessor.labels, note=note)
        return
    rows = [["written", "recognised", "count"], *confusions(examples.targets, texts_of(preprocessor, outputs))]
    write_text(folder / "confusions.tsv", "".join("\t".join(map(str, row)) + "\n" for row in rows))
    if preprocessor.input_name != INK:
        return
    from apps.handwriting.drawing import draw_alignment

    for row in np.linspace(0, len(examples) - 1, min(_DRAWN, len(examples))).astype(int):
        path = folder / f"alignment_{row}.png"
        draw_alignment(path, preprocessor, examples.inputs[row], outputs[SCORES][row], note, examples.targets[row])


def predict(preprocessor: HandwritingPreprocessor, inputs: Sequence[Any], outputs: Outputs) -> list[Answer]:
    """The greedy text of each input, its characters with confidence and frames, and the likeliest texts of a beam
    search; or the class with all probabilities.
    """
    if preprocessor.task != LINE:
        return character_answers(softmax(preprocessor), outputs)
    return transcription(preprocessor, LABELS not in outputs).answers(outputs)
