"""The search begins with the configuration as it is; the best are trained again with other seeds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from apps.__main__ import main
from common.config import TrainingConfig, to_json
from common.errors import UnwritableError
from tests.tuning.conftest import instant
from tuning.confirmation import confirm
from tuning.report import BEST, write_report
from tuning.search import Searcher
from tuning.study import CONFIRMATION


def lucky(config, folder):
    """With the study's seed larger batches look better, with others smaller ones are."""
    value = config.batch_size / 100 if config.seed == 1 else 0.5 - config.batch_size / 100 + config.seed / 1000
    return replace(instant(config, folder), value=value, metrics={"accuracy": value})


NARROW = {"batch_size": "8,16,32,64", "weight_decay": "0.01,0.1", "learning_rate": "0.01"}
BASE = TrainingConfig(seed=1, epochs=9, batch_size=16, weight_decay=0.1, learning_rate=0.01)


@pytest.mark.parametrize("algorithm", ["random", "bayes", "grid"])
def test_the_first_trial_is_the_configuration_as_it_is(algorithm, make_study) -> None:
    study = make_study(algorithm, 4, base=BASE, narrow=NARROW)
    Searcher(study, lucky).search()
    first = study.records()[0]
    assert first["config"] == {"app": "toy", **to_json(BASE)} and study.initial() == first
    write_report(study)
    assert "It began with accuracy 0.1600 (trial" in (study.folder / "summary.md").read_text()


def test_hyperband_begins_with_it_too(make_study) -> None:
    study = make_study("hyperband", 0, base=BASE, narrow=NARROW)
    Searcher(study, lucky).search()
    first = study.records()[0]
    assert first["config"] == {"app": "toy", **to_json(replace(BASE, epochs=first["config"]["epochs"]))}


def test_a_space_that_leaves_the_configuration_out_says_so(make_study) -> None:
    study = make_study(base=BASE, narrow={"batch_size": "32,64"}, trials=2)
    Searcher(study, lucky).search()
    assert study.initial() is None
    write_report(study)
    assert "lies outside its space" in (study.folder / "summary.md").read_text()


def test_the_best_mean_over_other_seeds_wins(make_study) -> None:
    study = make_study("grid", 0, base=BASE, narrow=NARROW)
    Searcher(study, lucky).search()
    assert study.best()["config"]["batch_size"] == 64
    confirm(study, lucky, 2)
    rows = study.confirmed()
    assert [row["config"]["batch_size"] for row, _ in rows] == [16, 32, 64, 64], "the initial one too"
    assert rows[0][1] == pytest.approx([0.342, 0.343])
    write_report(study)
    best = json.loads((study.folder / BEST).read_text())
    assert best["batch_size"] == 16 and best["seed"] == 1
    text = (study.folder / "summary.md").read_text()
    assert "Confirmed with 2 other seeds" in text and ", nothing changed | 0.1600 | 0.3425 | 0.3420 | 0.3430 |" in text


def test_it_goes_on_where_it_was_and_more_seeds_can_follow(make_study) -> None:
    study, seeds = make_study("grid", 0, base=BASE, narrow=NARROW), []
    Searcher(study, lucky).search()

    def stopped(config, folder):
        seeds.append(config.seed)
        if len(seeds) == 3:
            raise KeyboardInterrupt
        return lucky(config, folder)

    with pytest.raises(KeyboardInterrupt):
        confirm(study, stopped, 2)
    assert len(study.records(CONFIRMATION)) == 2
    confirm(study, stopped, 2)
    confirm(study, stopped, 2)
    assert len(seeds) == 4 * 2 + 1, "only the one that was stopped ran again"
    confirm(study, stopped, 3)
    assert sorted(set(seeds)) == [2, 3, 4] and {len(values) for _, values in study.confirmed()} == {3}


def test_one_that_fails_with_another_seed_is_not_confirmed(make_study) -> None:
    study = make_study("grid", 0, base=BASE, narrow=NARROW)
    Searcher(study, lucky).search()

    def diverges(config, folder):
        if config.batch_size == 64 and config.seed == 3:
            raise ValueError("the loss is NaN")
        return lucky(config, folder)

    confirm(study, diverges, 2)
    assert [row["config"]["batch_size"] for row, _ in study.confirmed()] == [16, 32]
    assert [row["error"] for row in study.records(CONFIRMATION) if row["status"] == "failed"] == [
        "ValueError: the loss is NaN"
    ] * 2


def test_a_full_disk_ends_it_and_counts_for_nothing(make_study) -> None:
    study = make_study("grid", 0, base=BASE, narrow=NARROW)
    Searcher(study, lucky).search()

    def full(config, folder):
        raise OSError(28, "No space left on device", str(folder))

    with pytest.raises(UnwritableError):
        confirm(study, full, 2)
    assert not study.records(CONFIRMATION) and study.best()["config"]["batch_size"] == 64


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--confirm", "-1"], "--confirm: expected 0 or more, found -1"),
        (["--confirm", "2", "--role", "worker", "--chief", "h:1"], "--confirm: expected no --role beside it"),
    ],
)
def test_bad_input_is_one_line(flags, words, tmp_path, capsys) -> None:
    assert main(["tune", "sentiment", "--study", str(tmp_path / "study"), *flags]) == 2
    assert words in capsys.readouterr().err


def test_a_record_that_names_no_trial_counts_for_nothing(make_study) -> None:
    study = make_study("grid", 0, base=BASE, narrow=NARROW)
    Searcher(study, lucky).search()
    ended = {"value": 9.0, "seconds": 1.0, "epochs": 1, "best_epoch": 1, "parameters": 10}
    study.record("stray", {"status": "completed", "values": {}, "config": {}, **ended}, CONFIRMATION)
    assert study.confirmed() == [] and study.best()["config"]["batch_size"] == 64
