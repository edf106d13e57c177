"""Whatever preprocess.json and decoder.json hold: an answer, or one line that names the file."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.data.ink.strokes import ink_of
from common.data.prices.rows import MARKET_VARIANCE
from common.data.series import Window
from common.decoding.entities import Entities
from common.decoding.forecast import Quantiles
from common.decoding.softmax import Softmax
from common.decoding.transcription import Transcription
from common.errors import UserError
from common.preprocessing.images import ImageSettings
from common.preprocessing.ink import InkSettings
from common.preprocessing.nucleotide_encoder import NucleotideEncoder
from common.preprocessing.nucleotides import Record
from common.preprocessing.price_encoder import PriceEncoder
from common.preprocessing.price_features import OWN
from common.preprocessing.scaler import StandardScaler
from common.preprocessing.sentence import sentences_of
from common.preprocessing.text import VOCABULARY, TextEncoder
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import Vocabulary
from common.preprocessing.word_encoder import CHARACTERS, WORD_FORMS, WORDS, WordEncoder
from common.preprocessing.word_splitter import WordSplitter
from common.preprocessing.writing_encoder import WritingEncoder
from export.answers import answerer
from export.kinds import DECODERS
from export.rows import padded_inputs
from export.runtime import Bundle

WORDLIST = Vocabulary(("<pad>", "<unk>", "good", "bad"))


@dataclass
class Model:
    """Stands for a converted model: outputs of the right shapes from padded inputs of the right shapes."""

    inputs: Any
    outputs: dict[str, tuple[int, ...]]
    whole: tuple[str, ...] = ()

    def run(self, arrays: Any) -> dict[str, np.ndarray]:
        count = len(next(iter(arrays.values())))
        padded_inputs(arrays, self.inputs, np.arange(count))
        random = np.random.default_rng(0)
        shapes = {name: (count, *shape[1:]) for name, shape in self.outputs.items()}
        return {
            name: random.integers(0, 2, s) if name in self.whole else random.random(s) for name, s in shapes.items()
        }


def _prices() -> Window:
    random = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, 90)))
    values = np.stack([close, close * 1.01, close * 0.99, close, close * 0 + 1e6, np.roll(close, 1)], axis=1)
    assert values.shape[1] == MARKET_VARIANCE
    return Window("ABC", np.arange(90), values)


def _case(kind: str) -> tuple[Any, Any, dict[str, Any], tuple[str, ...], list[Any]]:
    """Encoder, decoder, the model's outputs, those of whole numbers, raw inputs."""
    letters, classes = ("", "a", "b"), {"p": (1, 2)}
    two = Softmax("p", ("no", "yes"))
    if kind == "text":
        return TextEncoder(Tokenizer(), WORDLIST, 8, 2), two, classes, (), ["good \U0001f600 bad", "x " * 20, ""]
    if kind == "words":
        encoder = WordEncoder(WordSplitter(), WORDLIST, WORDLIST, WORDLIST, ("PER",), 6, 5)
        entities = Entities("tags", encoder.tags, 6)
        return encoder, entities, {"tags": (1, 6)}, ("tags",), sentences_of("Dr. Lee left. " + "a " * 250, True)
    if kind == "nucleotides":
        encoder = NucleotideEncoder(("no", "yes"), 30, False, True)
        return encoder, two, classes, (), [Record("r", "ACGTN" * n) for n in (4, 9)]
    if kind == "daily_prices":
        scaler = StandardScaler(np.zeros(len(OWN)), np.ones(len(OWN)))
        encoder = PriceEncoder(8, 3, "garman_klass", False, ("ABC",), scaler, embedded=True)
        quantiles = Quantiles("q", (0.1, 0.5, 0.9), "v", "d")
        return encoder, quantiles, {"q": (1, 3, 3), "v": (1, 3), "d": (1, 3)}, (), [_prices()]
    ink = [ink_of([[[0, 0], [5, 9], [7, 1]], [[3, 3]]], "ink")]
    if kind == "ink":
        encoder, outputs = WritingEncoder("line", letters[1:], InkSettings()), {"s": (1, 5, 3), "l": (1, 5)}
        return encoder, Transcription("s", "l", letters), outputs, ("l",), ink
    image = [np.arange(20).reshape(4, 5)]
    return WritingEncoder("character", ("no", "yes"), ImageSettings(6, 9)), two, classes, (), image


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside some JSON, its own last."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*(place for key, item in items for place in _places(item, (*path, key))), path]


NUMBERS = st.integers(-3, 40) | st.sampled_from([10**30, 10**400, 2**63, -(10**9)]) | st.floats()
SHORT = st.text(max_size=6) | st.sampled_from(["\ud800", "(", "(a)", "[", "\\9", "../x", "a*"])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | SHORT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def _changed(data: st.DataObject, value: Any) -> Any:
    """The JSON with one to three values replaced or removed."""
    value = copy.deepcopy(value)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(_places(value)))
        if not path:
            return data.draw(JSON)
        parent = value
        for key in path[:-1]:
            parent = parent[key]
        if data.draw(st.booleans()):
            parent[path[-1]] = data.draw(JSON)
        else:
            del parent[path[-1]]
    return value


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Bundle, Model, list[Any]]]:
    folder: Path = tmp_path_factory.mktemp("bundle")
    (folder / "preprocessing").mkdir()
    for name in (VOCABULARY, WORDS, WORD_FORMS, CHARACTERS):
        WORDLIST.save(folder / "preprocessing" / name)

    def of(kind: str) -> tuple[Bundle, Model, list[Any]]:
        encoder, decoder, outputs, whole, inputs = _case(kind)
        values = [json.loads(json.dumps(part)) for part in (decoder.to_json(), encoder.specification())]
        bundle = Bundle(folder, {}, encoder.inputs(), *values)
        return bundle, Model(encoder.inputs(), outputs, whole), inputs

    return of


KINDS = sorted({first for first, _ in DECODERS})


@pytest.mark.parametrize("kind", KINDS)
def test_as_they_are_they_answer(make, kind):
    bundle, model, inputs = make(kind)
    records = [answer.record for answer in answerer(bundle, model)(inputs)]
    assert len(records) == len(inputs)
    json.dumps(records, allow_nan=False)


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_changed_at_random_they_answer_or_are_refused_in_a_line_that_names_the_file(make, kind, data):
    bundle, model, inputs = make(kind)
    if data.draw(st.booleans()):
        name, bundle = "preprocess.json", _with(bundle, preprocessing=_changed(data, bundle.preprocessing))
    else:
        name, bundle = "decoder.json", _with(bundle, decoder=_changed(data, bundle.decoder))
    try:
        answers = answerer(bundle, model)(inputs)
    except UserError as error:
        assert name in str(error) and "\n" not in str(error)
        return
    assert len(answers) == len(inputs)
    json.dumps([answer.record for answer in answers], allow_nan=False)


def _with(bundle: Bundle, **parts: Any) -> Bundle:
    fields = {"decoder": bundle.decoder, "preprocessing": bundle.preprocessing, **parts}
    return Bundle(bundle.folder, bundle.manifest, bundle.inputs, **fields)
