"""Beam search with a language model of the training texts: tuned on validation, measured beside the greedy answer."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from apps.handwriting.evaluate import texts_of, transcription
from apps.handwriting.model import SCORES
from apps.handwriting.preprocess import LINE, HandwritingPreprocessor
from common.app import Answer, Outputs
from common.console import counting, say
from common.data.splits import TEST, TRAIN, VALIDATION, Examples
from common.decoding.beam import Hypothesis, prefix_beam_search, texts
from common.decoding.character_ngrams import CharacterNgrams
from common.decoding.ctc import real_frames
from common.errors import UserError
from common.evaluation.text_errors import compare_texts, point_rates, text_metrics
from common.files import read_text
from common.pipeline import LoadedRun

ORDER = 7
WIDTH = 16
TUNED_LINES = 250  # validation lines, evenly spread
WEIGHTS, BONUSES = (0.2, 0.4, 0.6), (0.0, 0.75, 1.5)


def language_model(preprocessor: HandwritingPreprocessor, lines: Sequence[str]) -> CharacterNgrams:
    """A model of some texts; characters that the run does not know are left out."""
    number = {character: index for index, character in enumerate(preprocessor.labels, start=1)}
    sequences = [[number[c] for c in line if c in number] for line in lines]
    if not any(sequences):
        raise UserError("--lm: expected text in the run's characters, found none; give another file")
    return CharacterNgrams(sequences, len(preprocessor.labels) + 1, ORDER)


def _lines(loaded: LoadedRun, source: str) -> list[str]:
    if source == "train":
        return list(loaded.app.load(loaded.config)[TRAIN].targets)
    return [" ".join(line.split()) for line in read_text(Path(source)).splitlines() if line.strip()]


def _require_lines(loaded: LoadedRun) -> None:
    if loaded.preprocessor.task != LINE:
        raise UserError("--lm: expected a run that reads lines, found one for single characters; leave it out")


def decode(scores: np.ndarray, model: CharacterNgrams | None, weight: float, bonus: float) -> list[Hypothesis]:
    """The hypotheses of one line, best first: (frames, classes) log-probabilities, padding allowed."""
    return prefix_beam_search(real_frames(scores), WIDTH, model, weight, bonus)


def answers(loaded: LoadedRun, outputs: Outputs, source: str, weight: float, bonus: float) -> list[Answer]:
    """Answers by beam search with a language model."""
    _require_lines(loaded)
    model = language_model(loaded.preprocessor, _lines(loaded, source))
    decoder, made = transcription(loaded.preprocessor), []
    for scores in outputs[SCORES]:
        found = decode(scores, model, weight, bonus)
        made.append(decoder.answer(texts(found[:1], decoder.labels)[0], real_frames(scores), found))
    return made


def measure(loaded: LoadedRun, source: str, data: str | None, split: str | None) -> dict[str, Any]:
    """Metrics of greedy decoding, beam search and beam search with a model, on a split.

    Weight and bonus are those with the lowest character error rate on part of the validation split; the split asked
    for (test) is decoded once with each decoder.
    """
    _require_lines(loaded)
    preprocessor, config = loaded.preprocessor, loaded.config
    splits = loaded.app.load(config)
    other = data is not None and data != config.data
    examples = loaded.app.load_other(config, preprocessor, data or "", split) if other else splits[split or TEST]
    lines = list(splits[TRAIN].targets) if source == "train" else _lines(loaded, source)
    model = language_model(preprocessor, lines)
    validation = splits[VALIDATION]
    rows = np.unique(np.linspace(0, len(validation) - 1, min(TUNED_LINES, len(validation))).astype(int))
    weight, bonus = _tuned(loaded, model, validation.take(rows))
    outputs = loaded.outputs(examples.inputs, "evaluating")
    answers = {
        "greedy": texts_of(preprocessor, outputs),
        "beam": _decoded(preprocessor, outputs, None, 0.0, 0.0, "beam search"),
        "beam, language model": _decoded(preprocessor, outputs, model, weight, bonus, "beam search, language model"),
    }
    metrics = {name: text_metrics(examples.targets, found) for name, found in answers.items()}
    gain = compare_texts(examples.targets, answers["beam, language model"], answers["greedy"]).difference
    return {
        "data": data or config.data, "split": split or TEST, "examples": len(examples), "lm": source, "order": ORDER,
        "width": WIDTH, "weight": weight, "bonus": bonus,
        "decoders": {n: {k: v._asdict() for k, v in found.items()} for n, found in metrics.items()},
        "gain": gain._asdict(),
    }  # fmt: skip


def _tuned(loaded: LoadedRun, model: CharacterNgrams, examples: Examples) -> tuple[float, float]:
    outputs = loaded.outputs(examples.inputs, "validation")
    found = {}
    for weight, bonus in itertools.product(WEIGHTS, BONUSES):
        decoded = _decoded(
            loaded.preprocessor, outputs, model, weight, bonus, f"tuning: weight {weight}, bonus {bonus}"
        )
        found[weight, bonus] = point_rates(examples.targets, decoded)["cer"]
    best = min(found, key=lambda pair: found[pair])
    greedy = point_rates(examples.targets, texts_of(loaded.preprocessor, outputs))["cer"]
    told = f"weight {best[0]}, bonus {best[1]}, cer {found[best]:.4f}, greedy {greedy:.4f}"
    say(f"tuned on {len(examples)} validation lines: {told}")
    return best


def _decoded(
    preprocessor: HandwritingPreprocessor, outputs: Outputs, model: Any, weight: float, bonus: float, what: str
) -> list[str]:
    characters, made = ("", *preprocessor.labels), []
    with counting(what) as update:
        for row, scores in enumerate(outputs[SCORES]):
            made.append(texts(decode(scores, model, weight, bonus)[:1], characters)[0])
            update(row + 1, len(outputs[SCORES]))
    return made
