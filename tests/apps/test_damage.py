"""One flipped byte in a run folder or a bundle is refused, with the file's name."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

from apps.__main__ import main
from common.errors import UserError
from common.files import read_sealed
from common.runs import Run
from tests.apps.damage import assert_one_line, flipped


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_finished_run_with_one_flipped_byte_is_refused_by_whatever_reads_it(
    finished: tuple[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any file but those that nothing reads back: the lock (empty), plots, TensorBoard's logs, which TensorBoard adds
    to, and MODEL_CARD.md, which is there for its owner to edit."""
    _, run = finished
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    commands = [
        ["evaluate", str(copy)],
        ["predict", str(copy), "--text", "x"],
        ["explain", str(copy), "--text", "x"],
        ["export", str(copy), "--output", str(tmp_path / "bundle")],
    ]
    names = [path.relative_to(copy) for path in files_of(copy)]
    read = [name for name in names if name.parts[0] not in ("plots", "logs", ".lock", "MODEL_CARD.md")]
    assert {"config.json", "environment.json", "checksums.json", "metrics.json", "model.keras"} < set(map(str, read))
    for number, name in enumerate(read):
        with flipped(copy / name, number):
            for command in commands if name.suffix in (".keras", ".json") else commands[:1]:
                assert main(command) == 2
                assert_one_line(capsys.readouterr().err, name.name)
    Run(copy).check()
    for name in ("predictions.csv", "history.csv", "environment.json"):  # for people: they may be removed
        (copy / name).unlink()
    Run(copy).check()
    assert not (tmp_path / "bundle").exists()


def test_a_bundle_with_one_flipped_byte_is_refused_by_whatever_reads_it(
    finished: tuple[str, Path], int8_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any file: also REPORT.md, which is a statement about the others."""
    copy = tmp_path / "copy"
    shutil.copytree(int8_bundle, copy)
    commands = [
        ["predict", str(copy), "--text", "x"],
        ["verify", str(copy)],
        ["export", str(copy), "--android", str(tmp_path / "android")],
    ]
    for number, path in enumerate(files_of(copy)):
        with flipped(path, number):
            for command in commands:
                assert main(command) == 2
                assert_one_line(capsys.readouterr().err, path.name)
    assert not (tmp_path / "android").exists()


def test_every_byte_of_a_manifest_counts_but_those_that_name_its_seal(
    finished: tuple[str, Path], float32_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the word `seal` a manifest is one of before there were seals; what it says is then as it was written."""
    copy = tmp_path / "copy"
    shutil.copytree(float32_bundle, copy)
    raw = (copy / "manifest.json").read_bytes()
    word, written = raw.rindex(b'"seal"'), read_sealed(copy / "manifest.json")
    for place in [*range(0, len(raw), 97), *range(word - 4, len(raw))]:
        with flipped(copy / "manifest.json", place, exactly=True):
            if word < place < word + 5:
                with contextlib.suppress(UserError):  # it is no JSON any more
                    assert read_sealed(copy / "manifest.json").items() > written.items()
                continue
            status = main(["predict", str(copy), "--text", "x"])
            assert (status, "manifest.json" in capsys.readouterr().err) == (2, True), place
