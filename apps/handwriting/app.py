"""The handwriting application: the functions that keep the contract, in one place."""

from __future__ import annotations

from apps.handwriting.baselines import baselines
from apps.handwriting.config import HandwritingConfig
from apps.handwriting.data import load, load_other
from apps.handwriting.evaluate import compare, evaluate, plots, predict, prediction_rows, read_inputs, score
from apps.handwriting.formats import read_inputs as read_ink
from apps.handwriting.inspection import inspect
from apps.handwriting.model import LABELS, PROBABILITIES, SCORES, build, feature_count
from apps.handwriting.preprocess import LINE, HandwritingPreprocessor, fit_preprocessor, load_preprocessor
from common.app import App, ExportSpec, InputSpec


def export_spec(config: HandwritingConfig, preprocessor: HandwritingPreprocessor) -> ExportSpec:
    """Ink features or image columns and their number in; greedy labels and log-probabilities, or classes, out."""
    settings = preprocessor.settings
    if preprocessor.task == LINE:
        outputs: tuple[str, ...] = (SCORES, LABELS)
        decoder = {"kind": "ctc", "output": SCORES, "greedy": LABELS, "blank": 0, "labels": ["", *preprocessor.labels]}
    else:
        outputs = (PROBABILITIES,)
        decoder = {"kind": "softmax", "output": PROBABILITIES, "labels": list(preprocessor.labels)}
    return ExportSpec(
        inputs={
            preprocessor.input_name: InputSpec((settings.max_timesteps, feature_count(settings)), "float32"),
            "lengths": InputSpec((), "int32"),
        },
        outputs=outputs,
        decoder=decoder,
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
    read_path=lambda config, path: read_ink(path),
    export_spec=export_spec,
    prediction_rows=prediction_rows,
    plots=plots,
    card={
        "intended_use": "Reads handwriting like that it was trained on, from pen ink or images.",
        "limits": "It knows only the characters, the language and the writing styles of its training data.",
        "task": "handwriting-recognition",
    },
)
