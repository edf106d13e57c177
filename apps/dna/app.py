"""The DNA application: the functions that keep the contract, in one place."""

from __future__ import annotations

from apps.dna.config import DnaConfig
from apps.dna.data import load, load_evaluation
from apps.dna.evaluate import (
    baselines,
    compare,
    decoder,
    evaluate,
    finish,
    plots,
    predict,
    prediction_rows,
    score,
)
from apps.dna.inspection import inspect
from apps.dna.model import PROBABILITIES, build
from apps.dna.preprocess import DnaPreprocessor, fit_preprocessor, load_preprocessor
from common.app import App, ExportSpec
from common.data.fasta import read_inputs, read_path
from common.data.splits import Examples


def load_other(config: DnaConfig, preprocessor: DnaPreprocessor, source: str, split: str | None) -> Examples:
    """Other data with the run's classes."""
    return load_evaluation(config, source, preprocessor.labels, split)


def export_spec(config: DnaConfig, preprocessor: DnaPreprocessor) -> ExportSpec:
    """Letter codes (and their number, where it varies) in, class probabilities out."""
    return ExportSpec(
        inputs=preprocessor.inputs(),
        outputs=(PROBABILITIES,),
        decoder=decoder(preprocessor).to_json(),
        preprocessing=preprocessor.specification(),
        assets=(),
    )


APP = App(
    name="dna",
    config=DnaConfig,
    objective="mcc",
    preprocessing_fields=("aligned", "strands", "max_length", "epoch_records", "few"),
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
    finish=finish,
    read_path=lambda config, path: read_path(path),
    card={
        "intended_use": "Classifying nucleotide sequences like those it was trained on. Not for medical decisions.",
        "limits": "The model knows the organisms, the assay and the negatives of its training data only; a classifier "
        "of real sites against shuffled or random sequence partly detects the shuffling. Sequences that resemble "
        "training sequences (homologues) score better than new ones.",
        "input": "ACGTACGTACGTACGTACGTACGTACGT",
    },
)
