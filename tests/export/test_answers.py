"""A bundle answers raw inputs with NumPy and the runtime alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from common.data.ragged import Ragged
from common.errors import UserError
from common.preprocessing.text import TextEncoder
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import Vocabulary
from export.answers import answerer, open_bundle
from export.convert import Form
from export.kinds import DECODERS, READERS
from export.pipeline import Examples, export_model
from tests.export.conftest import TIMESTEPS, VOCABULARY

ROOT = Path(__file__).parents[2]


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
    return open_bundle(tmp_path / "bundle"), encoder


def test_raw_texts_become_labels_with_probabilities(bundle, bag):
    answer, encoder = bundle
    texts = ["word1 word2 WORD3", "", "word4 unheard " * 40]
    records = [found.record for found in answer(texts)]
    assert [record["text"] for record in records] == texts
    for text, record in zip(texts, records, strict=True):
        ids = encoder.ids(text)[None]
        row = np.asarray(bag({"tokens": ids, "lengths": np.array([ids.shape[1]])})["probabilities"])[0]
        assert record["label"] == ("negative", "positive")[int(row.argmax())]
        assert record["probabilities"]["positive"] == pytest.approx(float(row[1]), abs=1e-5)
    assert answer([]) == []
    assert answer.read_text("one\n\ntwo", single=False) == ["one", "two"]


def test_kinds_that_do_not_go_together_and_lone_models_are_told(bundle):
    answer, _ = bundle
    for decoder in ({"kind": "oracle"}, {"kind": "ctc"}):
        with pytest.raises(UserError, match=rf"decoder\.json: expected the kinds .* 'text' with '{decoder['kind']}'"):
            answerer(replace(answer.bundle, decoder=decoder), answer.runtime)
    with pytest.raises(UserError, match="that of a lone model"):
        answerer(replace(answer.bundle, preprocessing={"kind": "none"}), answer.runtime)


def test_every_kind_of_input_has_a_decoder():
    assert {first for first, _ in DECODERS} == set(READERS)


# refuses everything but the standard library, NumPy, the runtime and this project
ALONE = """
import sys, importlib.abc
class Guard(importlib.abc.MetaPathFinder):
    allowed = {"numpy", "ai_edge_litert", "flatbuffers", "common", "export", *sys.stdlib_module_names}
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self.allowed:
            raise ImportError(f"not on this device: {name}")
sys.meta_path.insert(0, Guard())
import export.runtime, export.answers, export.kinds
from ai_edge_litert.interpreter import Interpreter
from pathlib import Path
allowed = Guard.allowed
for module in ("common.preprocessing.nucleotide_encoder", "common.preprocessing.price_encoder", "common.data.fasta",
               "common.decoding.transcription", "common.decoding.forecast", "common.decoding.softmax"):
    __import__(module)
allowed.add("regex")  # which the tokenizer of texts needs
answer = export.answers.open_bundle(Path(sys.argv[1]))
print(answer(answer.read_text("word1 word2"))[0].record["label"])
"""


def test_answering_needs_numpy_and_the_runtime_alone(bundle):
    answer, _ = bundle
    command = [sys.executable, "-c", ALONE, str(answer.bundle.folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == answer(["word1 word2"])[0].record["label"] + "\n"


def test_the_page_s_example_runs_as_it_is_written(bundle, monkeypatch, capsys):
    answer, _ = bundle
    page = (ROOT / "export" / "README.md").read_text(encoding="utf-8")
    example = page[page.index("## Answers from a bundle") :].split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(answer.bundle.folder.parent)
    capsys.readouterr()
    exec(compile(example, "export/README.md", "exec"), {})
    line, record = capsys.readouterr().out.splitlines()
    assert json.loads(record) == answer(["not bad at all"])[0].record
    assert line.endswith("not bad at all")
