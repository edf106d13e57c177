"""Bundles without a working model whose test vectors Python made a moment ago, from data made to part two languages."""

from __future__ import annotations

import hashlib
import json
import random
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common.app import Outputs
from common.preprocessing.images import ImageSettings
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
from export.kinds import DECODERS, READERS
from export.reading_cases import _row, reading_cases
from export.runtime import FORMAT, FORMAT_VERSION
from export.vectors import EXACT, jsonable

LABELS = ("", " ", "a", "b", "\u00e9", "\U0001d538")
KNOWN = (
    "<pad>",
    "<unk>",
    *"abcdefghij",
    "the",
    "caf\u00e9",
    "\u05e9\u05dc\u05d5\u05dd",
    "case=lower",
    "shape=Xx",
    "prefix2=dr",
)
SOFTMAX = {"kind": "softmax", "output": "p", "labels": ["a", "b", "c"]}
CTC = {
    "kind": "ctc", "output": "scores", "greedy": "best", "collapsed": False, "blank": 0, "labels": list(LABELS),
    "beam": 8, "alternatives": 3, "least_log_probability": -9.0,
}  # fmt: skip
# hostile texts are drawn from these: ASCII, Latin, combining marks, Greek, Hebrew, Arabic, Thai, Han, astral letters,
# emoji, controls, ligatures; only what every version of Unicode in use knows
BLOCKS = (
    (0x20, 0x7E), (0x20, 0x7E), (0xA0, 0x17F), (0x300, 0x36F), (0x391, 0x3C9), (0x5B0, 0x5EA), (0x621, 0x669),
    (0xE01, 0xE5B), (0x3001, 0x3093), (0x4E00, 0x4E80), (0x10400, 0x1044F), (0x1D400, 0x1D7FF), (0x1F600, 0x1F64F),
    (0x1F3FB, 0x1F3FF), (0x1, 0x1F), (0x2000, 0x206F), (0xFB00, 0xFB06), (0x1C4, 0x1CC),
)  # fmt: skip


def bundle_of(folder: Path, encoder: Any, decoder: Any, raws: Sequence[Any], outputs: Outputs, documents: Any) -> Path:
    """A bundle without a working model, whose vectors are what Python makes of `raws` and `documents`."""
    specification, assets = encoder.specification(), folder / "preprocessing"
    reader = READERS[specification["kind"]](specification, assets)
    shapes = {name: (1, *values.shape[1:]) for name, values in outputs.items()}
    arrays = encoder.encode(raws)
    vectors = [
        {"raw": jsonable(raw, EXACT), "inputs": _row(arrays, row), "decoded": jsonable(answer.record)}
        | {"outputs": {name: jsonable(values[row]) for name, values in outputs.items()}}
        for row, (raw, answer) in enumerate(
            zip(raws, DECODERS[specification["kind"], decoder["kind"]](decoder, shapes)(raws, outputs), strict=True)
        )
    ]
    reading = reading_cases(specification, assets)
    for text, single in documents:
        found = reader.read_text(text, single)
        encoded = reader.encoder.encode(found)
        rows = [_row(encoded, row) for row in range(len(found))]
        reading.append({"text": text, "single": single, "raw": [jsonable(raw, EXACT) for raw in found], "inputs": rows})
    told = {"tolerance": {"max_absolute": 1e-6, "min_equal": 1}, "vectors": vectors, "reading": reading}
    contents = {"preprocess.json": specification, "decoder.json": decoder, "testvectors.json": told, "model.tflite": ""}
    for name, value in contents.items():
        (folder / name).write_text(json.dumps(value, allow_nan=False), encoding="utf-8")
    names = [path for path in folder.rglob("*") if path.is_file()]
    inputs = {
        name: {"shape": [1, *item.shape], "dtype": item.dtype, "fill": item.fill}
        for name, item in encoder.inputs().items()
    }
    files = {
        path.relative_to(folder).as_posix(): {
            "size_bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in names
    }
    manifest = {"format": FORMAT, "format_version": FORMAT_VERSION, "lane": "litert", "files": files}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "signatures": {"run": {"inputs": inputs}}}))
    return folder


def hostile(seed: int) -> str:
    draw = random.Random(seed)
    drawn = (chr(draw.randint(*draw.choice(BLOCKS))) for _ in range(draw.randint(1, 120)))
    return "".join(character for character in drawn if unicodedata.category(character) != "Cn")


def shares(rows: int, classes: int) -> np.ndarray:
    return np.random.default_rng(rows).dirichlet(np.ones(classes), rows).astype(np.float32)


def known(folder: Path, *names: str) -> Vocabulary:
    (folder / "preprocessing").mkdir()
    for name in names:
        Vocabulary(KNOWN).save(folder / "preprocessing" / name)
    return Vocabulary(KNOWN)


def texts_bundle(folder: Path) -> Path:
    encoder = TextEncoder(Tokenizer(), known(folder, "vocabulary.txt"), 20, 7)
    texts = [hostile(seed) for seed in range(300)]
    documents = [("\n".join(texts[:20]), False), ("a\x0bb\x0cc\x1cd\x85e\u2028f\r\ng\rh", False)]
    return bundle_of(folder, encoder, SOFTMAX, texts, {"p": shares(300, 3)}, documents)


def words_bundle(folder: Path) -> Path:
    vocabulary = known(folder, WORDS, WORD_FORMS, CHARACTERS)
    encoder = WordEncoder(WordSplitter(longest=9), vocabulary, vocabulary, vocabulary, ("LOC", "PER"), 12, 5)
    texts = [hostile(seed) for seed in range(300, 500)]
    texts += [
        "Mr. J. Smith came. He left \u201cat once.\u201d Why? (No one.) U.S. troops, John\u2019s, 3.5 O'Brien-Lee..."
    ]
    raws = [sentence for text in texts for sentence in encoder.read_inputs(text, True)]
    tags = np.random.default_rng(0).integers(0, len(encoder.tags), (len(raws), 12)).astype(np.int32)
    decoder = {"kind": "entities", "output": "tags", "labels": list(encoder.tags), "scheme": "BIOES"}
    return bundle_of(folder, encoder, decoder, raws, {"tags": tags}, [(text, True) for text in texts])


def nucleotides_bundle(folder: Path, aligned: bool) -> Path:
    known(folder)
    encoder = NucleotideEncoder(("a", "b", "c"), 33, aligned, True)
    raws = encoder_records(encoder)
    documents = [
        ("> \nACGTNRYSWKMBDHVacgunACGTACGTACGTA\n\n;x\n>two  words\tmore\nacgt acgt*\nACGTACGTACGTACGTACGTACGTA", False)
    ]
    return bundle_of(folder, encoder, SOFTMAX, raws, {"p": shares(len(raws), 3)}, documents)


def encoder_records(encoder: NucleotideEncoder) -> list[Any]:
    return [encoder.from_json({"name": f"r{i}", "sequence": hostile_bases(i, 33)}) for i in range(5)]


def hostile_bases(seed: int, size: int) -> str:
    return "".join(random.Random(seed).choices("ACGTNRYSWKMBDHVU", k=size))


def ink_bundle(folder: Path, scale_by: str) -> Path:
    known(folder)
    settings = InkSettings(0.3, scale_by, deskew=True, deslant=True, time=True, max_timesteps=60)
    encoder = WritingEncoder("character", ("a", "b", "c"), settings)
    draw = np.random.default_rng(1)
    raws = []
    for row in range(60):
        strokes = []
        for _ in range(1 + row % 5):
            walk = np.cumsum(draw.normal(size=(1 + row % 17, 2)) * [1 + row % 4, 1], axis=0)
            strokes.append(np.column_stack([walk, draw.integers(0, 9, len(walk)).cumsum() / 8]).tolist())
        raws.append(encoder.from_json(strokes))
    raws += [encoder.from_json([[[5, 5, 0]] * 3, [[5, 5, 9]]]), encoder.from_json([[[1, 1, 0], [300, 1, 4]]])]
    return bundle_of(folder, encoder, SOFTMAX, raws, {"p": shares(len(raws), 3)}, [])


def pictures_bundle(folder: Path) -> Path:
    known(folder)
    encoder = WritingEncoder("line", LABELS[1:], ImageSettings(12, 40))
    draw = np.random.default_rng(2)
    sizes = [(12, 30), (7, 9), (30, 200), (1, 1), (3, 50), (25, 4), (12, 12), (9, 5)]
    raws = [draw.integers(0, 256, size).astype(float) for size in sizes]
    raws += [255 - (draw.random((20, 60)) < 0.1) * 200.0, np.full((5, 5), 7.0)]
    logits = draw.normal(size=(len(raws), 15, len(LABELS))) * 3
    scores = (logits - np.log(np.exp(logits).sum(-1, keepdims=True))).astype(np.float32)
    scores[3, 9:] = [0, *[-30] * (len(LABELS) - 1)]
    outputs = {"scores": scores, "best": scores.argmax(-1).astype(np.int32)}
    return bundle_of(folder, encoder, CTC, raws, outputs, [])


def csv(style: str, mark: str, extra: str = "", closes_alone: bool = False, rows: int = 90) -> str:
    lines = [mark.join(["Date", "Close/Last"] if closes_alone else ["Date", "Open", "High", "Low", "Close", "Volume"])]
    lines[0] += f"{mark}Adj Close" if extra else ""
    for day in range(rows):
        date = np.datetime64("2021-02-20") + day
        close = 1200 + 90 * np.sin(day / 3) + day
        close = close / 4 if day > 70 and not extra else close
        year, month, number = str(date).split("-")
        shown = style.replace("Y", year).replace("m", month).replace("d", number)
        prices = [close * 1.003, close * 1.01, close * 0.99, close]
        if day == 5:
            prices[:3] = [close * 9, close * 9, 0]  # an impossible open, no low
        cells = [f'"${close:,.2f}"'] if closes_alone else [f"{price:.3f}" for price in prices] + [str(day * 100)]
        lines.append(mark.join([shown, *cells, *([f"{close * 0.9 + day / 50:.4f}"] if extra else [])]))
    return "\r\n".join(lines) + "\r\n\r\n" + mark * 2 + "\r\n"


def prices_bundle(folder: Path, measure: str, market: bool) -> Path:
    known(folder)
    size = len(OWN) + (len(MARKET) if market else 0)
    scaler = StandardScaler(np.linspace(-1, 1, size), np.linspace(0.1, 2, size), 3.0)
    encoder = PriceEncoder(9, 3, measure, market, ("AAA", "CCC"), scaler, embedded=True)
    (case,) = reading_cases(encoder.specification(), folder / "preprocessing")
    raws = [encoder.from_json(raw) for raw in case["raw"]]
    levels = [0.025, 0.1, 0.5, 0.9, 0.975]
    decoder = {"kind": "quantiles", "output": "q", "levels": levels, "volatility": "v", "direction": "d"}
    draw = np.random.default_rng(3)
    outputs = {"q": np.sort(draw.normal(size=(3, 3, 5)) * 4), "v": draw.random((3, 3)), "d": draw.random((3, 3))}
    documents = [] if market else [
        (csv("Y-m-d 00:00:00-05:00", ","), False), (csv("d.m.Y", ";"), False), (csv("m/d/Y", "\t"), False),
        (csv("Y-m-d", ",", "adjusted"), False), (csv("Ymd", "|", closes_alone=True), False),
    ]  # fmt: skip
    return bundle_of(folder, encoder, decoder, raws, {k: v.astype(np.float32) for k, v in outputs.items()}, documents)
