"""The sample is what it says: motifs at the told places, the order is the class, the same seed the same records."""

import pytest

from apps.dna import sample
from common.errors import UserError
from common.preprocessing.nucleotides import reverse_complement


def _distance(first, second):
    return sum(a != b for a, b in zip(first, second, strict=True))


def test_the_motifs_are_where_the_spans_say():
    worn = 0
    for item in sample.draw(200, 60, seed=1):
        words = [item.record.sequence[start:end] for start, end in item.spans]
        order = sample.MOTIFS if item.label == 0 else sample.MOTIFS[::-1]
        turned = [reverse_complement(word) for word in words[::-1]]
        worn += min(sum(map(_distance, given, order)) for given in (words, turned))
        assert item.spans[0][1] + sample.GAP[0] <= item.spans[1][0] <= item.spans[0][1] + sample.GAP[1]
        assert 54 <= len(item.record) <= 66
    assert worn / (200 * 18) == pytest.approx(0.75 * (1 - sample.CONSERVED), abs=0.015)


def test_the_seed_decides():
    first, again, other = (sample.generate(100, 60, seed) for seed in (3, 3, 4))
    assert first["train"].inputs == again["train"].inputs != other["train"].inputs
    assert first.synthetic and "synthetic" in first.notes[0]
    assert {name: len(part) for name, part in first.items()} == {"train": 65, "validation": 15, "test": 20}


def test_records_too_short_for_the_motifs_are_refused():
    with pytest.raises(UserError, match="--sample-length"):
        sample.draw(10, 30, seed=0)
