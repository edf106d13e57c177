"""`unroll predict BUNDLE`: answers from an exported bundle alone, as a device gives them."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from apps import load_app
from common.app import Answer
from common.errors import UserError
from common.files import decode_utf8, read_text
from export.answers import answers, knows
from export.runtime import MANIFEST, Bundle, load_bundle


def is_bundle(folder: Path) -> bool:
    """Whether a folder holds a bundle rather than a run."""
    return (folder / MANIFEST).is_file()


def predict_bundle(options: argparse.Namespace, standard_input: Any) -> None:
    """Prints an answer for each input; TensorFlow is imported only where an application encodes or decodes itself."""
    bundle = load_bundle(Path(options.run))
    found = _light(bundle, options, standard_input) if knows(bundle) else _by_application(bundle, options)
    for answer in found:
        print(json.dumps(answer.record, ensure_ascii=False, allow_nan=False) if options.json else answer.text)


def _light(bundle: Bundle, options: argparse.Namespace, standard_input: Any) -> list[Answer]:
    """A text classifier's answers, with NumPy and the runtime alone."""
    if options.text is not None:
        texts = list(options.text)
    else:
        given = read_text(Path(options.file)) if options.file else decode_utf8(standard_input.read(), "standard input")
        texts = [line for line in given.splitlines() if line.strip()]
    return [
        Answer(f"{record['label']} {record['probability']:.3f}  {' '.join(record['text'].split())[:100]}", record)
        for record in answers(bundle, texts)
    ]


def _by_application(bundle: Bundle, options: argparse.Namespace) -> list[Answer]:
    """Any other application's answers: it encodes and decodes itself, the bundle's model runs in between."""
    from apps.commands import read_inputs

    name = bundle.manifest["application"]
    if bundle.preprocessing.get("kind") == "none":
        raise UserError(
            f"{bundle.folder}: expected the bundle of an application, found that of a lone model, whose inputs are "
            "tensors; call export.runtime.load_bundle(...).runtime()"
        )
    app = load_app(name)
    with tempfile.TemporaryDirectory(prefix="unroll-") as folder:
        assets = Path(folder) / "preprocessing"
        if (bundle.folder / "preprocessing").is_dir():
            shutil.copytree(bundle.folder / "preprocessing", assets)
        assets.mkdir(exist_ok=True)
        if not (assets / "preprocess.json").exists():
            shutil.copyfile(bundle.folder / "preprocess.json", assets / "preprocess.json")
        preprocessor = app.load_preprocessor(assets, {})
    inputs = read_inputs(options, app)
    if not inputs:
        return []
    return app.predict(preprocessor, inputs, bundle.runtime().run(preprocessor.encode(inputs)))
