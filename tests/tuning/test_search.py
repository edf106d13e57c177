"""Trials are proposed, trained once, recorded; a killed search goes on where it was."""

from __future__ import annotations

import json

import grpc
import pytest
from keras_tuner.errors import FatalError

from apps import searching
from common.config import TrainingConfig
from common.errors import UserError
from tests.tuning.conftest import instant, value_of
from tuning.oracles import ALGORITHMS
from tuning.report import BEST, importances, live_table, summary, write_report
from tuning.search import Searcher
from tuning.trials import Cost, Rejected


class Killed(BaseException):
    """What a kill leaves behind: no handler runs to the end."""


def until(count: int, trial=instant):
    """A trial function that dies at its `count`-th call."""
    calls = []

    def run(config, folder):
        calls.append(config)
        if len(calls) == count:
            raise Killed
        return trial(config, folder)

    run.calls = calls
    return run


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_goes_on_after_a_kill_and_runs_nothing_twice(algorithm, make_study) -> None:
    narrow = {"learning_rate": "0.01,0.1", "batch_size": "8,16", "weight_decay": "0.01,0.1"}
    study = make_study(algorithm, 0 if algorithm == "grid" else 8, narrow=narrow)
    first = until(4)
    with pytest.raises(Killed):
        Searcher(study, first).search()
    rest = until(0)
    Searcher(study, rest).search()
    rows = study.records()
    assert len(rows) == 8 and all(row["status"] in ("completed", "repeated") for row in rows)
    trained = [tuple(sorted(row["config"].items(), key=str)) for row in rows if row["status"] == "completed"]
    assert len(set(trained)) == len(trained), "no point is trained twice"
    assert len(first.calls) - 1 + len(rest.calls) == len(trained), "only the trial in flight ran again"
    if algorithm == "grid":
        assert len(trained) == 8


def test_a_state_file_cut_short_is_replaced_by_its_backup(make_study) -> None:
    study = make_study(trials=4)
    with pytest.raises(Killed):
        Searcher(study, until(3)).search()
    path = study.folder / "oracle" / "oracle.json"
    path.write_text(path.read_text()[:40])
    Searcher(study, instant).search()
    assert [row["status"] for row in study.records()] == ["completed"] * 4


def test_a_result_that_was_written_but_not_told_is_not_trained_again(make_study) -> None:
    study = make_study(trials=3)
    searcher = Searcher(study, instant)
    searcher.oracle.end_trial = lambda trial: (_ for _ in ()).throw(Killed)
    with pytest.raises(Killed):
        searcher.search()
    rest = until(0)
    Searcher(study, rest).search()
    assert [row["status"] for row in study.records()] == ["completed"] * 3 and len(rest.calls) == 2


def test_a_chief_that_is_gone_makes_no_trial_a_failed_one(make_study, monkeypatch) -> None:
    study = make_study(trials=2)
    searcher = Searcher(study, instant)

    def gone(*arguments: object, **options: object) -> None:
        raise grpc.RpcError("unavailable")

    monkeypatch.setattr(searcher.oracle, "update_trial", gone)
    with pytest.raises(FatalError, match="the chief does not answer"):
        searcher.search()
    assert [row["status"] for row in study.records()] == ["completed"]
    again = Searcher(study, instant)
    again.search()
    assert {trial.status for trial in again.oracle.trials.values()} == {"COMPLETED"}
    assert [row["status"] for row in study.records()] == ["completed"] * 2


def test_a_failed_trial_is_recorded_and_the_search_goes_on(make_study) -> None:
    study = make_study(trials=6)

    def fails(config, folder):
        if config.batch_size == 8:
            raise MemoryError("no room for\nthe batch")
        return instant(config, folder)

    Searcher(study, fails).search()
    rows = study.records()
    failed = [row for row in rows if row["status"] == "failed"]
    assert len(rows) == 6 and failed and len(failed) < 6
    assert failed[0]["error"] == "MemoryError: no room for the batch"
    assert "Traceback" in (study.trial_folder(failed[0]["trial"]) / "error.txt").read_text()
    assert study.best()["value"] == max(row["value"] for row in rows if "value" in row)
    assert "no room for the batch" in summary(study, study.best())


def test_a_trial_that_takes_its_process_down_is_given_up(make_study) -> None:
    study = make_study(trials=2)
    for _ in range(3):
        with pytest.raises(Killed):
            Searcher(study, until(1)).search()
    Searcher(study, instant).search()
    rows = study.records()
    assert [row["status"] for row in rows] == ["failed", "completed"]
    assert rows[0]["error"] == "its process died 3 times"


def test_repeated_proposals_are_looked_up(make_study) -> None:
    study = make_study("bayes", 8, narrow={"learning_rate": "0.01", "batch_size": "8,16", "weight_decay": "0.01"})
    run = until(0)
    Searcher(study, run).search()
    assert len(run.calls) == 2
    assert {row["status"] for row in study.records()} <= {"completed", "repeated"}


def test_candidates_over_budget_are_rejected_and_do_not_count(make_study) -> None:
    study = make_study(trials=4)

    def small_only(config, folder):
        if config.batch_size > 8:
            raise Rejected(Cost(900.0), "900 KB as int8, at most 300 allowed")
        return instant(config, folder)

    Searcher(study, small_only).search()
    rows = study.records()
    assert sum(row["status"] == "completed" for row in rows) == 4
    rejected = [row for row in rows if row["status"] == "rejected"]
    assert rejected and rejected[0]["error"] == "900 KB as int8, at most 300 allowed"


def test_where_nothing_fits_the_budget_the_search_ends(make_study) -> None:
    study = make_study(trials=1)

    def none(config, folder):
        raise Rejected(Cost(900.0), "too large")

    Searcher(study, none).search()
    assert study.best() is None and len(study.records()) == 21
    assert write_report(study) is None


def test_hyperband_trains_longer_what_was_good(make_study) -> None:
    study = make_study("hyperband", 0)
    Searcher(study, instant).search()
    epochs = {row["config"]["epochs"] for row in study.records()}
    assert epochs == {1, 3, 9}
    last = [value_of(TrainingConfig(**{k: v for k, v in row["config"].items() if k != "app"}))
            for row in study.records() if row["config"]["epochs"] == 9]  # fmt: skip
    first = [row["value"] for row in study.records() if row["config"]["epochs"] == 1]
    assert max(last) >= max(first)


def test_trials_that_end_out_of_order_are_each_told_once(make_study, monkeypatch) -> None:
    study, told = make_study(), []
    monkeypatch.setattr(searching, "say", told.append)
    with searching._table(study, 2) as update:
        study.record("1", {"status": "running", "values": {}})
        ended = {"value": 0.5, "seconds": 1.0, "epochs": 1, "best_epoch": 1, "parameters": 10}
        study.record("2", {"status": "completed", "values": {"units": 8}, "config": {}, **ended})
        update()
        study.record("1", {"status": "failed", "error": "NaN", "values": {}})
        update()
        update()
    assert [line.split(":")[0] for line in told] == ["trial 2 completed", "trial 1 failed"]


def test_the_report_has_the_best_configuration_the_front_and_what_mattered(make_study) -> None:
    study = make_study(trials=12)

    def priced(config, folder):
        from dataclasses import replace

        return replace(instant(config, folder), cost=Cost(10 * config.batch_size, None, 1000 * config.batch_size))

    Searcher(study, priced).search()
    best = write_report(study)
    assert best == study.best()
    values = json.loads((study.folder / BEST).read_text())
    assert "app" not in values and values["learning_rate"] == best["config"]["learning_rate"]
    front = study.pareto("size_kb")
    assert [row["value"] for row in front] == sorted(row["value"] for row in front) and front[-1] == best
    shares = importances(study)
    assert sum(shares.values()) == pytest.approx(1) and next(iter(shares)) == "batch_size"
    text = (study.folder / "summary.md").read_text()
    assert "What mattered" in text and "accuracy against KB as int8" in text and "SYNTHETIC" in text
    assert "accuracy against multiply-adds an inference" in text and "us an inference" not in text
    assert study.pareto("multiply_adds") == front
    assert (study.folder / "pareto.png").stat().st_size > 5000
    assert list((study.folder / "tensorboard").rglob("events*"))
    assert live_table(study, 1).row_count == 12


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"algorithm": "grid"}, "algorithm 'random'"),
        ({"base": TrainingConfig(seed=2, epochs=9)}, "seed 1"),
        ({"narrow": {"batch_size": "8"}}, "batch_size"),
        ({"objective": "loss"}, "objective 'accuracy'"),
    ],
)
def test_another_study_s_folder_is_refused(changes, words, make_study) -> None:
    make_study()
    with pytest.raises(UserError, match="expected the study it was begun as") as caught:
        make_study(**changes)
    assert words in str(caught.value)


def test_a_folder_of_something_else_is_refused(make_study, tmp_path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="expected a study or an empty folder, found other files"):
        make_study()
