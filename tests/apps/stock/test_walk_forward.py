"""The pieces of a walk-forward backtest cover the test period once, and each knows only what came before it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from apps.__main__ import main
from apps.stock.data import folds, load
from common.data.splits import TEST, TRAIN, VALIDATION
from common.errors import UserError


def decided(part):
    return np.array([window.dates[-1] for window in part.inputs])


def test_the_pieces_cover_the_test_period_once_and_look_only_back(small):
    whole, pieces = load(small), folds(small, 20)
    assert len(pieces) > 2
    together = np.concatenate([decided(piece[TEST]) for piece in pieces])
    np.testing.assert_array_equal(np.sort(together), np.sort(decided(whole[TEST])))
    for piece in pieces:
        start = decided(piece[TEST]).min()
        assert len(np.unique(decided(piece[TEST]))) <= 20
        for name in (TRAIN, VALIDATION):
            assert max(window.dates[-1] for window in piece[name].targets) < start
        assert decided(piece[TRAIN]).max() < decided(piece[VALIDATION]).min()
    np.testing.assert_array_equal(decided(pieces[0][TRAIN]), decided(whole[TRAIN]))
    assert len(pieces[1][TRAIN]) > len(pieces[0][TRAIN])


def test_a_piece_shorter_than_the_horizon_is_refused(small):
    with pytest.raises(UserError, match="--refit-every: expected at least the horizon's 3 dates, found 2"):
        folds(replace(small), 2)


def test_the_command_measures_the_whole_test_period(small, tmp_path, capsys):
    flags = (
        "--sample-days 400 --sample-tickers 1 --window 8 --horizon 3 --epochs 1 --batch-size 64 --units 2 --ensemble 1"
    )
    assert main(["train", "stock", "--run-dir", str(tmp_path / "run"), *flags.split()]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "run"), "--refit-every", "25", "--json"]) == 0
    out = capsys.readouterr().out
    record = json.loads(out[out.index("{") :])
    trained = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert record["examples"] == trained["examples"]
    assert record["split"] == "test, fitted anew every 25 dates"
    assert record["baselines"].keys() == trained["baselines"].keys()
    assert record["metrics"]["qlike"]["value"] != trained["metrics"]["qlike"]["value"]
