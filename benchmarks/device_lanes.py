"""`make bench-lanes`: the lanes `mediapipe` and `micro` under their runtimes, each in an environment of its own.

The texts are synthetic and the models are trained for seconds: what is measured is agreement with Keras, not quality.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

TEXTS = 200
LIMIT_SECONDS = 120
TOLERANCES = {"float32": 1e-4, "int8": 0.1}


def main(mediapipe: Path, micro: Path) -> int:
    """Prints what both runtimes gave; 1 where an answer is further from Keras than allowed."""
    import keras

    from apps.sentiment import sample
    from apps.sentiment.config import SentimentConfig
    from apps.sentiment.preprocess import fit_preprocessor

    keras.utils.set_random_seed(0)
    config = SentimentConfig(
        max_length=32, units=32, embedding=32, convolution=32, ngram_buckets=1024, sample_size=1000
    )
    splits = sample.generate(config.sample_size, config.seed)
    preprocessor = fit_preprocessor(config, splits["train"], (), splits.labels)
    passed = [
        run_mediapipe(mediapipe, config, preprocessor, splits),
        run_micro_lane(micro, config, preprocessor, splits),
    ]
    return 0 if all(passed) else 1


def run_mediapipe(python: Path, config: Any, preprocessor: Any, splits: Any) -> bool:
    """The sentiment application's own model (convolution, bidirectional GRU, n-grams) in TextClassifier."""
    import numpy as np

    from apps.sentiment.app import export_spec
    from apps.sentiment.model import build
    from common.data.splits import TEST
    from export.keras_runner import keras_runner
    from export.mediapipe import text_task, to_mediapipe
    from export.mediapipe_tokens import PATTERN
    from export.metadata import Metadata

    model, spec = build(config, preprocessor).serving, export_spec(config, preprocessor)
    texts = [*(text.strip() for text in splits[TEST].inputs[:TEXTS]), "", "Never GOOD!", "It isn\u2019t bad."]
    about = Metadata("sentiment", "synthetic texts", "1", "an author", "Apache-2.0")
    wanted = keras_runner(model, spec)(preprocessor.encode(texts))["probabilities"]
    good = True
    for weights, allowed in TOLERANCES.items():
        with tempfile.TemporaryDirectory(prefix="unroll-") as name:
            folder = Path(name)
            preprocessor.save(folder)
            data = to_mediapipe(model, spec, folder, weights, about)
            (folder / "model.tflite").write_bytes(data)
            (folder / "texts.json").write_text(json.dumps(texts))
            child = Path(__file__).with_name("mediapipe_child.py")
            done = subprocess.run(
                [str(python), str(child), name], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
            )
            if done.returncode:
                print(f"mediapipe {weights}: failed: {done.stderr.strip()[-600:]}")
                return False
            found = json.loads((folder / "found.json").read_text())
            encoder = text_task(spec, folder).encoder
        scores = np.array([[row[label] for label in preprocessor.labels] for row in found["scores"]])
        same = np.array([np.array_equal(encoder.encode(text), preprocessor.encoder.ids(text)) for text in texts])
        long = [len(preprocessor.encoder.tokenizer(text)) > config.max_length for text in texts]
        gaps = np.abs(scores - wanted).max(axis=1)
        gap = float(gaps[same].max())
        read_back = (found["name"], found["author"], found["tokenizer"]) == (about.name, about.author, PATTERN)
        good &= gap <= allowed and read_back and bool(np.all(same | long))
        print(
            f"mediapipe {found['version']} {weights}: {len(data):,} bytes; metadata read back: {read_back}, files "
            f"{', '.join(found['files'])}; {int(same.sum())} of {len(texts)} raw texts with the token ids of our "
            f"preprocessor, their probabilities within {gap:.2g} of Keras (at most {allowed:g}); the others are longer "
            f"than {config.max_length} tokens, MediaPipe keeps their start alone: within {gaps.max():.2g}"
        )
    return good


def run_micro_lane(python: Path, config: Any, preprocessor: Any, splits: Any) -> bool:
    """A one-way model that reads one word a call, and float32 and int8 of each cell, in TensorFlow Lite Micro."""
    import numpy as np

    from apps.sentiment.app import export_spec
    from common.data.splits import TEST
    from export.keras_runner import keras_runner
    from export.micro import to_micro
    from export.micro_files import run_micro
    from export.probes import pick
    from export.rows import padded_inputs

    spec, good = export_spec(config, preprocessor), True
    arrays = preprocessor.encode(splits[TEST].inputs[:TEXTS])
    for cell in ("SimpleRNN", "LSTM", "GRU"):
        model = small_model(cell, preprocessor, splits)
        probes = pick(arrays, spec, 32)
        wanted = keras_runner(model, spec)(probes.arrays)["probabilities"]
        rows = [padded_inputs(probes.arrays, spec.inputs, np.array([row])) for row in range(len(probes.lengths))]
        for weights, allowed in TOLERANCES.items():
            made = to_micro(model, spec, arrays, weights)  # type: ignore[arg-type]
            run = run_micro(made, rows, [int(length) for length in probes.lengths], python)
            gap = float(np.abs(run.outputs["probabilities"].reshape(wanted.shape) - wanted).max())
            good &= gap <= allowed
            print(
                f"tflite-micro {run.version} {cell} 32 {weights} {made.signature}: {len(made.data):,} bytes, arena "
                f"{run.arena_bytes:,} bytes, {len(rows)} rows within {gap:.2g} of Keras (at most {allowed:g})"
            )
    return good


def small_model(cell: str, preprocessor: Any, splits: Any) -> Any:
    """Embedding, one recurrent layer, softmax; fitted for three passes over the synthetic training texts."""
    import keras
    import numpy as np

    from common.data.splits import TRAIN
    from common.layers.masking import length_mask

    tokens = keras.Input((None,), dtype="int32", name="tokens")
    lengths = keras.Input((), dtype="int32", name="lengths")
    x = keras.layers.Embedding(len(preprocessor.vocabulary), 16)(tokens)
    x = getattr(keras.layers, cell)(32)(x, mask=length_mask(tokens, lengths))
    answer = keras.layers.Dense(len(preprocessor.labels), activation="softmax")(x)
    model = keras.Model([tokens, lengths], {"probabilities": answer})
    model.compile(keras.optimizers.Adam(5e-3), keras.losses.SparseCategoricalCrossentropy())
    train = splits[TRAIN]
    ids = [preprocessor.encoder.ids(text) for text in train.inputs]
    padded = np.zeros((len(ids), preprocessor.encoder.max_length), np.int32)
    for row, one in enumerate(ids):
        padded[row, : len(one)] = one
    sizes = np.array([len(one) for one in ids], np.int32)
    model.fit([padded, sizes], preprocessor.encode_targets(train.targets), batch_size=32, epochs=3, verbose=0)
    return model


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()))
