"""A full disk, a place that cannot be written, signals: one line, nothing half written, the same command goes on."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.__main__ import main
from common import pipeline
from common.errors import UserError
from common.files import write_with
from common.runs import Run
from tests.apps.damage import assert_one_line, files_up_to
from tests.apps.trainings import arguments, assert_same

APP = "sentiment"  # what is tested is shared by all
pytestmark = pytest.mark.parametrize("finished", [APP], indirect=True)


def partial(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if ".partial-" in path.name]


def interrupted_save(monkeypatch: pytest.MonkeyPatch, sent: signal.Signals) -> None:
    """The signal comes when half of model.keras is written."""

    def half(path: Path) -> None:
        path.write_bytes(b"half of a model")
        os.kill(os.getpid(), sent)

    monkeypatch.setattr(pipeline, "write_with", lambda path, save: write_with(path, half))


@pytest.fixture(autouse=True)
def whole(finished: tuple[str, Path]) -> Path:
    """The uninterrupted run."""
    return finished[1]


@pytest.fixture(scope="module")
def almost(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was interrupted when all epochs were trained and the model was about to be saved."""
    run = tmp_path_factory.mktemp("almost") / "run"
    with pytest.MonkeyPatch.context() as patch:
        interrupted_save(patch, signal.SIGINT)
        assert main(arguments(APP, run)) == 130
    return run


@pytest.fixture
def run(almost: Path, tmp_path: Path) -> Path:
    shutil.copytree(almost, tmp_path / "run")
    return tmp_path / "run"


def test_ctrl_c_and_sigterm_during_the_save_leave_no_model_and_the_same_command_ends_with_the_same_bits(
    run: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not (run / "model.keras").exists()
    with monkeypatch.context() as patch:
        interrupted_save(patch, signal.SIGTERM)
        assert main(arguments(APP, run)) == 143
    assert_one_line(capsys.readouterr().err, "interrupted; the same command")
    assert not (run / "model.keras").exists()
    assert partial(run) == []
    assert main(["predict", str(run), "--text", "x"]) == 2
    assert_one_line(capsys.readouterr().err, "expected a finished run")
    assert main(arguments(APP, run)) == 0
    assert_same(run, whole)


@pytest.mark.parametrize(("size_bytes", "named"), [(200, "environment.json"), (8_000, "cache"), (90_000, "epoch-0")])
def test_a_disk_that_is_full_from_the_start_is_one_line(
    tmp_path: Path, size_bytes: int, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with files_up_to(size_bytes):
        assert main(arguments(APP, tmp_path / "run")) == 2
    assert_one_line(capsys.readouterr().err, "cannot write", named, "free the disk")
    assert partial(tmp_path) == []
    assert not (tmp_path / "run" / "model.keras").exists()
    assert not list(tmp_path.glob("run/checkpoint/*"))


def test_a_disk_full_at_the_save_keeps_what_was_trained(
    run: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    states = sorted(path.name for path in (run / "checkpoint").iterdir())
    with files_up_to(90_000):
        assert main(arguments(APP, run)) == 2
    assert_one_line(capsys.readouterr().err, "cannot write", "model.keras", "free the disk")

    def full(file: Path) -> None:
        if file.name.startswith(".metrics"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("common.files._sync", full)
    assert main(arguments(APP, run)) == 2
    assert_one_line(capsys.readouterr().err, "metrics.json: No space left on device")
    monkeypatch.undo()
    assert partial(run) == []
    assert not (run / "metrics.json").exists()
    assert sorted(path.name for path in (run / "checkpoint").iterdir()) == states
    assert main(arguments(APP, run)) == 0
    assert_same(run, whole)


@pytest.mark.parametrize("size_bytes", [100, 10_000])
def test_a_disk_full_during_export_leaves_no_bundle(
    whole: Path, tmp_path: Path, size_bytes: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with files_up_to(size_bytes):
        assert main(["export", str(whole), "--output", str(tmp_path / "bundle"), "--examples", "4"]) == 2
    assert_one_line(capsys.readouterr().err, "cannot", "File too large")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_state_or_cache_is_told_and_made_anew(
    run: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an unfinished run can make again is: an epoch is trained again, the data is encoded again."""
    for path in [sorted(run.glob("checkpoint/*.npz"))[-1], next(run.glob("cache/*/train/*.values.npy"))]:
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
    assert main(arguments(APP, run)) == 0
    said = capsys.readouterr().err
    for name in ("epoch-00004.npz", "values.npy"):
        assert f"{name} " in said
    assert said.count("is damaged;") == 2
    assert_same(run, whole)


@pytest.mark.parametrize("name", ["config.json", "environment.json", "checksums.json"])
def test_a_changed_file_of_an_unfinished_run_is_refused_by_name(
    run: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = bytearray((run / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (run / name).write_bytes(raw)
    assert main(arguments(APP, run)) == 2
    assert_one_line(capsys.readouterr().err, name)


def test_a_place_that_cannot_be_written_is_one_line(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in place of a folder: permissions do not bind root, whom tests may run as."""
    (tmp_path / "file").write_text("in the way")
    place = str(tmp_path / "file" / "x")
    for command in (
        arguments(APP, Path(place)),
        [*arguments(APP, tmp_path / "run"), "--cache-dir", place],
        ["tune", APP, "--sample-size", "100", "--study", place],
        ["export", str(whole), "--output", place, "--examples", "4"],
    ):
        assert main(command) == 2
        assert_one_line(capsys.readouterr().err, "file")
    assert (tmp_path / "file").read_text() == "in the way"


HOLD = """
import sys, time
from pathlib import Path
from common.runs import Run
with Run(Path(sys.argv[1])).locked():
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_training_in_a_folder_is_refused_until_the_first_is_gone_even_killed(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(run)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert main(arguments(APP, run)) == 2
        assert_one_line(capsys.readouterr().err, "another process trains in this folder")
    finally:
        holder.kill()
        holder.communicate()
    with Run(run).locked():
        pass


def test_what_a_process_killed_at_its_start_left_is_no_reason_to_refuse(tmp_path: Path) -> None:
    from apps import load_app, load_config
    from common.runs import refuse_other

    run, left = Run(tmp_path), tmp_path / ".environment.partial-0123abcd.json"
    left.write_text('{"half')
    (tmp_path / ".lock").touch()
    refuse_other(run, load_app(APP), load_config(APP)())
    with run.locked():
        assert not left.exists()
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UserError, match=r"thesis\.txt"):
        refuse_other(run, load_app(APP), load_config(APP)())


@pytest.mark.parametrize(
    "raised, words",
    [
        (OSError(errno.ENOSPC, "No space left on device", "/logs/events"), "No space left on device /logs/events"),
        (OSError(errno.ELOOP, "Too many links", "/a/b"), "/a/b"),
        (MemoryError(), "not enough memory"),
        (ZeroDivisionError(), ""),
    ],
)
def test_an_error_of_the_machine_anywhere_is_one_line_and_one_of_ours_is_not_hidden(
    raised: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise raised

    command: Callable[[], int] = lambda: main(["data", APP])  # noqa: E731
    monkeypatch.setattr("apps.commands.data", fail)
    if words:
        assert command() == 2
        assert_one_line(capsys.readouterr().err, words)
    else:
        with pytest.raises(ZeroDivisionError):
            command()
