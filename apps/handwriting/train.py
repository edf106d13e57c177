"""The training script: `python -m apps.handwriting.train` is `unroll train handwriting`."""

from __future__ import annotations

import sys

from apps.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["train", "handwriting", *sys.argv[1:]]))
