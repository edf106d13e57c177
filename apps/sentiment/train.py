"""The training script: `python -m apps.sentiment.train` is `unroll train sentiment`."""

from __future__ import annotations

import sys

from apps.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["train", "sentiment", *sys.argv[1:]]))
