"""The training script: `python -m apps.dna.train` is `unroll train dna`."""

from __future__ import annotations

import sys

from apps.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["train", "dna", *sys.argv[1:]]))
