"""Loads a model with MediaPipe's own schema and TextClassifier; a script for a Python that has the mediapipe wheel."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from importlib import metadata
from pathlib import Path

from mediapipe.tasks.metadata import metadata_schema_py_generated as notes
from mediapipe.tasks.metadata import schema_py_generated as schema
from mediapipe.tasks.python import BaseOptions, text


def main(folder: Path) -> None:
    """Reads model.tflite and texts.json, writes found.json: what the metadata says, and the scores of every text."""
    path = folder / "model.tflite"
    data = path.read_bytes()
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    (entry,) = [entry for entry in model.metadata if entry.name == b"TFLITE_METADATA"]
    about = notes.ModelMetadataT.InitFromPackedBuf(bytes(model.buffers[entry.buffer].data), 0)
    (subgraph,) = about.subgraphMetadata
    (given,), (answer,) = subgraph.inputTensorMetadata, subgraph.outputTensorMetadata
    options = given.processUnits[0].options
    found = {
        "version": metadata.version("mediapipe"),
        "name": about.name.decode(),
        "author": about.author.decode(),
        "licence": about.license.decode(),
        "tokenizer": options.delimRegexPattern.decode(),
        "vocabulary": options.vocabFile[0].name.decode(),
        "labels": answer.associatedFiles[0].name.decode(),
        "files": zipfile.ZipFile(io.BytesIO(data)).namelist(),
    }
    settings = text.TextClassifierOptions(base_options=BaseOptions(model_asset_path=str(path)))
    with text.TextClassifier.create_from_options(settings) as classifier:
        found["scores"] = [
            {each.category_name: each.score for each in classifier.classify(one).classifications[0].categories}
            for one in json.loads((folder / "texts.json").read_text())
        ]
    (folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
