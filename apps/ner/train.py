"""The training script: `python -m apps.ner.train` is `unroll train ner`."""

from __future__ import annotations

import sys

from apps.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["train", "ner", *sys.argv[1:]]))
