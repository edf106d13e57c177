"""The handwriting application: the functions that keep the contract, in one place."""

from __future__ import annotations

from apps.handwriting.config import HandwritingConfig
from apps.handwriting.data import load, load_other
from apps.handwriting.evaluate import baselines, compare, evaluate, plots, prediction_rows, score
from apps.handwriting.model import LABELS, PROBABILITIES, SCORES, build
from apps.handwriting.preprocess import LINE, HandwritingPreprocessor, fit_preprocessor, load_preprocessor
from common.app import App, ExportSpec, InputSpec
from common.preprocessing.ink import InkSettings


def export_spec(config: HandwritingConfig, preprocessor: HandwritingPreprocessor) -> ExportSpec:
    """Features of ink or columns of an image and their number in; greedy labels and log-probabilities out, or classes."""
    settings = preprocessor.settings
    features = len(settings.features) if isinstance(settings, InkSettings) else settings.height
    if preprocessor.task == LINE:
        outputs: tuple[str, ...] = (SCORES, LABELS)
        decoder = {"kind": "ctc", "output": SCORES, "greedy": LABELS, "blank": 0, "labels": ["", *preprocessor.labels]}
    else:
        outputs = (PROBABILITIES,)
        decoder = {"kind": "softmax", "output": PROBABILITIES, "labels": list(preprocessor.labels)}
    return ExportSpec(
        inputs={
            preprocessor.input_name: InputSpec((settings.max_timesteps, features), "float32"),
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
    inspect=lambda config, splits: [],
    fit_preprocessor=fit_preprocessor,
    load_preprocessor=load_preprocessor,
    build=build,
    score=score,
    evaluate=evaluate,
    baselines=baselines,
    compare=compare,
    predict=lambda preprocessor, inputs, outputs: [],
    read_inputs=lambda text, single: [],
    export_spec=export_spec,
    prediction_rows=prediction_rows,
    plots=plots,
    card={
        "intended_use": "Reads handwriting like that it was trained on, from pen ink or images.",
        "limits": "It knows only the characters, the language and the writing styles of its training data.",
        "task": "handwriting-recognition",
    },
)
