"""Every reader of strangers' files with a small valid one of its format: what tests/fuzz and `make fuzz-readers` feed.

Needs no TensorFlow. A target writes bytes into a folder and reads them; what it returns must be text that UTF-8 can
hold. Whatever it raises but UserError is a bug.
"""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from apps import APPS, load_config
from apps.dna import data as dna
from apps.handwriting import data as handwriting
from apps.handwriting.pendigits import read_rows
from apps.ner import data as ner
from apps.sentiment import data as sentiment
from apps.stock import data as stock
from common.config import read_config
from common.data.archives import read_npz
from common.data.cache import load_arrays, save_arrays
from common.data.ink import files as ink_files
from common.data.pictures import read_picture
from common.data.prices.histories import Reading, read_histories
from common.data.ragged import Ragged
from common.data.splits import fingerprint
from common.decoding.softmax import Softmax
from common.errors import UserError
from common.preprocessing.sentence import sentences_of
from common.preprocessing.text import VOCABULARY, TextEncoder
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import Vocabulary
from common.pretraining.word_vectors import read_vectors
from common.report.metrics_json import read_metrics
from export.answers import answerer
from export.replay import replay
from export.runtime import Bundle, load_bundle


class Target(NamedTuple):
    """A reader: valid files, and what reads bytes put into a folder."""

    seeds: tuple[bytes, ...]
    read: Callable[[Path, bytes], Any]


def run(target: Target, folder: Path, raw: bytes) -> Any:
    """What was read; None where it was refused in one line.

    Raises:
        Exception: anything but a UserError of one line, or an answer that cannot be written down.
    """
    try:
        found = target.read(folder, raw)
    except UserError as error:
        line = str(error)
        assert line and line.isprintable() and len(line) < 20_000, line[:300]
        return None
    for text in _texts(found):
        text.encode()
    return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.items() for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return []


def _application(load: Callable[[Any], Any], config: Any, name: str, others: Mapping[str, bytes] | None = None) -> Any:
    """Reads a file, or the folder that holds it where the name ends in `/` before it, as `unroll data` does."""

    def read(folder: Path, raw: bytes) -> Any:
        for other, content in {**(others or {}), name.lstrip("/"): raw}.items():
            path = folder / other
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        place = folder if name.startswith("/") else folder / name
        splits = load(dataclasses.replace(config(), data=str(place)))
        for part in splits.parts.values():
            assert len(part) == len(part.targets)
            fingerprint(part)
        return [splits.labels, splits.notes, splits.format, [list(part.targets) for part in splits.parts.values()]]

    return read


def _file(read: Callable[[Path], Any], name: str) -> Callable[[Path, bytes], Any]:
    def write_and_read(folder: Path, raw: bytes) -> Any:
        (folder / name).write_bytes(raw)
        return read(folder / name)

    return write_and_read


_ROWS = [(f"text {n} is {'good' if n % 2 else 'bad'}", n % 2) for n in range(24)]
_CSV = "text,label\n" + "".join(f'"{text}, said he",{label}\n' for text, label in _ROWS)
_TSV = "sentence\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in _ROWS)
_JSONL = "".join(json.dumps({"text": text, "stars": label, "more": [1, {"a": None}]}) + "\n" for text, label in _ROWS)
_CONLL = "-DOCSTART- O\n\n" + "".join(f"Lee{n} B-PER\nLi I-PER\nleft{n} O\n. O\n\n" for n in range(14))
_TOKENS = "".join(json.dumps({"tokens": [f"Lee{n}", "left"], "tags": ["B-PER", "O"]}) + "\n" for n in range(14))
_LETTERS = np.random.default_rng(0).choice(list("ACGT"), (24, 30))
_SEQUENCES = ["".join(row) for row in _LETTERS]
_FASTA = "".join(f">r{n} label={n % 2} gene=g{n}\n{s[:20]}\n{s[20:]}\n" for n, s in enumerate(_SEQUENCES))
_GUE = "sequence,label\n" + "".join(f"{s},{n % 2}\n" for n, s in enumerate(_SEQUENCES))
_UCI = "".join(f"{'EI' if n % 2 else 'N'},  G{n}-1,   {s}\n" for n, s in enumerate(_SEQUENCES))
_DAYS = [str(day) for day in np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-11-01"))]
_CLOSE = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, len(_DAYS))))
_PRICES = "Date,Open,High,Low,Close,Adj Close,Volume\n" + "".join(
    f"{day},{c:.2f},{c * 1.01:.2f},{c * 0.99:.2f},{c:.2f},{c:.2f},1000\n" for day, c in zip(_DAYS, _CLOSE, strict=True)
)
_PANEL = "date,open,high,low,close,volume,Name\n" + "".join(
    f"{day},{c:.2f},{c * 1.01:.2f},{c * 0.99:.2f},{c:.2f},1000,{name}\n"
    for name in ("AAA", "BBB", "CCC") for day, c in zip(_DAYS[:60], _CLOSE, strict=False)
)  # fmt: skip
_STROKES = [[[1, 2, 0.0], [3, 4, 0.1], [5, 9, 0.2]], [[7, 7, 1.0]]]
_INK_LINES = "".join(json.dumps({"strokes": _STROKES, "text": f"t {n}", "writer": f"w{n}"}) + "\n" for n in range(12))
_INKML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ink xmlns="http://www.w3.org/2003/InkML">\n'
    '<annotation type="truth">word</annotation><annotation type="writer">w</annotation>\n'
    '<traceFormat><channel name="X" type="decimal"/><channel name="Y"/><channel name="T"/></traceFormat>\n'
    "<trace>1 2 0, '3 '4 '0.1, \"5 \"6 \"0.2</trace>\n<trace>9 9 1, 8 7 1.1</trace></ink>"
)
_LINE_STROKES = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n<Session><StrokeSet>\n<Stroke><Point x="1" y="2" time="0.5"/>\n'
    '<Point x="3" y="4" time="0.6"/></Stroke></StrokeSet></Session>'
)
_DIGITS = "".join(", ".join(map(str, [*row, n % 10])) + "\n" for n, row in enumerate(np.arange(480).reshape(30, 16)))
_IMAGES = np.random.default_rng(2).integers(0, 255, (30, 4, 5)).astype(np.uint8)
_LABELS = (np.arange(30) % 10).astype(np.uint8)
_WORDS = Vocabulary(("<pad>", "<unk>", "good", "bad"))


def _idx(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def _picture(kind: str, mode: str = "L") -> bytes:
    made = io.BytesIO()
    Image.fromarray(_IMAGES[0]).convert(mode).save(made, kind)
    return made.getvalue()


def _npz() -> bytes:
    made = io.BytesIO()
    np.savez_compressed(made, tokens=np.arange(12).reshape(3, 4), lengths=np.array([1, 2, 3]))
    return made.getvalue()


def _pictures(folder: Path, raw: bytes) -> Any:
    (folder / "a.png").write_bytes(_picture("PNG"))
    return _application(handwriting.load, load_config("handwriting"), "/labels.tsv")(folder, raw)


def _cached(folder: Path, raw: bytes) -> Any:
    save_arrays(folder / "train", {"tokens": Ragged.from_rows([[1, 2], [3]], np.int32), "lengths": np.array([2, 1])})
    (folder / "train" / "tokens.values.npy").write_bytes(raw)
    return [len(row) for row in load_arrays(folder / "train")["tokens"]]


def _npy() -> bytes:
    made = io.BytesIO()
    np.save(made, np.array([1, 2, 3], np.int32))
    return made.getvalue()


_MANIFEST: dict[str, Any] = {
    "format": "unroll-bundle", "format_version": 1, "lane": "litert", "weights": "int8", "files": {},
    "signatures": {"run": {"inputs": {"tokens": {"shape": [1, 8], "dtype": "int32", "fill": 0}}}},
}  # fmt: skip
_FILES = {"model.tflite": b"no model", "decoder.json": b"{}", "preprocess.json": b"{}"}
_MANIFEST["files"] = {
    name: {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    for name, content in _FILES.items()
}


def _manifest(folder: Path, raw: bytes) -> Any:
    for name, content in {**_FILES, "manifest.json": raw}.items():
        (folder / name).write_bytes(content)
    bundle = load_bundle(folder)
    return [list(bundle.inputs), bundle.decoder]


_ENCODER, _DECODER = TextEncoder(Tokenizer(), _WORDS, 8, 2), Softmax("p", ("no", "yes"))


class _Model:
    """Stands for a converted model."""

    outputs: Mapping[str, tuple[int, ...]] = {"p": (1, 2)}

    def run(self, arrays: Any) -> dict[str, np.ndarray]:
        return {"p": np.full((len(arrays["lengths"]), 2), 0.5, np.float32)}


def _bundle_part(name: str) -> Callable[[Path, bytes], Any]:
    """Reads bytes as one of the three JSON files that stand beside a model, the other two being whole."""
    whole = {"decoder.json": _DECODER.to_json(), "preprocess.json": _ENCODER.specification()}

    def read(folder: Path, raw: bytes) -> Any:
        from common.files import read_json

        (folder / "preprocessing").mkdir(exist_ok=True)
        _WORDS.save(folder / "preprocessing" / VOCABULARY)
        (folder / name).write_bytes(raw)
        parts = {**whole, name: read_json(folder / name)} if name in whole else whole
        bundle = Bundle(folder, {}, _ENCODER.inputs(), parts["decoder.json"], parts["preprocess.json"])
        made = answerer(bundle, _Model())  # type: ignore[arg-type]
        if name not in whole:
            return replay(made).vectors
        return [answer.record for answer in made(["good \U0001f600 bad", "x " * 20, ""])]

    return read


_VECTOR_INPUTS = {"tokens": [2, 3], "lengths": 2}
_VECTORS = {
    "tolerance": {"max_absolute": 0.01, "min_equal": 1.0},
    "vectors": [{"raw": "good bad", "inputs": _VECTOR_INPUTS, "outputs": {"p": [0.5, 0.5]}, "decoded": {}}],
    "reading": [{"text": "good", "single": True, "raw": ["good"], "inputs": [{"lengths": 1}]}],
}


def _any_config(folder: Path, raw: bytes) -> Any:
    """As every application reads it; refused by some, read by others."""
    (folder / "config.json").write_bytes(raw)
    found = []
    for name in APPS:
        try:
            found.append(dataclasses.asdict(read_config(load_config(name), folder / "config.json")))
        except UserError as error:
            assert str(error).isprintable()
    return found


_OUTCOME = {"value": 0.5, "seconds": 2.0, "epochs": 3, "best_epoch": 2, "parameters": 9, "cost": {"size_kb": 1.5}}


def _study_target() -> Target:
    seed = json.dumps(
        {"trial": "0001", "status": "completed", **_OUTCOME, "values": {"units": 4}, "config": {"app": "dna"}}
    )
    return Target((seed.encode(),), _trial)


def _trial(folder: Path, raw: bytes) -> Any:
    from tuning.records import read_trial

    (folder / "trial.json").write_bytes(raw)
    return read_trial(folder / "trial.json")


_METRICS = {
    "app": "sentiment", "data": "sample", "split": "test", "synthetic": True, "examples": 3, "seed": 0,
    "train_minutes": 1.0, "parameters": 5, "metrics": {"accuracy": {"value": 0.5, "low": 0.4, "high": 0.6}},
    "baselines": {}, "comparison": None,
}  # fmt: skip


def _vectors_file(path: Path) -> Any:
    return list(read_vectors(path, {"good"}, 3, str.lower, 3))


def _ink(path: Path) -> Any:
    return [len(ink) for ink in ink_files.read_path(path)]


def _encoded(text: str) -> tuple[bytes, ...]:
    return (text.encode(),)


SENTIMENT, NER, DNA, STOCK, WRITING = (load_config(n) for n in ("sentiment", "ner", "dna", "stock", "handwriting"))
_TREE = {f"train/{name}/{n}_1.txt": f"text {name} {n}".encode() for name in ("pos", "neg") for n in range(9)}
_PAIR = {f"{part}-labels-idx1-ubyte": _idx(_LABELS) for part in ("train", "t10k")}
_IDX_TEST = {"t10k-images-idx3-ubyte": _idx(_IMAGES)}

TARGETS: dict[str, Target] = {
    "sentiment-csv": Target(_encoded(_CSV), _application(sentiment.load, SENTIMENT, "a.csv")),
    "sentiment-tsv": Target(_encoded(_TSV), _application(sentiment.load, SENTIMENT, "/train.tsv")),
    "sentiment-jsonl": Target(_encoded(_JSONL), _application(sentiment.load, SENTIMENT, "a.jsonl")),
    "sentiment-lines": Target(
        _encoded("".join(f"{label} {text}\n" for text, label in _ROWS)),
        _application(sentiment.load, SENTIMENT, "a.b.train"),
    ),
    "sentiment-tree": Target((b"another text",), _application(sentiment.load, SENTIMENT, "/train/pos/5_1.txt", _TREE)),
    "ner-conll": Target(_encoded(_CONLL), _application(ner.load, NER, "train.conll")),
    "ner-jsonl": Target(_encoded(_TOKENS), _application(ner.load, NER, "a.jsonl")),
    "ner-text": Target(
        _encoded("Dr. Lee left.\nMr. O'Brien's F-16 (of 1996-08-22) came."),
        lambda folder, raw: [s.words for s in sentences_of(raw.decode("utf-8", "replace"), False)],
    ),
    "dna-fasta": Target((_FASTA.encode(), gzip.compress(_FASTA.encode())), _application(dna.load, DNA, "a.fa")),
    "dna-uci": Target(_encoded(_UCI), _application(dna.load, DNA, "splice.data")),
    "dna-gue": Target(
        _encoded(_GUE), _application(dna.load, DNA, "/train.csv", {"dev.csv": _GUE.encode(), "test.csv": _GUE.encode()})
    ),
    "stock-csv": Target(_encoded(_PRICES), _application(stock.load, STOCK, "a.csv")),
    "stock-panel": Target(
        _encoded(_PANEL), _file(lambda path: [w.name for w in read_histories(Reading(), path)], "a.csv")
    ),
    "ink-jsonl": Target(_encoded(_INK_LINES), _application(handwriting.load, WRITING, "train.jsonl")),
    "ink-inkml": Target(_encoded(_INKML), _file(_ink, "a.inkml")),
    "ink-line-strokes": Target(_encoded(_LINE_STROKES), _file(_ink, "a.xml")),
    "ink-pendigits": Target(_encoded(_DIGITS), _file(lambda path: list(read_rows(path).targets), "a.tra")),
    "idx-images": Target(
        (_idx(_IMAGES), gzip.compress(_idx(_IMAGES))),
        _application(handwriting.load, WRITING, "/train-images-idx3-ubyte", {**_PAIR, **_IDX_TEST}),
    ),
    "idx-mapping": Target(
        (b"1 65 97\n2 66 98\n0 48\n",),
        _application(
            handwriting.load, WRITING, "/emnist-letters-mapping.txt",
            {f"emnist-letters-train-{kind}-ubyte": _idx(array)
             for kind, array in (("images-idx3", _IMAGES), ("labels-idx1", _LABELS))},
        ),
    ),
    "pictures": Target(
        (_picture("PNG"), _picture("JPEG"), _picture("BMP"), _picture("TIFF"), _picture("PNG", "P")),
        _file(lambda path: [read_picture(path).ndim], "a.png"),
    ),
    "picture-table": Target(_encoded("file\ttext\n" + "".join(f"a.png\tword {n}\n" for n in range(9))), _pictures),
    "word-vectors": Target((b"2 3\ngood 1 2 3\nbad -1 2e-3 0\n",), _file(_vectors_file, "v.txt")),
    "npz": Target((_npz(),), _file(lambda path: [a.ndim for a in read_npz(path).values()], "a.npz")),
    "cache-npy": Target((_npy(),), _cached),
    "config-json": Target(_encoded(json.dumps({"epochs": 3, "data": "sample", "learning_rate": 0.1})), _any_config),
    "manifest-json": Target(_encoded(json.dumps(_MANIFEST, indent=1)), _manifest),
    "preprocess-json": Target(
        _encoded(json.dumps(_ENCODER.specification(), indent=1)), _bundle_part("preprocess.json")
    ),
    "decoder-json": Target(_encoded(json.dumps(_DECODER.to_json(), indent=1)), _bundle_part("decoder.json")),
    "testvectors-json": Target(_encoded(json.dumps(_VECTORS, indent=1)), _bundle_part("testvectors.json")),
    "metrics-json": Target(
        _encoded(json.dumps(_METRICS, indent=1)), _file(lambda path: list(read_metrics(path)["metrics"]), "m.json")
    ),
    "trial-json": _study_target(),
}  # fmt: skip
