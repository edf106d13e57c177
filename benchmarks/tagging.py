"""`python -m benchmarks.tagging`: sentences a second of the tagger, training and predicting, beside CRFsuite.

On generated (synthetic) sentences, or on `--data`. The best of three passes, in one process
and run: figures are of this machine, ratios travel further.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

PASSES = 3
LIMIT = 2000  # sentences of a pass


def best_rate(work: Callable[[], object], sentences: int) -> float:
    """Sentences a second of the fastest of `PASSES` calls; one call before to warm up."""
    work()
    seconds = []
    for _ in range(PASSES):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return sentences / min(seconds)


def main() -> int:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", default="sample", help="as of `unroll train ner` (default: generated sentences)")
    options = parser.parse_args()

    from apps.ner.app import APP, export_spec
    from apps.ner.config import NerConfig
    from common.data.batches import TrainingBatches
    from common.data.ragged import joined
    from common.data.splits import TRAIN
    from common.evaluation.tag_baselines import linear_crf
    from common.training import compiled, keras_runner
    from export.convert import to_tflite
    from export.runtime import Runtime

    config = NerConfig(data=options.data, sample_size=3000)
    splits = APP.load(config)
    train = splits[TRAIN].take(range(min(LIMIT, len(splits[TRAIN]))))
    words = [sentence.words for sentence in train.inputs]
    preprocessor = APP.fit_preprocessor(config, splits[TRAIN], (), splits.labels)
    arrays, targets = joined(preprocessor.encode_training(train)), preprocessor.encode_targets(train.targets)
    models = APP.build(config, preprocessor)
    batches = TrainingBatches(arrays, targets, config.batch_size, 0)
    compiled(models, config, batches)
    data = batches.dataset()
    runner, spec = keras_runner(models.serving), export_spec(config, preprocessor)
    device = Runtime(to_tflite(models.serving, spec, "int8"), spec.inputs, threads=1)
    small = {name: array[:200] if name == "lengths" else array.take(range(200)) for name, array in arrays.items()}
    tags = train.targets
    rates = {
        "training, an epoch": best_rate(
            lambda: models.training.fit(data, epochs=1, shuffle=False, verbose=0), len(train)
        ),
        "predicting, encoded, in batches": best_rate(lambda: runner(arrays), len(train)),
        "predicting, from words": best_rate(lambda: runner(preprocessor.encode(train.inputs)), len(train)),
        "int8 bundle, one at a time, one thread": best_rate(lambda: device(small), 200),
        "CRFsuite, training (60 iterations)": len(train) / _seconds(lambda: linear_crf(words, tags, words[:1])),
    }
    per_sentence = sum(map(len, words)) / len(words)
    print(
        f"{len(train):,} sentences of {per_sentence:.1f} words, {'SYNTHETIC' if splits.synthetic else options.data}\n"
    )
    print("| what | sentences/s |\n|---|---|")
    for name, rate in rates.items():
        print(f"| {name} | {rate:,.0f} |")
    return 0


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
