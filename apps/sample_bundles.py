"""`python -m apps.sample_bundles OUT [APP...]`: small bundles of every application, for whatever runs them elsewhere.

Each model is trained for seconds on the application's synthetic sample: what it answers is of no interest, that every
runtime answers alike is. OUT/runs/APP is the run, OUT/APP the bundle; a run that is there already is used again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from apps import APPS
from apps.__main__ import main

# flags that make a training small: every part of the application in use; batches of one size, as each is compiled
SMALL = {
    "handwriting": (
        "--sample-size 300 --epochs 6 --batch-size 9 --convolution 12 --cell lstm --units 16 --layers 1 "
        "--no-deslant --max-timesteps 256 --ema 0.9 --learning-rate 0.02 --dropout 0 --augment 0.3"
    ),
    "ner": (
        "--sample-size 400 --epochs 4 --batch-size 8 --embedding 8 --form-embedding 4 --character-embedding 6 "
        "--character-units 8 --units 8 --max-length 24 --learning-rate 0.02 --dropout 0.2 --ema 0.9"
    ),
    "sentiment": (
        "--sample-size 600 --epochs 4 --batch-size 10 --embedding 8 --units 6 --convolution 8 --ngram-buckets 4096 "
        "--ngram-folds 3 --max-length 48 --ema 0.9"
    ),
    "dna": (
        "--sample-size 300 --sample-length 60 --epochs 4 --batch-size 8 --epoch-records 96 --ensemble 2 --filters 8 "
        "--kmer 3 --second-filters 6 --units 5 --ema 0.9"
    ),
    "stock": (
        "--sample-days 500 --sample-tickers 3 --window 16 --epochs 5 --batch-size 26 --units 4 --ensemble 2 --ema 0.9"
    ),
}
EXAMPLES = 40  # test examples of the metric gate


def sample_bundle(app: str, output: Path, run: Path, weights: str = "int8", lane: str = "litert") -> int:
    """Trains `run` where it is not finished yet and exports it; returns the exit status, the error told."""
    if not (run / "metrics.json").is_file():
        status = main(["train", app, "--run-dir", str(run), *SMALL[app].split()])
        if status:
            return status
    form = ["--weights", weights, "--lane", lane, "--examples", str(EXAMPLES)]
    return main(["export", str(run), "--output", str(output), *form])


def command(arguments: list[str] | None = None) -> int:
    """Makes the bundles that the command line names; returns the largest exit status, after trying all."""
    parser = argparse.ArgumentParser(prog="python -m apps.sample_bundles", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("output", type=Path, metavar="OUT")
    parser.add_argument("apps", nargs="*", metavar="APP", help=f"of {', '.join(APPS)} (default all)")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="where the runs are (default OUT/runs)")
    parser.add_argument("--weights", default="int8", help="as of `unroll export` (default int8)")
    parser.add_argument("--lane", default="litert", help="as of `unroll export` (default litert)")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.apps) - set(APPS)):
        parser.error(f"expected applications of {', '.join(APPS)}, found {', '.join(unknown)}")
    runs = options.runs or options.output / "runs"
    return max(
        sample_bundle(app, options.output / app, runs / app, options.weights, options.lane)
        for app in options.apps or APPS
    )


if __name__ == "__main__":
    sys.exit(command())
