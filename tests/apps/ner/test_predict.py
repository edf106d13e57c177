"""Raw text in, names with their place out; encoding and decoding on the way."""

import json
import sys

import numpy as np
import pytest

from apps.ner.config import NerConfig
from apps.ner.evaluate import decoder, predict
from apps.ner.model import MARGINALS, ONWARD, TAGS, build
from apps.ner.preprocess import fit_preprocessor, load_preprocessor
from apps.ner.sample import generate
from common.layers import WordDropout
from common.preprocessing.sentence import Sentence, sentences_of
from common.preprocessing.vocabulary import UNKNOWN
from common.preprocessing.word_splitter import WordSplitter


@pytest.fixture(scope="module")
def preprocessor():
    splits = generate(200, 0)
    return fit_preprocessor(NerConfig(max_length=12, max_characters=6), splits["train"], (), splits.labels)


def answer(preprocessor, text, tags):
    """Predicts with given tags for each sentence, all of probability 1/2."""
    inputs = sentences_of(text, True)
    ids = np.zeros((len(inputs), 12), np.int32)
    for row, names in enumerate(tags):
        ids[row, : len(names)] = [preprocessor.tags.index(name) for name in names]
    half = np.full((len(inputs), 12, len(preprocessor.tags)), 0.5)
    return predict(preprocessor, inputs, {TAGS: ids, MARGINALS: half, ONWARD: half[..., 0]})


def test_offsets_count_in_the_whole_text_and_probabilities_are_those_of_the_whole_name(preprocessor):
    text = "  Caf\u00e9 \U0001f44d!\nAnn  Lee met Bo."
    given = answer(preprocessor, text, [["O"] * 3, ["B-PER", "E-PER", "O", "S-LOC", "O"]])
    assert [found.record["entities"] for found in given[:1]] == [[]]
    first, second = given[1].record["entities"]
    assert (first["text"], first["type"], first["probability"]) == ("Ann  Lee", "PER", 0.25)
    assert (second["text"], second["probability"]) == ("Bo", 0.5)
    for entity in (first, second):
        assert text[entity["start"] : entity["end"]] == entity["text"]
    assert given[1].text == "[Ann Lee PER 0.25] met [Bo LOC 0.50]."
    json.dumps([found.record for found in given])


def test_colours_only_on_a_terminal(preprocessor, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;" in answer(preprocessor, "Ann left", [["S-PER", "O"]])[0].text
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in answer(preprocessor, "Ann left", [["S-PER", "O"]])[0].text


def test_a_text_without_words_and_one_that_is_too_long(preprocessor):
    assert sentences_of("", False) == []
    assert answer(preprocessor, " ", [[]])[0].record == {"text": " ", "start": 0, "entities": []}
    text = " ".join(f"w{i}" for i in range(20))
    assert answer(preprocessor, text, [["O"] * 12])[0].record["unread_from"] == text.index("w12")


def test_a_run_without_a_sentence_s_end_is_parted_at_a_mark():
    text = " ".join([*["a"] * 80, ",", *["b"] * 60])
    parts = sentences_of(text, True)
    assert [len(part.words) for part in parts] == [81, 60]
    assert parts[1].between(parts[1].starts[0], parts[1].starts[0] + 1) == "b"
    assert all(len(part.words) <= WordSplitter.longest for part in sentences_of("c " * 500, True))


def test_encoding_keeps_both_ends_of_a_long_word_and_the_beginning_of_a_long_sentence(preprocessor):
    arrays = preprocessor.encode([Sentence.of_words(["Abcdefghij"] * 20), Sentence((), (), "")])
    assert arrays["lengths"].tolist() == [12, 1]
    assert arrays["tokens"][1].tolist() == [UNKNOWN]
    assert arrays["characters"][0].shape == (12, 6)
    expected = preprocessor.characters.encode("Abchij")
    assert arrays["characters"][0][0].tolist() == expected.tolist()


def test_saved_assets_encode_alike(preprocessor, tmp_path):
    preprocessor.save(tmp_path)
    loaded = load_preprocessor(tmp_path, {})
    inputs = generate(100, 7)["test"].inputs
    before, after = preprocessor.encode(inputs), loaded.encode(inputs)
    for name, array in before.items():
        values = (array.values, after[name].values) if hasattr(array, "values") else (array, after[name])
        np.testing.assert_array_equal(*values)
    assert loaded.seen == preprocessor.seen
    assert loaded.tags == preprocessor.tags


def test_tags_survive_encoding_and_decoding(preprocessor):
    examples = generate(300, 3)["train"]
    encoded = preprocessor.encode_targets(examples.targets)["tags"]
    from common.preprocessing.tag_schemes import spans

    for row, target in enumerate(examples.targets):
        decoded = decoder(preprocessor).tags(encoded[row], len(target))
        read = [span for span in spans(target) if span.end <= 12]
        assert [span for span in spans(decoded) if span.end <= 12][: len(read)] == read


def test_vectors_start_the_words_and_add_those_of_the_file(tmp_path):
    splits = generate(200, 0)
    (tmp_path / "v.txt").write_text("Monday 1 2 3\nunheard 4 5 6\n")
    config = NerConfig(vectors=str(tmp_path / "v.txt"), embedding=3)
    fitted = fit_preprocessor(config, splits["train"], (), splits.labels)
    place = fitted.words.ids
    table = fitted.fitted["embedding"]
    assert table[place["monday"]].tolist() == [1, 2, 3]
    assert table[place["unheard"]].tolist() == [4, 5, 6]
    assert place["unheard"] >= int(fitted.fitted["singletons_from"])
    model = build(config, fitted)
    np.testing.assert_array_equal(model.serving.get_layer("word_vectors").get_weights()[0], table)
    assert fit_preprocessor(NerConfig(), splits["train"], (), splits.labels).words.encode(["unheard"]) == [UNKNOWN]


def test_singletons_are_made_unknown_more_often():
    tokens = np.array([[2] * 4000 + [9] * 4000 + [0] * 10], np.int32)
    dropped = np.asarray(WordDropout(0.1, seed=0, rare_rate=0.6, rare_from=9)(tokens, training=True))[0]
    assert np.mean(dropped[:4000] == UNKNOWN) == pytest.approx(0.1, abs=0.02)
    assert np.mean(dropped[4000:8000] == UNKNOWN) == pytest.approx(0.6, abs=0.03)
    assert not dropped[8000:].any()


@pytest.mark.parametrize("fields", [{"output": "softmax"}, {"characters": "lstm"}, {"characters": "none"}])
def test_every_choice_builds_and_answers(preprocessor, fields):
    config = NerConfig(units=4, character_units=4, form_embedding=0 if "output" in fields else 2, **fields)
    models = build(config, preprocessor)
    inputs = generate(100, 1)["test"].inputs
    from common.training import keras_runner

    outputs = keras_runner(models.serving)(preprocessor.encode(inputs))
    assert outputs[TAGS].shape == outputs[ONWARD].shape
    np.testing.assert_allclose(outputs[MARGINALS][0, 0].sum(), 1, atol=1e-5)
    assert len(predict(preprocessor, inputs, outputs)) == len(inputs)
