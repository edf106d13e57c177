"""Beam search with a language model, and the flags that ask for it, with a recogniser whose doubts are known."""

import argparse
from types import SimpleNamespace

import numpy as np
import pytest

from apps.handwriting import commands, language
from apps.handwriting.app import APP
from apps.handwriting.data import load
from apps.handwriting.model import LABELS, SCORES
from apps.handwriting.preprocess import CHARACTER, HandwritingPreprocessor, fit_preprocessor
from common.data.splits import TRAIN
from common.errors import UserError
from common.preprocessing.ink import InkSettings


@pytest.fixture
def loaded(config):
    """A run whose model prefers a wrong letter now and then, the right one being a close second."""
    settings = config(sample_size=150)
    splits = load(settings)
    preprocessor = fit_preprocessor(settings, splits[TRAIN], (), ())
    written = {
        id(ink): text for part in splits.parts.values() for ink, text in zip(part.inputs, part.targets, strict=True)
    }
    by_shape = {tuple(map(len, ink)): written[id(ink)] for part in splits.parts.values() for ink in part.inputs}

    def outputs(inputs, description: str) -> dict[str, np.ndarray]:
        generator = np.random.default_rng(0)
        texts = [by_shape[tuple(map(len, ink))] for ink in inputs]
        frames, classes = 2 * max(map(len, texts)) + 1, len(preprocessor.labels) + 1
        scores = np.full((len(texts), frames, classes), 0.001)
        scores[:, :, 0] = 1.0
        labels = np.zeros((len(texts), frames), np.int32)
        for row, text in enumerate(texts):
            for place, character in enumerate(text):
                right = preprocessor.labels.index(character) + 1
                wrong = int(generator.integers(1, classes))
                doubt = generator.random() < 0.2
                scores[row, 2 * place + 1] = 0.001
                scores[row, 2 * place + 1, right] = 0.45 if doubt else 1.0
                scores[row, 2 * place + 1, wrong] += 0.55 if doubt else 0.0
                labels[row, place] = scores[row, 2 * place + 1].argmax()
        return {SCORES: np.log(scores / scores.sum(axis=2, keepdims=True)), LABELS: labels}

    # the sample is read anew for every call: inks are known again by the numbers of their points
    return SimpleNamespace(app=APP, config=settings, preprocessor=preprocessor, outputs=outputs)


def flags(**given) -> argparse.Namespace:
    return argparse.Namespace(**{"lm": None, "plot": None, "data": None, "split": None, "json": True, **given})


def test_the_language_model_mends_what_the_recogniser_doubts(loaded) -> None:
    record = language.measure(loaded, "train", None, None)
    cer = {name: values["cer"]["value"] for name, values in record["decoders"].items()}
    assert cer["greedy"] > 0.05
    assert cer["beam, language model"] < 0.6 * cer["greedy"]
    assert record["gain"]["high"] < 0


def test_without_its_flags_the_common_commands_go_on(loaded) -> None:
    assert commands.predict(flags(), loaded) is False
    assert commands.evaluate(flags(), loaded) is False


def test_predict_draws_and_decodes_with_a_text_file(loaded, tmp_path, capsys) -> None:
    import json

    splits = load(loaded.config)
    part = splits[TRAIN]
    (tmp_path / "words.txt").write_text("\n".join(part.targets))
    strokes = [stroke.tolist() for stroke in part.inputs[0]]
    options = flags(
        text=[json.dumps(strokes)], file=None, lm=str(tmp_path / "words.txt"), lm_weight=0.6, lm_bonus=0.8,
        plot=str(tmp_path / "a.png"),
    )  # fmt: skip
    assert commands.predict(options, loaded) is True
    assert json.loads(capsys.readouterr().out)["text"] == part.targets[0]
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_a_run_for_characters_has_no_language(loaded) -> None:
    loaded.preprocessor = HandwritingPreprocessor(CHARACTER, ("a", "b"), InkSettings())
    with pytest.raises(UserError, match="--lm: expected a run that reads lines"):
        language.measure(loaded, "train", None, None)
    with pytest.raises(UserError, match="expected a run that reads lines"):
        commands.predict(flags(plot="x.png", text=["[[[1, 2]]]"], file=None), loaded)


def test_a_text_without_known_characters_is_refused(loaded, tmp_path) -> None:
    (tmp_path / "other.txt").write_text("ΑΒΓ\n")
    with pytest.raises(UserError, match="expected text in the run's characters"):
        language.measure(loaded, str(tmp_path / "other.txt"), None, None)
