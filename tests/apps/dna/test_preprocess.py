"""Encoding: lengths, the middle of long records, repeats, and what the training records decide."""

from dataclasses import replace

import numpy as np
import pytest

from apps.dna.alignment import FEW_RECORDS
from apps.dna.config import DnaConfig
from apps.dna.preprocess import DnaPreprocessor, fit_preprocessor, load_preprocessor
from common.data.ragged import joined
from common.data.splits import Examples
from common.errors import UserError
from common.preprocessing.nucleotides import Record, encode

CONFIG = DnaConfig(epoch_records=100)


def _examples(lengths, seed=0):
    generator = np.random.default_rng(seed)
    records = [Record(f"r{i}", "".join(generator.choice(list("ACGT"), n))) for i, n in enumerate(lengths)]
    return Examples(records, [i % 2 for i in range(len(records))])


def test_of_a_longer_record_the_middle_is_read():
    preprocessor = DnaPreprocessor(("a", "b"), 20, aligned=False, both_strands=False)
    record = Record("r", "AAA" + "ACGT" * 5 + "AAAA")
    np.testing.assert_array_equal(preprocessor.codes(record), encode("ACGT" * 5))


def test_aligned_records_have_one_length():
    preprocessor = DnaPreprocessor(("a", "b"), 30, aligned=True, both_strands=False)
    assert "lengths" not in preprocessor.encode([Record("r", "A" * 30)])
    for length in (29, 31):
        with pytest.raises(UserError, match=f"record r: expected exactly 30 nucleotides, found {length}"):
            preprocessor.encode([Record("r", "A" * length)])


def test_a_record_shorter_than_the_minimum_is_named():
    preprocessor = DnaPreprocessor(("a", "b"), 60, aligned=False, both_strands=False)
    with pytest.raises(UserError, match="record r: expected at least 20 nucleotides, found 19"):
        preprocessor.encode([Record("r", "A" * 19)])


def test_small_data_is_repeated_and_targets_with_it():
    examples = _examples([30] * 40)
    preprocessor = fit_preprocessor(CONFIG, examples, (), ("a", "b"))
    assert preprocessor.repeats == 3
    arrays, targets = joined(preprocessor.encode_training(examples)), preprocessor.encode_targets(examples.targets)
    assert len(arrays["sequence"]) == len(targets) == 120
    assert preprocessor.encode(examples.inputs)["sequence"].lengths.shape == (40,)
    assert fit_preprocessor(CONFIG, _examples([30] * 3), (), ("a", "b")).repeats == 16


@pytest.mark.parametrize(
    ("asked", "aligned", "records", "few"),
    [("auto", "yes", 40, True), ("auto", "yes", FEW_RECORDS, False), ("auto", "no", 40, False), ("yes", "no", 40, True),
     ("no", "yes", 40, False)],
)  # fmt: skip
def test_aligned_records_below_ten_thousand_are_few_and_repeated_less(asked, aligned, records, few, tmp_path):
    config = DnaConfig(aligned=aligned, few=asked)
    found = fit_preprocessor(config, _examples([20] * records), (), ("a", "b"))
    assert found.few == few
    assert found.repeats == min(16, -(-(4_000 if few else 12_000) // records))
    found.save(tmp_path)
    assert load_preprocessor(tmp_path, {}) == found


def test_the_flags_overrule_the_tests_on_the_records(tmp_path):
    examples = _examples([30] * 40)
    asked = fit_preprocessor(replace(CONFIG, aligned="yes", strands="one"), examples, (), ("a", "b"))
    assert asked.aligned and not asked.both_strands
    decided = fit_preprocessor(CONFIG, examples, (), ("a", "b"))
    assert not decided.aligned and decided.both_strands
    with pytest.raises(UserError, match="--aligned yes: expected records of one length, found 30 to 40"):
        fit_preprocessor(replace(CONFIG, aligned="yes"), _examples([30, 40] * 5), (), ("a", "b"))
    asked.save(tmp_path)
    assert load_preprocessor(tmp_path, {}) == asked
    (tmp_path / "preprocess.json").write_text('{"kind": "text"}')
    with pytest.raises(UserError, match="expected a nucleotide preprocessing specification"):
        load_preprocessor(tmp_path, {})
