"""The named-entity application: the functions that keep the contract, in one place."""

from __future__ import annotations

from dataclasses import replace

from apps.ner.config import NerConfig
from apps.ner.data import inspect, load, load_evaluation
from apps.ner.evaluate import baselines, compare, decoder, evaluate, plots, predict, prediction_rows, score
from apps.ner.model import TAGS, build
from apps.ner.preprocess import NerPreprocessor, fit_preprocessor, load_preprocessor
from common.app import App, ExportSpec
from common.data.splits import Examples
from common.preprocessing.sentence import sentences_of
from common.preprocessing.word_encoder import CHARACTERS, WORD_FORMS, WORDS


def load_other(config: NerConfig, preprocessor: NerPreprocessor, source: str, split: str | None) -> Examples:
    """Other data tagged with the run's types."""
    return load_evaluation(config, source, preprocessor.types, split)


def export_spec(config: NerConfig, preprocessor: NerPreprocessor) -> ExportSpec:
    """Word, form and character ids and the number of words in, tag indices out."""
    return ExportSpec(
        inputs=preprocessor.inputs(),
        outputs=(TAGS,),
        decoder=replace(decoder(preprocessor), marginals="", onward="").to_json(),
        preprocessing=preprocessor.specification(),
        assets=(WORDS, WORD_FORMS, CHARACTERS),
    )


APP = App(
    name="ner",
    config=NerConfig,
    objective="f1",
    preprocessing_fields=(
        "seed", "vocabulary_size", "max_length", "max_characters", "vectors", "vector_words", "embedding",
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
    read_inputs=sentences_of,
    export_spec=export_spec,
    prediction_rows=prediction_rows,
    plots=plots,
    card={
        "intended_use": "Finding names in texts like those it was trained on. Not for decisions about people.",
        "limits": "Names new to the model are found less often (see unseen_f1), other kinds of text and other "
        "languages lower its F1. Words beyond the maximum length of a sentence stay untagged.",
        "input": "Ann Kalara flew to New Osmir on Monday .",
        "task": "token-classification",
    },
)  # fmt: skip
