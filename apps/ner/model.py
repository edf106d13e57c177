"""The tagger: words, forms and characters in front, a recurrent stack, a CRF or a softmax behind."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from apps.ner.config import NerConfig
from apps.ner.preprocess import NerPreprocessor
from common.app import Models
from common.layers import CRF, CRFLoss, CRFMarginals, RecurrentStack, WordDropout, length_mask
from common.layers.crf import NEVER
from common.preprocessing.tag_schemes import legal_moves
from common.preprocessing.word_forms import FORMS

TAGS, MARGINALS, ONWARD = "tags", "marginals", "onward"
_WORD_VOTES_DROPPED, _FORM_VOTES_DROPPED = 0.5, 0.2


def build(config: NerConfig, preprocessor: NerPreprocessor) -> Models:
    """Builds the tagger.

    Inputs: `tokens` (batch, words), `forms` (batch, words, len(FORMS)), `characters` (batch, words, characters), all
    int32, and `lengths` (batch,) int32.
    Outputs of the serving model: `tags` (batch, words) int32, `marginals` (batch, words, tags) float32 and `onward`
    (batch, words) float32, the probability of each word's tag given the tag before it. The training model gives what
    the loss needs.

    Args:
        config: sizes and choices.
        preprocessor: gives the vocabularies and the tags, and what was fitted to start from.
    """
    inputs = {
        "tokens": keras.Input((None,), dtype="int32", name="tokens"),
        "forms": keras.Input((None, len(FORMS)), dtype="int32", name="forms"),
        "characters": keras.Input((None, preprocessor.max_characters), dtype="int32", name="characters"),
        "lengths": keras.Input((), dtype="int32", name="lengths"),
    }
    emissions = _emissions(config, preprocessor, inputs)
    if config.output == "crf":
        crf = CRF(legal_moves(preprocessor.tags), name="crf")
        scores, tags = crf(emissions, inputs["lengths"]), crf(emissions, inputs["lengths"], decode=True)
        marginals, onward = CRFMarginals(name="confidence")(scores, tags)
        loss: keras.losses.Loss = CRFLoss()
    else:
        mask = length_mask(emissions, inputs["lengths"])
        scores = ops.where(mask[..., None], emissions, _padding(len(preprocessor.tags)))
        marginals = ops.softmax(scores)
        onward, best = ops.top_k(marginals, 1)  # (batch, words, 1) each
        tags, onward = ops.cast(best[..., 0], "int32"), onward[..., 0]
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    serving = keras.Model(inputs, {TAGS: tags, MARGINALS: marginals, ONWARD: onward}, name="serving")
    return Models(keras.Model(inputs, {TAGS: scores}, name="training"), serving, loss)


def _padding(tags: int) -> np.ndarray:
    """(tags,) float32 scores that make tag 0, which pads the targets, certain: a padded word costs nothing."""
    return np.where(np.arange(tags) == 0, 0.0, NEVER).astype(np.float32)


def _emissions(config: NerConfig, preprocessor: NerPreprocessor, inputs: dict[str, Any]) -> Any:
    """(batch, words, tags) float32: how well each tag fits each word."""
    parts = [_word_vectors(config, preprocessor, inputs["tokens"])]
    if config.form_embedding:
        forms = keras.layers.Embedding(len(preprocessor.forms), config.form_embedding, name="form_vectors")
        width = len(FORMS) * config.form_embedding
        parts.append(keras.layers.Reshape((-1, width), name="forms_joined")(forms(inputs["forms"])))
    if config.characters != "none":
        parts.append(_character_features(config, len(preprocessor.characters), inputs["characters"]))
    x = keras.layers.Concatenate(name="words_forms_characters")(parts) if len(parts) > 1 else parts[0]
    x = keras.layers.Dropout(config.dropout, seed=config.seed + 1, name="input_dropout")(x)
    stack = RecurrentStack(config.cell, config.units, layers=config.layers, bidirectional=config.bidirectional)
    x = stack(x, inputs["lengths"])  # (batch, words, units or 2 units)
    x = keras.layers.Dropout(config.dropout, seed=config.seed + 2, name="output_dropout")(x)
    emissions = keras.layers.Dense(len(preprocessor.tags), dtype="float32", name="emissions")(x)
    return emissions + _votes(config, preprocessor, inputs) if config.votes else emissions


def _votes(config: NerConfig, preprocessor: NerPreprocessor, inputs: dict[str, Any]) -> Any:
    """(batch, words, tags) float32: what the word, the words beside it and their forms say of its tag by themselves.

    These are the features of a linear-chain CRF (Lafferty, McCallum and Pereira 2001), one weight a feature and tag.
    They are learnt in an epoch and leave the recurrence what takes context.
    """
    votes: list[Any] = []
    real = ops.cast(length_mask(inputs["tokens"], inputs["lengths"]), "int32")
    tokens, forms = inputs["tokens"] * real, inputs["forms"] * real[..., None]
    for name, offset in (("before", -1), ("here", 0), ("after", 1)):
        for kind, ids, size, rate in (
            ("word", tokens, len(preprocessor.words), _WORD_VOTES_DROPPED),
            ("form", forms, len(preprocessor.forms), _FORM_VOTES_DROPPED),
        ):
            table = keras.layers.Embedding(size, len(preprocessor.tags), "zeros", name=f"{kind}_votes_{name}")
            found = table(_moved(ids, offset))
            seed = config.seed + 10 * (offset + 2) + len(votes)
            found = keras.layers.Dropout(rate, seed=seed, name=f"{kind}_votes_{name}_dropout")(found)
            votes.append(ops.sum(found, axis=2) if kind == "form" else found)
    return ops.sum(ops.stack(votes), axis=0)


def _moved(ids: Any, offset: int) -> Any:
    """(batch, words, ...) with each word's ids replaced by those of the word `offset` further; zeros at the ends."""
    if not offset:
        return ids
    sides = (-offset, 0) if offset < 0 else (0, offset)
    padded = ops.pad(ids, [(0, 0), sides, *[(0, 0)] * (len(ids.shape) - 2)])
    return padded[:, :offset] if offset < 0 else padded[:, offset:]


def _word_vectors(config: NerConfig, preprocessor: NerPreprocessor, tokens: Any) -> Any:
    """(batch, words, embedding)."""
    singletons_from = int(preprocessor.fitted.get("singletons_from", np.array(0)))
    dropped = WordDropout(
        config.word_dropout,
        seed=config.seed,
        rare_rate=config.singleton_dropout,
        rare_from=singletons_from,
        name="word_dropout",
    )(tokens)
    start: Any = keras.initializers.RandomNormal(stddev=0.1, seed=config.seed)
    if "embedding" in preprocessor.fitted:
        start = keras.initializers.Constant(np.asarray(preprocessor.fitted["embedding"]))
    layer = keras.layers.Embedding(len(preprocessor.words), config.embedding, start, name="word_vectors")
    return layer(dropped)


def _character_features(config: NerConfig, size: int, characters: Any) -> Any:
    """(batch, words, units): what the characters of each word say, all words of the batch at once."""
    width = characters.shape[-1]
    x = keras.layers.Embedding(size, config.character_embedding, name="character_vectors")(characters)
    units = config.character_units
    if config.characters == "cnn":  # a convolution over the characters alone (Ma and Hovy 2016)
        x = keras.layers.Conv2D(units, (1, 3), padding="same", activation="relu", name="character_convolution")(x)
        return ops.max(x, axis=2)  # padding has a vector of its own, the mark of a word's end
    flat = ops.reshape(x, (-1, width, config.character_embedding))  # (batch * words, characters, embedding)
    counts = ops.sum(ops.cast(ops.reshape(characters, (-1, width)) > 0, "int32"), axis=1)
    stack = RecurrentStack(  # the last state of each direction (Lample et al. 2016)
        "lstm", units // 2, bidirectional=True, return_sequences=False, name="character_lstm"
    )
    return RestoreWords(name="characters_of_words")(stack(flat, counts), characters)


@keras.saving.register_keras_serializable(package="unroll")
class RestoreWords(keras.layers.Layer):
    """(batch * words, features) back to (batch, words, features), the shape taken from (batch, words, ...)."""

    def call(self, flat: Any, like: Any) -> Any:
        return ops.reshape(flat, (*ops.shape(like)[:2], flat.shape[-1]))

    def compute_output_spec(self, flat: Any, like: Any) -> Any:
        return keras.KerasTensor((*like.shape[:2], flat.shape[-1]), dtype=flat.dtype)
