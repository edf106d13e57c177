"""How good the tags are: span metrics, baselines, rows and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from apps.ner.config import NerConfig
from apps.ner.model import MARGINALS, ONWARD, TAGS
from apps.ner.preprocess import NerPreprocessor
from common.app import Answer, Metrics, Outputs
from common.data.splits import TRAIN, Examples, Splits
from common.decoding.entities import Entities
from common.evaluation.bootstrap import Comparison, paired_bootstrap
from common.evaluation.spans import SpanCounts, count_spans, span_metrics
from common.evaluation.tag_baselines import linear_crf, most_frequent_tags
from common.preprocessing.sentence import Sentence
from common.preprocessing.tag_schemes import bioes_tags, spans, to_bioes, to_iob2


def decoder(preprocessor: NerPreprocessor) -> Entities:
    """How the model's outputs become an answer."""
    return Entities(TAGS, preprocessor.tags, preprocessor.max_length, MARGINALS, ONWARD)


def predict(preprocessor: NerPreprocessor, inputs: Sequence[Sentence], outputs: Outputs) -> list[Answer]:
    """The names in each sentence; see `Entities.answers`."""
    return decoder(preprocessor).answers(inputs, outputs)


def answers(preprocessor: NerPreprocessor, inputs: Sequence[Sentence], outputs: Outputs) -> list[tuple[str, ...]]:
    """The BIOES tags of each sentence."""
    tags = decoder(preprocessor).tags
    return [tags(row, len(sentence.words)) for row, sentence in zip(outputs[TAGS], inputs, strict=True)]


def counts(preprocessor: NerPreprocessor, examples: Examples, outputs: Outputs) -> SpanCounts:
    """Spans right, answered and true in each sentence."""
    words = [sentence.words for sentence in examples.inputs]
    return count_spans(examples.targets, answers(preprocessor, examples.inputs, outputs), words, preprocessor.seen)


def score(preprocessor: NerPreprocessor, examples: Examples, outputs: Outputs) -> dict[str, float]:
    """The metrics without intervals; where there are marginals also `loss`: minus their mean logarithm at the true
    tags, in nats a word.
    """
    values = counts(preprocessor, examples, outputs)(np.ones((1, len(examples))))
    found = {name: float(value[0]) for name, value in values.items() if name in ("precision", "recall", "f1")}
    if MARGINALS in outputs:
        found["loss"] = _loss(preprocessor, examples, outputs[MARGINALS])
    return found


def _loss(preprocessor: NerPreprocessor, examples: Examples, marginals: np.ndarray) -> float:
    known = set(preprocessor.tags)
    total, words = 0.0, 0
    for row, target in enumerate(examples.targets):
        for place, tag in enumerate(to_bioes(spans(target), len(target))[: preprocessor.max_length]):
            if tag in known:
                total -= float(np.log(max(marginals[row, place, preprocessor.tags.index(tag)], 1e-12)))
                words += 1
    return total / max(1, words)


def evaluate(preprocessor: NerPreprocessor, examples: Examples, outputs: Outputs) -> Metrics:
    """`precision`, `recall`, `f1`, `unseen_f1`, `token_accuracy` and `f1_TYPE`, with 95% intervals over sentences."""
    return span_metrics(counts(preprocessor, examples, outputs))


def baselines(config: NerConfig, splits: Splits, examples: Examples) -> dict[str, Outputs]:
    """The most frequent tag of each word, and a linear-chain CRF; fitted on train."""
    train, types = splits[TRAIN], tuple(sorted(splits.labels))
    words, others = ([sentence.words for sentence in part.inputs] for part in (train, examples))
    bioes = [to_bioes(spans(tags), len(tags)) for tags in train.targets]
    tagged = {
        "most frequent tag": most_frequent_tags(words, train.targets, others),
        "linear CRF": linear_crf(words, bioes, others, config.seed),
    }
    return {name: {TAGS: _indices(types, found)} for name, found in tagged.items()}


def _indices(types: tuple[str, ...], tagged: Sequence[Sequence[str]]) -> np.ndarray:
    """(rows, longest) int32 model indices of tag sequences of any scheme."""
    ids = {tag: index for index, tag in enumerate(bioes_tags(types))}
    out = np.zeros((len(tagged), max(map(len, tagged), default=1)), np.int32)
    for row, tags in enumerate(tagged):
        out[row, : len(tags)] = [ids[tag] for tag in to_bioes(spans(tags), len(tags))]
    return out


def compare(preprocessor: NerPreprocessor, examples: Examples, outputs: Outputs, others: Outputs) -> Comparison:
    """The difference of F1 between two models on the same resampled sentences."""
    first, second = (counts(preprocessor, examples, found) for found in (outputs, others))
    return paired_bootstrap("f1", first, second, len(examples))


def prediction_rows(preprocessor: NerPreprocessor, examples: Examples, outputs: Outputs) -> list[list[Any]]:
    """Header, then origin, word, true tag and answer (IOB2), a row for each word."""
    rows: list[list[Any]] = [["origin", "place", "word", "tag", "answer"]]
    for index, given in enumerate(answers(preprocessor, examples.inputs, outputs)):
        origin = examples.origins[index] if examples.origins else str(index)
        answer = to_iob2(spans(given), len(given))
        words = examples.inputs[index].words
        rows += [
            [origin, place, word, tag, found]
            for place, (word, tag, found) in enumerate(zip(words, examples.targets[index], answer, strict=True))
        ]
    return rows


def plots(folder: Path, preprocessor: NerPreprocessor, examples: Examples, outputs: Outputs, note: str) -> None:
    """Precision, recall and F1 of each type."""
    from common.report.span_plot import type_bars

    type_bars(folder / "types.png", counts(preprocessor, examples, outputs), note=note)
