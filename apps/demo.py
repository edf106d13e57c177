"""What `make demo` shows: train on the synthetic sample, measure, export, check the bundle on the device runtime."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from apps.__main__ import main
from common.console import say

RUN, BUNDLE = Path("runs/demo"), Path("runs/demo-bundle")
# the sample is small and its grammar regular: a higher rate and a few epochs more than for real reviews
TRAINING = (
    "--sample-size 4000 --epochs 8 --batch-size 32 --learning-rate 0.003 --dropout 0.3 --ema 0 --convolution 96 "
    "--max-length 64 --ngram-buckets 32768"
)
TEXTS = (
    "the plot was not good",
    "the plot was good",
    "nobody would call the acting dull",
    "the film was slow but the ending was brilliant",
)


def demo() -> int:
    """Runs the demo from an empty folder; returns the exit status."""
    import shutil

    started = time.monotonic()
    for folder in (RUN, BUNDLE):
        shutil.rmtree(folder, ignore_errors=True)
    steps = (
        ["data", "sentiment", "--sample-size", "4000"],
        ["train", "sentiment", "--run-dir", str(RUN), *TRAINING.split()],
        ["predict", str(RUN), *(word for text in TEXTS for word in ("--text", text))],
        ["export", str(RUN), "--output", str(BUNDLE)],
    )
    for arguments in steps:
        say(f"\n$ unroll {' '.join(f'{a!r}' if ' ' in a else a for a in arguments)}")
        status = main(arguments)
        if status:
            return status
    _verify()
    say(f"\nall of it in {time.monotonic() - started:.0f} s; pictures in {RUN}/plots, the device's files in {BUNDLE}")
    say(f"in the browser: unroll serve {BUNDLE}   (once before: make web-runtime; docs/deploy/web.md)")
    say("on real reviews: unroll train sentiment --data aclImdb")
    return 0


def _verify() -> None:
    """Runs the test vectors of the bundle through the device runtime, as a phone would."""
    from common.data.ragged import Arrays, Ragged
    from export.runtime import load_bundle

    say("\ntest vectors on the device runtime (int8):")
    runtime = load_bundle(BUNDLE).runtime()
    vectors = json.loads((BUNDLE / "testvectors.json").read_text(encoding="utf-8"))["vectors"]
    for vector in vectors:
        arrays: Arrays = {
            "tokens": Ragged.from_rows([vector["inputs"]["tokens"]], np.int32),
            "lengths": np.array([len(vector["inputs"]["tokens"])], np.int32),
        }
        found, expected = runtime.run(arrays)["probabilities"][0], np.array(vector["outputs"]["probabilities"])
        same = "same answer" if found.argmax() == expected.argmax() else "DIFFERENT ANSWER"
        say(f"  {same}, probability {found.max():.3f} (Keras {expected.max():.3f})  {vector['raw'][:70]}")


if __name__ == "__main__":
    sys.exit(demo())
