"""`unroll predict BUNDLE`: answers from an exported bundle alone, as a device gives them; no TensorFlow."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from apps.commands import named_inputs
from export.answers import open_bundle
from export.runtime import MANIFEST


def is_bundle(folder: Path) -> bool:
    """Whether a folder holds a bundle rather than a run."""
    return (folder / MANIFEST).is_file()


def predict_bundle(options: argparse.Namespace) -> None:
    """Prints an answer for each input."""
    answerer = open_bundle(Path(options.run))
    for answer in answerer(named_inputs(options, answerer.read_text, answerer.read_path)):
        print(json.dumps(answer.record, ensure_ascii=False, allow_nan=False) if options.json else answer.text)
