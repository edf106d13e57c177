"""On the real files, where UNROLL_DATA names the folder that holds them: known counts and known leaks are found."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from apps.dna import data
from apps.dna.alignment import position_signal, strand_signal
from apps.dna.config import DnaConfig
from apps.dna.duplicates import conflicts, keys_of
from apps.dna.inspection import inspect
from common.data.splits import TEST, TRAIN

ROOT = Path(os.environ.get("UNROLL_DATA", "absent")) / "dna"
pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="UNROLL_DATA names no folder with dna/")


def _load(path):
    config = replace(DnaConfig(), data=str(ROOT / path))
    return config, data.load(config)


def test_the_duplicates_across_the_splits_of_gue_are_told():
    config, splits = _load("gue/prom/prom_300_tata")
    assert {name: len(part) for name, part in splits.items()} == {"train": 4904, "validation": 613, "test": 613}
    told = next(line for line in inspect(config, splits) if line.startswith("crossing"))
    assert "14 in both train and validation" in told and "6 in both train and test" in told


def test_splice_junctions_are_grouped_by_gene_and_sequence():
    _, splits = _load("uci_splice/splice.data")
    assert sum(map(len, splits.values())) == 3190
    assert splits.labels == ("EI", "IE", "N")
    found = conflicts(splits.parts, keys_of(splits.parts))
    assert len(found) == 1 and not found[0].crossing
    genes = [{record.name.partition("-")[0] for record in splits[name].inputs} for name in (TRAIN, TEST)]
    assert not genes[0] & genes[1]


@pytest.mark.parametrize(("path", "stranded"), [("uci_promoters/promoters.data", True), ("gue/tf/1", False)])
def test_the_strand_of_real_windows_is_told(path, stranded):
    train = _load(path)[1][TRAIN]
    sequences = [record.sequence for record in train.inputs]
    assert position_signal(sequences, train.targets).found
    assert strand_signal(sequences, train.targets).found == stranded
