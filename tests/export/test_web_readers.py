"""The JavaScript readers give what the Python readers give, on documents and numbers made to part them.

Each case is a bundle whose test vectors Python's reader made a moment ago; Node replays them as any other's.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from common.decoding.viterbi import viterbi
from common.preprocessing.text import TextEncoder
from common.preprocessing.tokenizer import Tokenizer
from export.web_site import PAGE
from tests.export.web_bundles import (
    SOFTMAX,
    bundle_of,
    ink_bundle,
    known,
    nucleotides_bundle,
    pictures_bundle,
    prices_bundle,
    shares,
    texts_bundle,
    words_bundle,
)

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")


def replay(folder: Path) -> None:
    command = ["node", str(PAGE / "verify" / "replay.mjs"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]


def test_hostile_texts_become_the_same_ids(tmp_path):
    replay(texts_bundle(tmp_path))


def test_hostile_texts_have_the_same_sentences_words_and_entities(tmp_path):
    replay(words_bundle(tmp_path))


@pytest.mark.parametrize("aligned", [True, False])
def test_nucleotides_of_every_letter(tmp_path, aligned):
    replay(nucleotides_bundle(tmp_path, aligned))


@pytest.mark.parametrize("scale_by", ["height", "size"])
def test_ink_of_every_shape_with_times_and_slant(tmp_path, scale_by):
    replay(ink_bundle(tmp_path, scale_by))


def test_pictures_grow_shrink_and_turn_around_and_a_beam_search_agrees(tmp_path):
    replay(pictures_bundle(tmp_path))


@pytest.mark.parametrize("measure", ["garman_klass", "close_to_close"])
@pytest.mark.parametrize("market", [True, False])
def test_prices_of_many_formats(tmp_path, measure, market):
    replay(prices_bundle(tmp_path, measure, market))


VITERBI = """
import { readFileSync } from "node:fs";
const { viterbi } = await import(process.argv[1]);
const cases = JSON.parse(readFileSync(0, "utf-8"));
console.log(JSON.stringify(cases.map(([scores, moves, start, end]) => [...viterbi(scores, moves, start, end)])));
"""


def test_the_best_path_of_scores():
    draw = np.random.default_rng(0)
    cases = []
    for case in range(200):
        tags = int(draw.integers(2, 10))
        shapes = [(case % 12, tags), (tags, tags), (tags,), (tags,)]
        cases.append([draw.normal(size=shape).round(int(draw.integers(0, 9))) for shape in shapes])  # ties among them
        cases[-1][1][draw.integers(tags), draw.integers(tags)] = -1e30
    told = json.dumps([[part.tolist() for part in case] for case in cases])
    script = ["node", "--input-type=module", "-e", VITERBI, (PAGE / "readers" / "viterbi.js").as_uri()]
    done = subprocess.run(script, input=told, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [viterbi(*case).tolist() for case in cases]


def test_a_wrong_number_is_found(tmp_path):
    encoder = TextEncoder(Tokenizer(), known(tmp_path, "vocabulary.txt"), 20, 7)
    folder = bundle_of(tmp_path, encoder, SOFTMAX, ["the cafe\u0301"], {"p": shares(1, 3)}, [])
    told = json.loads((folder / "testvectors.json").read_text())
    for change in ("inputs", "decoded"):
        wrong = json.loads(json.dumps(told))
        if change == "inputs":
            wrong["vectors"][0]["inputs"]["tokens"][0] += 1
        else:
            wrong["vectors"][0]["decoded"]["probability"] += 1e-3
        (folder / "testvectors.json").write_text(json.dumps(wrong))
        with pytest.raises(AssertionError, match="vector 0"):
            replay(folder)
