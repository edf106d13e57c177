"""Random texts and pictures with the tensors that Python makes of them, for readers in other languages.

The hand-made documents of export/reading_cases.py hold what is known to go wrong; these look for what is not.
Characters are those of Unicode 3.2 and some emoji, which every platform's tables know.
"""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np

from common.data.ragged import Ragged
from common.files import read_json, write_json
from common.preprocessing.images import ImageSettings
from common.preprocessing.text import TextEncoder
from common.preprocessing.vocabulary import Vocabulary
from common.preprocessing.word_forms import folded, forms
from common.preprocessing.writing_encoder import WritingEncoder
from export.kinds import READERS
from export.vectors import EXACT, jsonable

_BLOCKS = (
    (0x20, 0x7F), (0x20, 0x7F), (0xA0, 0x180), (0x2B0, 0x370), (0x370, 0x400), (0x400, 0x530), (0x590, 0x5F0),
    (0x600, 0x700), (0x900, 0x980), (0xE00, 0xE80), (0x1100, 0x1200), (0x1E00, 0x2000), (0x2000, 0x2070),
    (0x3000, 0x3100), (0x4E00, 0x4F00), (0xAC00, 0xAD00), (0xFB00, 0xFB50), (0xFE00, 0xFF00), (0xFF00, 0xFFF0),
    (0x10400, 0x10450), (0x1D400, 0x1D800), (0x1F600, 0x1F640), (0x300, 0x370), (0, 0x20), (0x7F, 0xA0),
)  # fmt: skip
_GLUE = (
    " ",
    " ",
    " ",
    ". ",
    "! ",
    "\u2019s ",
    "'",
    "-",
    "\n",
    "\r\n",
    "\u3002",
    "\u0301",
    "\u03a3",
    "\u0130",
    "1",
    "A",
)


def _character(chance: random.Random) -> str:
    while True:
        character = chr(chance.randrange(*chance.choice(_BLOCKS)))
        known = unicodedata.ucd_3_2_0.category(character) not in ("Cn", "Cs") or ord(character) >= 0x1F600
        if known and unicodedata.ucd_3_2_0.category(character) in (unicodedata.category(character), "Cn"):
            return character


def random_text(chance: random.Random) -> str:
    """Runs of one to six characters with blanks, marks and line ends between them."""
    parts = []
    for _ in range(chance.randrange(1, 30)):
        parts += [_character(chance) for _ in range(chance.randrange(1, 7))]
        parts.append(chance.choice(_GLUE))
    return "".join(parts)


def random_vectors(bundle: Path, texts: list[str]) -> dict[str, Any]:
    """testvectors.json of a bundle that reads texts, its documents being `texts`, after its vocabularies learned them.

    Args:
        bundle: a bundle's folder, whose vocabularies are extended: every token, form and character gets an id of its
            own, so that one that another reader spells differently shows.
        texts: the documents.
    """
    assets, specification = bundle / "preprocessing", read_json(bundle / "preprocess.json")
    reader = READERS[specification["kind"]](specification, assets)
    _learn(reader.encoder, assets, texts)
    reader = READERS[specification["kind"]](specification, assets)

    def tensors(inputs: list[Any]) -> list[dict[str, Any]]:
        arrays = reader.encoder.encode(inputs)
        return [
            {n: jsonable(v[row] if isinstance(v, Ragged) else np.asarray(v)[row]) for n, v in arrays.items()}
            for row in range(len(inputs))
        ]

    told, cases = read_json(bundle / "testvectors.json"), []
    for number, text in enumerate(texts):
        single = number % 2 == 0
        inputs = reader.read_text(text, single)
        raw = [jsonable(given, EXACT) for given in inputs]
        cases.append({"text": text, "single": single, "raw": raw, "inputs": tensors(inputs)})
    vectors = [{**v, "inputs": tensors([reader.encoder.from_json(v["raw"])])[0]} for v in told["vectors"]]
    return {**told, "vectors": vectors, "reading": cases}


def _learn(encoder: Any, assets: Path, texts: list[str]) -> None:
    if isinstance(encoder, TextEncoder):
        found = {"vocabulary.txt": [token for text in texts for token in encoder.tokenizer(text)]}
    else:
        words = [word for text in texts for sentence in encoder.read_inputs(text, True) for word in sentence.words]
        found = {
            "words.txt": [folded(word) for word in words],
            "forms.txt": [form for word in words for form in forms(word)],
            "characters.txt": [character for word in words for character in word],
        }
    for name, tokens in found.items():
        known = Vocabulary.load(assets / name)
        Vocabulary(tuple(dict.fromkeys((*known.tokens, *tokens)))).save(assets / name)


def picture_vectors(bundle: Path, count: int, seed: int) -> dict[str, Any]:
    """testvectors.json of a bundle of handwriting made to read pictures: random ones, larger and smaller ones.

    Args:
        bundle: a bundle's folder that reads ink; its preprocess.json and manifest.json are changed.
        count: how many pictures.
        seed: of the pictures.
    """
    given, manifest, told = (read_json(bundle / f"{n}.json") for n in ("preprocess", "manifest", "testvectors"))
    encoder = WritingEncoder(given["task"], tuple(given["labels"]), ImageSettings(12, 40))
    inputs = {n: {"shape": [1, *i.shape], "dtype": i.dtype, "fill": i.fill} for n, i in encoder.inputs().items()}
    manifest["signatures"]["run"]["inputs"] = inputs
    write_json(bundle / "preprocess.json", encoder.specification())
    write_json(bundle / "manifest.json", manifest)
    generator, vectors = np.random.default_rng(seed), []
    for number in range(count):
        rows, columns = generator.integers(1, 40, size=2)
        drawn = (generator.random((rows, columns)) ** generator.choice([0.3, 3.0]) * 255).astype(np.uint8)
        picture = drawn if number else np.full((3, 5), 7, np.uint8)  # one colour alone is paper
        arrays, raw = encoder.encode([picture]), jsonable(picture)
        tensors = {n: jsonable(v[0]) for n, v in arrays.items()}
        vectors.append({**told["vectors"][number % len(told["vectors"])], "raw": raw, "inputs": tensors})
    return {**told, "vectors": vectors, "reading": []}
