"""Documents in test vectors: of every kind that is text, with what goes wrong in other languages."""

import json

import numpy as np
import pytest

from common.preprocessing.ink import InkSettings
from common.preprocessing.nucleotide_encoder import NucleotideEncoder
from common.preprocessing.price_encoder import PriceEncoder
from common.preprocessing.price_features import MARKET, OWN
from common.preprocessing.scaler import StandardScaler
from common.preprocessing.text import TextEncoder
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import Vocabulary
from common.preprocessing.word_encoder import CHARACTERS, WORD_FORMS, WORDS, WordEncoder
from common.preprocessing.word_splitter import WordSplitter
from common.preprocessing.writing_encoder import WritingEncoder
from export.reading_cases import reading_cases

KNOWN = Vocabulary(("<pad>", "<unk>", "good", "caf\u00e9", "isn't"))


def of(encoder, folder):
    for name in ("vocabulary.txt", WORDS, WORD_FORMS, CHARACTERS):
        KNOWN.save(folder / name)
    cases = reading_cases(encoder.specification(), folder)
    assert json.loads(json.dumps(cases, allow_nan=False)) == cases
    assert all(len(case["raw"]) == len(case["inputs"]) for case in cases)
    return cases


def test_texts_hold_one_line_or_many(tmp_path):
    cases = of(TextEncoder(Tokenizer(), KNOWN, 20, 5), tmp_path)
    assert max(ord(character) for case in cases for character in case["text"]) > 0xFFFF
    same = next(case for case in cases if "cafe\u0301" in case["text"])
    assert same["inputs"][0]["tokens"].count(3) == 2  # composed and decomposed are one word
    assert {case["single"] for case in cases} == {True, False}
    assert max(case["inputs"][0]["lengths"] for case in cases) == 20


def test_sentences_have_offsets_in_code_points(tmp_path):
    cases = of(WordEncoder(WordSplitter(), KNOWN, KNOWN, KNOWN, ("PER",), 30, 8), tmp_path)
    for case in cases:
        for raw in case["raw"]:
            for word, start in zip(raw["words"], raw["starts"], strict=True):
                assert case["text"][start : start + len(word)] == word
    assert max(len(case["raw"]) for case in cases) >= 3


@pytest.mark.parametrize("aligned", [True, False])
def test_nucleotides_come_bare_and_as_fasta(tmp_path, aligned):
    cases = of(NucleotideEncoder(("a", "b"), 33, aligned, False), tmp_path)
    assert {case["text"][0] for case in cases} & {">", ";"}
    assert {len(row["sequence"]) for case in cases for row in case["inputs"]} == ({33} if aligned else {20, 30, 33})


def test_ink_comes_dense_dotted_and_long(tmp_path):
    cases = of(WritingEncoder("line", ("a",), InkSettings(max_timesteps=64)), tmp_path)
    lengths = [row["lengths"] for case in cases for row in case["inputs"]]
    assert min(lengths) == 1 and max(lengths) == 64


@pytest.mark.parametrize("market", [True, False])
def test_prices_are_cleaned_on_the_way(tmp_path, market):
    size = len(OWN) + (len(MARKET) if market else 0)
    scaler = StandardScaler(np.zeros(size), np.ones(size))
    encoder = PriceEncoder(9, 3, "garman_klass", market, ("AAA", "BBB"), scaler, embedded=True)
    (case,) = of(encoder, tmp_path)
    assert [raw["name"] for raw in case["raw"]] == ["AAA", "BBB", "CCC"]
    assert [row["ticker"] for row in case["inputs"]] == [1, 2, 0]
    newest_first = case["raw"][2]["day_numbers"]
    assert newest_first == sorted(newest_first)
    moves = [abs(np.log(row[3] / row[5])) for row in case["raw"][1]["values"]]
    assert max(moves) < 0.2  # the split is undone


def test_images_and_unknown_kinds_have_none(tmp_path):
    assert reading_cases({"kind": "image"}, tmp_path) == reading_cases({"kind": "none"}, None) == []
