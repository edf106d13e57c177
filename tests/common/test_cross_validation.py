"""The interval over folds; folds that are finished are taken as they are, those of another kind are refused."""

import json

import pytest

from apps import load_app
from apps.__main__ import main
from apps.dna.config import DnaConfig
from common.cross_validation import cross_validate, fold_interval
from common.errors import UserError

SMALL = DnaConfig(
    sample_size=100,
    sample_length=60,
    epochs=1,
    batch_size=16,
    epoch_records=1,
    ensemble=1,
    filters=4,
    kmer=2,
    second_filters=0,
    units=3,
)


def test_the_interval_is_the_corrected_t_interval():
    found = fold_interval([0.9, 0.8, 0.85, 0.95])
    half = 3.182446 * 0.0645497 * (1 / 4 + 1 / 3) ** 0.5
    assert found == pytest.approx((0.875, 0.875 - half, 0.875 + half), rel=1e-5)
    assert fold_interval([0.5]) == (0.5, 0.5, 0.5)


def test_a_cross_validation_goes_on_where_it_was_and_pools_its_folds(tmp_path, capsys):
    app = load_app("dna")
    first = cross_validate(app, SMALL, tmp_path / "cv", 2)
    pooled = first["pooled"]
    assert pooled["examples"] == 100
    assert pooled["synthetic"]
    folds = [json.loads((tmp_path / "cv" / f"fold-{n}" / "metrics.json").read_text()) for n in (1, 2)]
    shares = [fold["metrics"]["accuracy"]["value"] * fold["examples"] / 100 for fold in folds]
    assert pooled["metrics"]["accuracy"]["value"] == pytest.approx(sum(shares))
    assert set(pooled["baselines"]) == {"majority", "kmer_logistic_regression", "gradient_boosting"}
    mean = first["over_folds"]["this model"]["accuracy"]["value"]
    assert mean == pytest.approx(sum(fold["metrics"]["accuracy"]["value"] for fold in folds) / 2)
    before = (tmp_path / "cv" / "fold-1" / "model.keras").stat().st_mtime_ns
    assert cross_validate(app, SMALL, tmp_path / "cv", 2) == first
    assert (tmp_path / "cv" / "fold-1" / "model.keras").stat().st_mtime_ns == before
    with pytest.raises(UserError, match="expected 'fold 1 of 3"):
        cross_validate(app, SMALL, tmp_path / "cv", 3)
    assert main(["train", "dna", "--run-dir", str(tmp_path / "other"), "--folds", "1"]) == 2
    assert "--folds: expected 2 to" in capsys.readouterr().err
