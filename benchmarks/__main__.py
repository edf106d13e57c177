"""`make bench`: size and latency of the sentiment model's three weight types, interleaved in one process.

The weights are random: neither size nor latency depends on them. Figures are of this machine, one thread.
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

REPEATS = 60


def main() -> int:
    """Prints a Markdown table; int8 and float16 as ratios to float32."""
    import numpy as np

    from apps.sentiment.app import export_spec
    from apps.sentiment.config import SentimentConfig
    from apps.sentiment.model import build
    from apps.sentiment.preprocess import TextPreprocessor
    from common.preprocessing.text import TextEncoder
    from common.preprocessing.tokenizer import Tokenizer
    from common.preprocessing.vocabulary import Vocabulary
    from export.convert import to_tflite
    from export.runtime import Runtime

    config = SentimentConfig()
    words = ("<pad>", "<unk>", *(f"word{i}" for i in range(config.vocabulary_size - 2)))
    encoder = TextEncoder(Tokenizer(), Vocabulary(words), config.max_length, 200)
    preprocessor = TextPreprocessor(encoder, ("negative", "positive"))
    model, spec = build(config, preprocessor).serving, export_spec(config, preprocessor)
    tokens = np.random.default_rng(0).integers(2, len(words), (1, config.max_length)).astype(np.int32)
    inputs = {"tokens": tokens, "lengths": np.array([config.max_length], np.int32)}
    files = {weights: to_tflite(model, spec, weights) for weights in ("float32", "float16", "int8")}
    runtimes = {weights: Runtime(data, spec.inputs, threads=1) for weights, data in files.items()}
    best = dict.fromkeys(files, float("inf"))
    for _ in range(REPEATS):
        for weights, runtime in runtimes.items():
            started = time.perf_counter()
            runtime.invoke(inputs)
            best[weights] = min(best[weights], time.perf_counter() - started)
    print(f"| weights | bytes | of float32 | microseconds, {config.max_length} tokens | of float32 |")
    print("|---|---|---|---|---|")
    for weights, data in files.items():
        size, latency = len(data) / len(files["float32"]), best[weights] / best["float32"]
        print(f"| {weights} | {len(data):,} | {size:.2f} | {best[weights] * 1e6:,.0f} | {latency:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
