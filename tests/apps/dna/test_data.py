"""Splits are honest: no sequence, reverse complement or group on both sides; what crosses given splits is told."""

import random
from dataclasses import replace

import pytest

from apps.dna import data
from apps.dna.config import DnaConfig
from apps.dna.duplicates import canonical, linked_groups
from apps.dna.inspection import inspect
from common.data.folds import fold_splits
from common.data.splits import TEST, TRAIN, VALIDATION
from common.errors import UserError
from common.preprocessing.nucleotides import Record, reverse_complement

CONFIG = DnaConfig(validation_fraction=0.2, test_fraction=0.2)


def _sequences(count, seed=0):
    generator = random.Random(seed)
    return ["".join(generator.choices("ACGT", k=30)) for _ in range(count)]


def _table(path, rows):
    path.write_text("sequence,label,gene\n" + "".join(f"{s},{label},{gene}\n" for s, label, gene in rows))
    return path


def _with_relatives(tmp_path):
    """Rows of which each third one has a twin, a reverse complement, or a relative of its gene."""
    rows = []
    for number, sequence in enumerate(_sequences(120)):
        rows.append((sequence, number % 2, f"gene{number}"))
        if number % 3 == 0:
            rows.append((reverse_complement(sequence), number % 2, f"other{number}"))
        if number % 3 == 1:
            rows.append((sequence, number % 2, f"twin{number}"))
        if number % 3 == 2:
            rows.append((_sequences(1, seed=number + 1)[0], number % 2, f"gene{number}"))
    random.Random(1).shuffle(rows)
    return _table(tmp_path / "all.csv", rows), {sequence: gene for sequence, _, gene in rows}


def test_no_sequence_strand_or_gene_crosses_splits_that_are_made(tmp_path):
    path, gene_of = _with_relatives(tmp_path)
    splits = data.load(replace(CONFIG, data=str(path)))
    assert sum(map(len, splits.values())) == 240
    for keys in (lambda r: canonical(r.sequence), lambda r: gene_of[r.sequence]):
        sides = [set(map(keys, splits[name].inputs)) for name in (TRAIN, VALIDATION, TEST)]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])


def test_no_group_crosses_folds_and_every_record_is_tested_once(tmp_path):
    path, _ = _with_relatives(tmp_path)
    tested = []
    for part in fold_splits(data.load(replace(CONFIG, data=str(path))), 5, 0.1, seed=3):
        sides = [{canonical(r.sequence) for r in part[name].inputs} for name in (TRAIN, VALIDATION, TEST)]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
        assert 40 <= len(part[TEST]) <= 56
        tested += part[TEST].origins
    assert len(tested) == len(set(tested)) == 240


def test_groups_link_through_a_sequence_in_common():
    a, b, c = _sequences(3)
    records = [Record(str(i), s) for i, s in enumerate([a, reverse_complement(a), b, c])]
    linked = linked_groups(records, ["x", "y", "y", ""])
    assert linked[0] == linked[1] == linked[2] != linked[3]


@pytest.mark.parametrize("twin", [lambda s: s, reverse_complement, str.lower])
def test_a_duplicate_planted_across_given_splits_is_told_and_may_be_left_out(tmp_path, twin):
    first, second, third = _sequences(40), _sequences(10, 1), _sequences(10, 2)
    for name, sequences in (("train", [*first, twin(third[0])]), ("dev", second), ("test", third)):
        rows = [(s, number % 2, "") for number, s in enumerate(sequences)]
        _table(tmp_path / f"{name}.csv", [*rows[:-1], (rows[-1][0], 1, "")])
    config = replace(CONFIG, data=str(tmp_path))
    splits = data.load(config)
    lines = inspect(config, splits)
    assert any(line.startswith("crossing     1 in both train and test") for line in lines)
    assert any(line.startswith("conflicts    1 sequences with different labels, 1 of them across") for line in lines)
    assert any("train.csv:42 against" in line and "test.csv:2" in line for line in lines)
    assert "1 of them with another label" in splits.notes[-1]
    kept = data.load(replace(config, drop_crossing=True))
    assert len(kept[TRAIN]) == 40
    assert any(line.startswith("crossing     none") for line in inspect(config, kept))


def test_one_class_or_too_few_records_are_refused(tmp_path):
    path = _table(tmp_path / "one.csv", [(s, 1, "") for s in _sequences(10)])
    with pytest.raises(UserError, match="two or more classes"):
        data.load(replace(CONFIG, data=str(path)))
    path = _table(tmp_path / "few.csv", [(s, n, "") for n, s in enumerate(_sequences(3))])
    with pytest.raises(UserError, match="expected enough records of every class"):
        data.load(replace(CONFIG, data=str(path)))


def test_other_data_has_the_run_s_classes(tmp_path):
    path = _table(tmp_path / "x.csv", [(s, "b", "") for s in _sequences(5)])
    assert data.load_evaluation(CONFIG, str(path), ("a", "b"), None).targets == [1] * 5
    with pytest.raises(UserError, match=r"x\.csv:2: expected a class of a, c, found 'b'"):
        data.load_evaluation(CONFIG, str(path), ("a", "c"), None)


def test_classes_come_in_order_of_their_numbers():
    assert data.class_order(["10", "9", "0"]) == ("0", "9", "10")
    assert data.class_order(["N", "EI"]) == ("EI", "N")
