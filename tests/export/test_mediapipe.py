"""The lane for MediaPipe's TextClassifier; the classifier itself runs in `make bench-lanes`."""

import dataclasses
import unicodedata

import keras
import numpy as np
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from common.app import ExportSpec, InputSpec
from common.errors import UserError
from common.layers.masking import length_mask
from common.preprocessing.tokenizer import _UNSPACED, Tokenizer
from common.preprocessing.vocabulary import UNKNOWN, Vocabulary
from export.flatbuffer import name_of, read
from export.mediapipe import text_task, to_mediapipe
from export.mediapipe_tokens import MediapipeTokens
from export.runtime import Runtime

TIMESTEPS = 12
WORDS = Vocabulary(("<pad>", "<unk>", "good", "bad", "isn't", "film", "!", ".", "étage", "日", "'"))
TOKENIZER = Tokenizer()


def build() -> keras.Model:
    keras.utils.set_random_seed(5)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    lengths = keras.Input((), dtype="int32", name="lengths")
    spread = keras.initializers.RandomNormal(stddev=1.0, seed=1)
    x = keras.layers.Embedding(len(WORDS), 6, embeddings_initializer=spread)(tokens)
    x = keras.layers.Bidirectional(keras.layers.GRU(5))(x, mask=length_mask(tokens, lengths))
    answer = keras.layers.Dense(2, activation="softmax", kernel_initializer=spread)(x)
    return keras.Model([tokens, lengths], {"probabilities": answer})


@pytest.fixture(scope="module")
def assets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assets")
    WORDS.save(folder / "vocabulary.txt")
    return folder


@pytest.fixture(scope="module")
def text_spec():
    rules = {
        "kind": "text", "tokenizer": TOKENIZER.to_json(), "vocabulary": "vocabulary.txt", "pad_id": 0, "unknown_id": 1,
    }  # fmt: skip
    return ExportSpec(
        {"tokens": InputSpec((TIMESTEPS,), "int32"), "lengths": InputSpec((), "int32")},
        ("probabilities",),
        {"kind": "softmax", "labels": ["negative", "positive"]},
        rules,
        ("vocabulary.txt",),
    )


@pytest.fixture(scope="module")
def keras_model():
    return build()


@pytest.fixture(scope="module")
def lane(keras_model, text_spec, assets):
    return to_mediapipe(keras_model, text_spec, assets, "float32")


def test_one_subgraph_one_input_and_no_loop(lane):
    model = read(lane)
    (subgraph,) = model.subgraphs
    assert len(subgraph.inputs) == len(subgraph.outputs) == 1
    assert "WHILE" not in {name_of(model, operator) for operator in subgraph.operators}


@pytest.mark.parametrize("length", [0, 1, 2, 3, 5, 8, 11, TIMESTEPS])
def test_padded_ids_alone_give_the_keras_probabilities(lane, keras_model, length):
    """MediaPipe gives no length: the model counts it; an empty text is one unknown word, as our preprocessor has it."""
    row = np.zeros((1, TIMESTEPS), np.int32)
    row[0, :length] = np.random.default_rng(length).integers(1, len(WORDS), length)
    found = Runtime(lane).invoke({"tokens": row})["probabilities"]
    given_row = row if length else np.full_like(row, 0) + (np.arange(TIMESTEPS) == 0).astype(np.int32) * UNKNOWN
    wanted = keras_model.predict([given_row, np.array([max(length, 1)], np.int32)], verbose=0)["probabilities"]
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_bytes_repeat(lane, keras_model, text_spec, assets):
    assert to_mediapipe(keras_model, text_spec, assets, "float32") == lane


UNSPACED = regex.compile(_UNSPACED)
SNIPPETS = [
    "good",
    "isn't",
    "isn\u2019t",
    "!",
    " ",
    "<br />",
    "日本",
    "étage",
    "'",
    "a'b",
    "''",
    "\u0e44\u0e17\u0e22",
    "3.5",
    "-",
    "\n",
    "\u200b",
]


@given(st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=4), max_size=12).map("".join))
def test_trimmed_lower_case_text_gives_the_tokens_of_our_tokenizer(text):
    """The pattern says the same as `Tokenizer`, but for what the module's notes ask of the caller."""
    text = unicodedata.normalize("NFC", text).lower().replace("\x00", "")
    gap = MediapipeTokens(WORDS, 99)._compiled
    first = gap.search(text)
    text = text[first.start() :] if first else ""  # trimmed
    if text.startswith("<br") or UNSPACED.search(text):
        return  # a break before the first word; a script without spaces
    found = [token.replace("\u2019", "'").replace("\u2018", "'") for token in MediapipeTokens(WORDS, 99).tokens(text)]
    assert found == TOKENIZER(text)


def test_the_vocabulary_file_has_every_spelling_and_no_start():
    tokens = MediapipeTokens(WORDS, 99)
    lines = dict(line.split(" ") for line in tokens.file.decode().splitlines())
    assert lines["<PAD>"] == "0" and lines["<UNKNOWN>"] == "1" and "<START>" not in lines
    assert {lines[word] for word in ("isn't", "Isn't", "ISN'T", "Isn\u2019t")} == {"4"}
    np.testing.assert_array_equal(tokens.encode("Good film!"), WORDS.encode(TOKENIZER("Good film!")))
    np.testing.assert_array_equal(tokens.encode(""), [UNKNOWN])


def test_what_mediapipe_cannot_fill_is_refused(text_spec, assets):
    more = dataclasses.replace(text_spec, inputs={**text_spec.inputs, "ngrams": InputSpec((TIMESTEPS, 4), "float32")})
    with pytest.raises(UserError, match=r"found tokens int32 .*ngrams float32"):
        text_task(more, assets)
    tags = dataclasses.replace(text_spec, decoder={"kind": "tags"})
    with pytest.raises(UserError, match="expected a text classifier"):
        text_task(tags, assets)
    rules = {**text_spec.preprocessing, "tokenizer": {"token": "x"}}
    with pytest.raises(UserError, match="another tokenizer"):
        text_task(dataclasses.replace(text_spec, preprocessing=rules), assets)
