"""A study on a full disk stops and goes on; one with a flipped byte in any file that is read is refused by its name."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from keras_tuner.errors import FatalError

from common.errors import UnwritableError, UserError
from common.files import sweep
from tests.apps.damage import flipped
from tests.tuning.conftest import instant
from tuning.search import Searcher
from tuning.study import Study


def test_a_full_disk_ends_the_search_with_no_trial_failed_and_it_goes_on(
    make_study, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, done = make_study(trials=4), []

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fills_the_disk(config: object, folder: Path) -> object:
        done.append(folder)
        if len(done) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "checkpoint")
        if len(done) == 5:
            monkeypatch.setattr("common.files._sync", full)  # the trial's own record cannot be written
        return instant(config, folder)

    for _ in range(2):
        with pytest.raises((FatalError, UnwritableError), match="No space left on device") as caught:
            Searcher(study, fills_the_disk).search()
        assert isinstance(caught.value, UnwritableError) or isinstance(caught.value.__cause__, UnwritableError)
        monkeypatch.undo()
        assert "failed" not in {row["status"] for row in study.records()}
    Searcher(study, instant).search()
    assert [row["status"] for row in study.records()] == ["completed"] * 4


@pytest.mark.parametrize(
    "ended_by", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "checkpoint"), KeyboardInterrupt()]
)
def test_a_trial_that_is_stopped_again_and_again_is_not_given_up(make_study, ended_by: BaseException) -> None:
    study = make_study(trials=1)

    def stopped(config: object, folder: Path) -> object:
        raise ended_by

    for _ in range(5):
        with pytest.raises((FatalError, UnwritableError, KeyboardInterrupt)):
            Searcher(study, stopped).search()
    Searcher(study, instant).search()
    assert [row["status"] for row in study.records()] == ["completed"]


def test_a_study_with_a_flipped_byte_is_refused_by_the_file_s_name(make_study, capsys) -> None:
    """Files that are read: what was asked for, every trial's record, Keras Tuner's own state of trials and search. The
    state of the search is written twice: where one is damaged, that is told and the other is taken up."""
    study: Study = make_study(trials=3)
    Searcher(study, instant).search()
    files = sorted(path for path in study.folder.rglob("*") if path.is_file())
    assert {path.name for path in files} == {"study.json", "trial.json", "oracle.json", "oracle.json.backup"}
    for number, path in enumerate(files):
        if path.name == "oracle.json.backup":  # read only where oracle.json is damaged
            continue
        with flipped(path, number):
            if path.name == "oracle.json":
                Searcher(study, instant).search()
                assert "oracle.json: expected" in capsys.readouterr().err
                continue
            with pytest.raises((UserError, FatalError), match=f"{path.name}: expected|{path.name}:"):
                study.open()
                study.records()
                Searcher(study, instant).search()


def test_what_a_killed_search_left_at_its_start_is_no_reason_to_refuse(make_study) -> None:
    study: Study = make_study()
    left = study.folder / ".study.partial-0123abcd.json"
    (study.folder / "study.json").replace(left)
    study.open()
    sweep(study.folder)
    assert [path.name for path in study.folder.iterdir()] == ["study.json"]
