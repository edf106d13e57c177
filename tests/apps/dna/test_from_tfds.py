"""A data set of tensorflow-datasets with a sequence and a class; classes of other splits are left out."""

from types import SimpleNamespace

import pytest

from apps.dna import formats
from apps.dna.config import DnaConfig
from common.data import tfds
from common.errors import UserError

ROWS = {
    "train": [(b"ACGTTGCAACGTTGCAACGTACGA", 0), (b"TTTTTGGGGGCCCCCAAAAATTTT", 1)],
    "validation": [(b"GATTACAGATTACAGATTACAGAT", 1)],
    "test_ood": [(b"GATTACAGATTACAGATTACAGAT", 2)],
}


def _opened(features):
    def rows(split):
        return iter({"seq": sequence, "label": label} for sequence, label in ROWS[split])

    builder = SimpleNamespace(info=SimpleNamespace(full_name="genomics_ood/1.0.0"))
    return SimpleNamespace(
        features=features, splits={name: len(r) for name, r in ROWS.items()}, rows=rows, builder=builder
    )


def test_sequences_and_class_names_are_read(monkeypatch):
    names = SimpleNamespace(names=["E. coli", "B. subtilis", "unseen"])
    monkeypatch.setattr(tfds, "open_dataset", lambda name, download: _opened({"seq": None, "label": names}))
    source = formats.read(DnaConfig(), "tfds:genomics_ood")
    assert source.labels == ("E. coli", "B. subtilis")
    assert source.parts["validation"].targets == ["B. subtilis"]
    assert source.parts["train"].origins[1] == "tfds:genomics_ood/train:1"
    assert "test_ood not read" in source.notes[0]


def test_a_data_set_without_sequences_is_refused(monkeypatch):
    monkeypatch.setattr(tfds, "open_dataset", lambda name, download: _opened({"text": None, "label": None}))
    with pytest.raises(UserError, match="expected a sequence feature, found text, label"):
        formats.read(DnaConfig(), "tfds:genomics_ood")
