"""What whole processes do beside each other, one after the other, and on a full disk (`make faults`)."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from apps.sample_bundles import SMALL
from tests.apps.damage import assert_one_line
from tests.apps.trainings import LIMIT_SECONDS, ROOT, arguments, assert_same, start

pytestmark = pytest.mark.skipif(os.environ.get("UNROLL_SLOW") != "1", reason="minutes; `make faults`")
Alone = tuple[str, Path, float]


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Its exit status and what it said."""
    output = process.communicate(timeout=LIMIT_SECONDS)[0].decode()
    return process.returncode, output


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_command_in_fresh_processes_gives_the_same_bits(alone: Alone, tmp_path: Path) -> None:
    """Of weights, metrics, predictions, history and assets, and every byte of the bundle. Apart from `train_minutes` of
    metrics.json and `seconds` of history.csv nothing of these is left out; environment.json, the card, logs and the
    time stamps inside the archive model.keras are about the process and not compared."""
    app, run, _ = alone
    again = tmp_path / "again"
    assert ended(start(arguments(app, again)))[0] == 0
    assert_same(again, run)
    for number, source in enumerate((run, again)):
        flags = ["--output", str(tmp_path / f"bundle-{number}"), "--examples", "40"]
        assert ended(start(["export", str(source), *flags]))[0] == 0
    first, second = bytes_of(tmp_path / "bundle-0"), bytes_of(tmp_path / "bundle-1")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_two_trainings_in_one_folder_at_the_same_moment(alone: Alone, tmp_path: Path) -> None:
    app, whole, _ = alone
    run = tmp_path / "run"
    two = [start(arguments(app, run)) for _ in range(2)]
    (good, _), (refused, output) = sorted(ended(process) for process in two)
    assert (good, refused) == (0, 2), output
    assert_one_line(output, "another process trains in this folder")
    assert_same(run, whole)
    shutil.rmtree(run)
    first = start(arguments(app, run))
    while not (run / "config.json").exists():
        assert first.poll() is None
        time.sleep(0.02)
    refused, output = ended(start(arguments(app, run)))
    if first.poll() is None:
        assert refused == 2, output
        assert_one_line(output, "another process trains in this folder")
    first.send_signal(signal.SIGKILL)
    first.communicate()
    status, output = ended(start(arguments(app, run)))
    assert status == 0 or "this run is finished" in output, output
    assert_same(run, whole)


def test_two_trainings_that_share_a_fresh_cache_are_both_right(alone: Alone, tmp_path: Path) -> None:
    app, whole, _ = alone
    cache = tmp_path / "cache"
    two = [start([*arguments(app, tmp_path / f"run-{n}"), "--cache-dir", str(cache)]) for n in range(2)]
    for number, process in enumerate(two):
        status, output = ended(process)
        assert status == 0, output
        assert_same(tmp_path / f"run-{number}", whole)
    assert len([path for path in cache.iterdir() if path.is_dir()]) == 1


def full_at(size_bytes: int, command: list[str]) -> tuple[int, str]:
    """The exit status of a process whose files may not grow beyond a size, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "apps", *command], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_SECONDS,
        check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes)),
    )  # fmt: skip
    return done.returncode, done.stderr


def test_no_room_is_one_line_whatever_file_it_hits(alone: Alone, tmp_path: Path) -> None:
    app, whole, _ = alone
    run, tune = tmp_path / "run", ["tune", app, *SMALL[app].split(), "--trials", "1", "--search"]
    for size_bytes in (0, 1_000, 10_000, 60_000, 150_000):
        outputs = {
            "train": full_at(size_bytes, arguments(app, run)),
            "export": full_at(size_bytes, ["export", str(whole), "--output", str(tmp_path / "b"), "--examples", "4"]),
            "tune": full_at(size_bytes, [*tune, "weight_decay=0.01,0.1", "--study", str(tmp_path / "study")]),
        }
        for name, (status, said) in outputs.items():
            print(f"{app} {name}, files up to {size_bytes}: {status} {said.splitlines()[-1][:150] if said else ''}")
            assert status in (0, 2), said
            if status:
                assert_one_line(said, "cannot")
        assert not [path for path in tmp_path.rglob("*") if ".partial-" in path.name]
    status, output = ended(start(arguments(app, run)))
    assert status == 0 or "this run is finished" in output, output
    assert_same(run, whole)
    assert ended(start([*tune, "weight_decay=0.01,0.1", "--study", str(tmp_path / "study")]))[0] == 0
