"""Handwriting's own flags: `predict --plot`, and `--lm` for `predict` and `evaluate`; imports no TensorFlow."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.errors import UserError

if TYPE_CHECKING:
    from common.pipeline import LoadedRun


def add_predict_flags(parser: Any) -> None:
    """`--plot FILE`, `--lm`, `--lm-weight`, `--lm-bonus`."""
    parser.add_argument("--plot", metavar="PNG", help="draw the ink with the alignment below")
    _add_lm(parser)
    parser.add_argument(
        "--lm-weight", type=float, default=0.5, metavar="W", help="(default 0.5; `evaluate --lm` tunes it)"
    )
    parser.add_argument("--lm-bonus", type=float, default=1.0, metavar="B", help="for each character (default 1.0)")


def add_evaluate_flags(parser: Any) -> None:
    """`--lm`: measure beam search and a language model beside the greedy answer."""
    _add_lm(parser)


def _add_lm(parser: Any) -> None:
    text = "beam search with a character n-gram model of the run's training texts (`train`) or of a text file"
    parser.add_argument("--lm", metavar="train|FILE", help=text)


def evaluate(options: argparse.Namespace, loaded: LoadedRun) -> bool:
    """`evaluate --lm`: greedy, beam search, and beam search with a model whose weight is tuned on validation."""
    if options.lm is None:
        return False
    from apps.handwriting.language import measure

    record = measure(loaded, options.lm, options.data, options.split)
    if options.json:
        print(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False))
        return True
    print(f"{record['split']} of {record['data']}, {record['examples']:,} lines")
    print(
        f"language model of {record['lm']}: order {record['order']}, weight {record['weight']}, bonus {record['bonus']}"
    )
    for name, values in record["decoders"].items():
        told = "  ".join(f"{key} {v['value']:.4f} [{v['low']:.4f}, {v['high']:.4f}]" for key, v in values.items())
        print(f"{name:<22} {told}")
    gain = record["gain"]
    print(f"language model against greedy: {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}] cer")
    return True


def predict(options: argparse.Namespace, loaded: LoadedRun) -> bool:
    """`predict --plot` and `predict --lm`."""
    if options.plot is None and options.lm is None:
        return False
    from apps.commands import read_inputs
    from apps.handwriting.language import answers
    from common.preprocessing.writing_encoder import INK, LINE

    inputs = read_inputs(options, loaded.app, loaded.config)
    preprocessor = loaded.preprocessor
    if not inputs:
        raise UserError("expected something to read, found none; give ink or an image")
    if preprocessor.task != LINE:
        raise UserError("--plot, --lm: expected a run that reads lines, found one for single characters; leave it out")
    outputs = loaded.outputs(inputs, "predicting")
    if options.plot is not None:
        from apps.handwriting.drawing import draw_alignment
        from apps.handwriting.model import SCORES

        if len(inputs) != 1 or preprocessor.input_name != INK:
            raise UserError(f"--plot: expected one ink to draw, found {len(inputs)} inputs; give one ink")
        draw_alignment(Path(options.plot), preprocessor, inputs[0], outputs[SCORES][0])
    if options.lm is None:
        found = loaded.app.predict(preprocessor, inputs, outputs)
    else:
        found = answers(loaded, outputs, options.lm, options.lm_weight, options.lm_bonus)
    for answer in found:
        print(json.dumps(answer.record, ensure_ascii=False, allow_nan=False) if options.json else answer.text)
    return True
