"""The training script: `python -m apps.stock.train` is `unroll train stock`."""

from __future__ import annotations

import sys

from apps.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["train", "stock", *sys.argv[1:]]))
