"""One half of a point of `benchmarks.scale` in a process of its own: what each stage of it takes, as JSON.

`prepare` reads and encodes; `train` finds the encoded arrays in the cache, so that no memory which encoding gave back
is there to be used again, and trains, tests and fits the baselines.

Memory is told in two parts: anonymous pages, which are the process's own, and file pages, which the system takes back
when it wants (memory-mapped arrays). The peak of resident memory is the kernel's, restarted for each stage; the peak of
anonymous memory is sampled every 10 ms.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from common.quiet import silenced

_STATUS = Path("/proc/self/status")
_INTERVAL_SECONDS = 0.01


def memory(name: str) -> int:
    """A line of /proc/self/status (VmRSS, VmHWM, RssAnon), in bytes."""
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name + ":"))
    return int(line.split()[1]) * 1024


class Stage:
    """Measures what happens inside it.

    Attributes:
        record: wall_seconds, processor_seconds, anonymous_before, anonymous_peak, anonymous_after and resident_peak, in
            seconds and bytes; filled when it ends.
    """

    def __init__(self) -> None:
        self.record: dict[str, float] = {}

    def __enter__(self) -> Stage:
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")
        self.before = self.peak = memory("RssAnon")
        self.done = threading.Event()
        self.sampler = threading.Thread(target=self._sample, daemon=True)
        self.sampler.start()
        self.wall, self.processor = time.perf_counter(), time.process_time()
        return self

    def _sample(self) -> None:
        while not self.done.wait(_INTERVAL_SECONDS):
            self.peak = max(self.peak, memory("RssAnon"))

    def __exit__(self, *error: object) -> None:
        wall, processor = time.perf_counter() - self.wall, time.process_time() - self.processor
        self.done.set()
        self.sampler.join()
        after = memory("RssAnon")
        self.record |= {
            "wall_seconds": wall, "processor_seconds": processor, "anonymous_before": self.before,
            "anonymous_peak": max(self.peak, after), "anonymous_after": after, "resident_peak": memory("VmHWM"),
        }  # fmt: skip


def measure(half: str, name: str, data: Path, work: Path, flags: list[str]) -> dict[str, Any]:
    """The stages of a half: `prepare` (read, then encode into the cache) or `train` (two epochs, test, baselines)."""
    stages: dict[str, dict[str, float]] = {}

    def staged(stage: str, do: Callable[[], Any]) -> Any:
        with Stage() as found:
            result = do()
        stages[stage] = found.record
        return result

    app, config = _start(name, data, flags)
    cache = work / "cache"
    if half == "prepare":
        from common.preparation import prepare

        splits = staged("read", lambda: app.load(config))
        staged("prepare", lambda: prepare(app, config, splits, cache, work / "assets") and None)
        sizes = {"examples": sum(map(len, splits.values())), "file_bytes": _size(data), "cache_bytes": _size(cache)}
        return {"stages": stages, **sizes}
    from common.data.splits import TEST
    from common.fitting import fitted
    from common.training import keras_runner

    def test() -> Any:
        outputs = keras_runner(models.serving)(prepared.preprocessor.encode(part.inputs))
        return app.evaluate(prepared.preprocessor, part, outputs)

    splits = app.load(config)
    prepared, models, history = staged(
        "train", lambda: fitted(app, config, splits, cache, work / "assets", work / "checkpoints", None)
    )
    part = splits[TEST]
    staged("test", test)
    staged("baselines", lambda: app.baselines(config, splits, part) and None)
    return {"stages": stages, "epoch_seconds": history[-1]["seconds"]}


def _start(name: str, data: Path, flags: list[str]) -> tuple[Any, Any]:
    import argparse

    from apps import load_app, load_config
    from common.config import add_flags, from_flags

    kind = load_config(name)
    parser = argparse.ArgumentParser()
    add_flags(parser, kind)
    config = from_flags(kind, parser.parse_args(flags))
    with silenced():
        return load_app(name), replace(config, data=str(data))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    half, name, data, work, *flags = sys.argv[1:]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print(json.dumps(measure(half, name, Path(data), Path(work), flags)))


if __name__ == "__main__":
    main()
