"""The handwriting application: the functions that keep the contract, in one place."""

from __future__ import annotations

from apps.handwriting.baselines import baselines
from apps.handwriting.config import HandwritingConfig
from apps.handwriting.data import load, load_other
from apps.handwriting.evaluate import compare, evaluate, plots, predict, prediction_rows, score, softmax, transcription
from apps.handwriting.inspection import inspect
from apps.handwriting.model import BEST, LABELS, PROBABILITIES, SCORES, build, reads_live
from apps.handwriting.preprocess import HandwritingPreprocessor, fit_preprocessor, load_preprocessor
from common.app import App, ExportSpec
from common.data.ink.files import read_inputs, read_path
from common.preprocessing.writing_encoder import LINE


def export_spec(config: HandwritingConfig, preprocessor: HandwritingPreprocessor) -> ExportSpec:
    """Ink features or image columns and their number in; greedy labels and log-probabilities, or classes, out."""
    line, live = preprocessor.task == LINE, reads_live(config)
    return ExportSpec(
        inputs=preprocessor.inputs(),
        # live, the decoder joins repeats: the graph would need the frame before
        outputs=((SCORES, BEST) if live else (SCORES, LABELS)) if line else (PROBABILITIES,),
        decoder=transcription(preprocessor, live).to_json() if line else softmax(preprocessor).to_json(),
        preprocessing=preprocessor.specification(),
        assets=(),
    )


APP = App(
    name="handwriting",
    config=HandwritingConfig,
    objective="cer",
    minimise=True,
    preprocessing_fields=("step", "deslant", "time", "max_timesteps"),
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
    read_path=lambda config, path: read_path(path),
    export_spec=export_spec,
    prediction_rows=prediction_rows,
    plots=plots,
    card={
        "intended_use": "Reads handwriting like that it was trained on, from pen ink or images.",
        "limits": "It knows only the characters, the language and the writing styles of its training data.",
        "task": "handwriting-recognition",
    },
)
