"""Fuzzes every reader of strangers' files, guided by coverage, each in a process of its own with bounded memory.

`python -m benchmarks.fuzz_readers CACHE PYTHON [NAME...]`; FUZZ_SECONDS says how long each (600). What libFuzzer found
worth keeping stays in CACHE/fuzz/NAME and is begun with next time; an input that broke a reader is left beside it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS, Target

RSS_MB, TIMEOUT_SECONDS, LONGEST = 2048, 30, 16_384


def fuzz(name: str, target: Target, cache: Path, python: str, seconds: int) -> bool:
    """Fuzzes one reader; prints a line, and the end of the log where it broke. Returns whether it held."""
    corpus, log = cache / "fuzz" / name, cache / "fuzz" / f"{name}.log"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"valid-{number}").write_bytes(seed)
    command = [
        python, "-m", "benchmarks.fuzz_child", name, f"-max_total_time={seconds}", f"-rss_limit_mb={RSS_MB}",
        f"-timeout={TIMEOUT_SECONDS}", f"-max_len={LONGEST}", f"-artifact_prefix={cache / 'fuzz' / name}-",
        "-print_final_stats=1", str(corpus),
    ]  # fmt: skip
    with open(log, "wb") as file:
        done = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, timeout=2 * seconds + 600, check=False)
    told = log.read_text(encoding="utf-8", errors="replace")
    units = re.search(r"number_of_executed_units:\s+(\d+)", told) or re.search(r"Done (\d+)", told)
    peak = re.search(r"peak_rss_mb:\s+(\d+)", told)
    held = done.returncode == 0
    print(
        f"{name}: {'held' if held else 'BROKE'}, {int(units[1]) if units else 0:,} executions in {seconds} s, "
        f"peak {peak[1] if peak else '?'} MB",
        flush=True,
    )
    if not held:
        print("\n".join(told.splitlines()[-40:]), flush=True)
    return held


def main(cache: str, python: str, *names: str) -> int:
    """Returns 1 where a reader broke."""
    seconds = int(os.environ.get("FUZZ_SECONDS", "600"))
    held = [fuzz(name, TARGETS[name], Path(cache).absolute(), python, seconds) for name in names or TARGETS]
    print(f"{sum(held)} of {len(held)} readers held")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
