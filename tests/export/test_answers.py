"""A bundle answers raw inputs with NumPy and the runtime alone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from common.data.ragged import Ragged
from common.errors import UserError
from common.preprocessing.text import TextEncoder
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import Vocabulary
from export.answers import answers, knows
from export.convert import Form
from export.pipeline import Examples, export_model
from export.runtime import load_bundle
from tests.export.conftest import TIMESTEPS, VOCABULARY


@pytest.fixture
def bundle(bag, make_spec, tmp_path):
    words = ("<pad>", "<unk>", *(f"word{number}" for number in range(VOCABULARY - 2)))
    encoder = TextEncoder(Tokenizer(), Vocabulary(words), TIMESTEPS, 6)
    (tmp_path / "preprocessing").mkdir()
    encoder.vocabulary.save(tmp_path / "preprocessing" / "vocabulary.txt")
    spec = replace(make_spec(assets=("vocabulary.txt",)), preprocessing=encoder.specification())
    spec = replace(spec, decoder={**spec.decoder, "output": "probabilities"})
    arrays = {"tokens": Ragged.from_rows([np.arange(2, 9)], np.int32)}
    export_model(
        bag, spec, tmp_path / "bundle", application="letters", examples=Examples(arrays),
        assets=tmp_path / "preprocessing", form=Form("float32"),
    )  # fmt: skip
    return load_bundle(tmp_path / "bundle"), encoder


def test_raw_texts_become_labels_with_probabilities(bundle, bag):
    loaded, encoder = bundle
    texts = ["word1 word2 WORD3", "", "word4 unheard " * 40]
    records = answers(loaded, texts)
    assert [record["text"] for record in records] == texts
    for text, record in zip(texts, records, strict=True):
        ids = encoder.ids(text)[None]
        row = np.asarray(bag({"tokens": ids, "lengths": np.array([ids.shape[1]])})["probabilities"])[0]
        assert record["label"] == ("negative", "positive")[int(row.argmax())]
        assert record["probabilities"]["positive"] == pytest.approx(float(row[1]), abs=1e-5)
    assert answers(loaded, []) == []


def test_an_unknown_kind_is_told(bundle):
    loaded, _ = bundle
    strange = replace(loaded, decoder={"kind": "oracle"})
    assert knows(loaded) and not knows(strange)
    with pytest.raises(UserError, match="'oracle'"):
        answers(strange, ["x"])


def test_answering_imports_neither_tensorflow_nor_keras():
    script = "import sys, export.answers; sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
