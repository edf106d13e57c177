"""The sentiment application: the functions that keep the contract, in one place."""

from __future__ import annotations

from apps.sentiment.config import SentimentConfig
from apps.sentiment.data import inspect, load, load_evaluation
from apps.sentiment.evaluate import (
    PROBABILITIES,
    baselines,
    compare,
    decoder,
    evaluate,
    plots,
    predict,
    prediction_rows,
    score,
)
from apps.sentiment.model import build
from apps.sentiment.preprocess import TextPreprocessor, fit_preprocessor, load_preprocessor
from common.app import App, ExportSpec
from common.data.splits import Examples
from common.preprocessing.text import VOCABULARY, read_inputs


def load_other(config: SentimentConfig, preprocessor: TextPreprocessor, source: str, split: str | None) -> Examples:
    """Other data with the run's classes."""
    return load_evaluation(config, source, preprocessor.labels, split)


def export_spec(config: SentimentConfig, preprocessor: TextPreprocessor) -> ExportSpec:
    """Token ids and their number in, class probabilities out."""
    return ExportSpec(
        inputs=preprocessor.encoder.inputs(),
        outputs=(PROBABILITIES,),
        decoder=decoder(preprocessor).to_json(),
        preprocessing=preprocessor.specification(),
        assets=(VOCABULARY,),
    )


APP = App(
    name="sentiment",
    config=SentimentConfig,
    objective="accuracy",
    preprocessing_fields=(
        "seed", "vocabulary_size", "min_count", "max_length", "head", "embedding", "pretrain", "pretrain_epochs",
        "ngrams", "ngram_buckets", "ngram_folds",
    ),
    load=load,
    load_other=load_other,
    inspect=inspect,
    fit_preprocessor=fit_preprocessor,
    load_preprocessor=load_preprocessor,
    build=build,
    score=score,
    evaluate=evaluate,
    baselines=baselines,
    compare=compare,
    predict=predict,
    read_inputs=read_inputs,
    export_spec=export_spec,
    prediction_rows=prediction_rows,
    plots=plots,
    card={
        "intended_use": "Classifying short texts like those it was trained on: reviews, comments, messages. "
        "Not for decisions about people.",
        "limits": "The model knows the vocabulary and the style of its training texts only; irony, other domains and "
        "other languages lower its accuracy. A text beyond the maximum length keeps its start and end.",
        "input": "a film worth watching twice",
        "task": "text-classification",
    },
)  # fmt: skip
