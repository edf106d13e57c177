"""What a user can set for named entities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from common.config import Search, Setting, TrainingConfig


@dataclass(frozen=True)
class NerConfig(TrainingConfig):
    """Fields of `unroll train ner`; the defaults are for some ten thousand sentences on two cores."""

    epochs: Annotated[int, Setting("passes over the training split at the most", unit="epochs", low=1)] = 8
    batch_size: Annotated[int, Setting("sentences per step", unit="sentences", low=1, search=(8, 16, 32, 64))] = 16
    learning_rate: Annotated[
        float, Setting("peak learning rate of AdamW", low=1e-8, high=10, search=Search(5e-4, 5e-3, log=True))
    ] = 2e-3
    weight_decay: Annotated[
        float, Setting("AdamW's decoupled weight decay", low=0, search=Search(1e-3, 0.2, log=True))
    ] = 0.05
    ema: Annotated[float, Setting("decay per step of the averaged weights; 0 turns it off", low=0, high=0.99999)] = (
        0.995
    )

    word_column: Annotated[int, Setting("column of the words, from 1", low=1)] = 1
    tag_column: Annotated[int, Setting("column of the tags, from 1; 0 is the last one", low=0)] = 0
    validation_fraction: Annotated[
        float, Setting("share of train held out where the data has no validation split", low=0.01, high=0.5)
    ] = 0.1
    test_fraction: Annotated[float, Setting("share held out where the data has no test split", low=0.01, high=0.5)] = (
        0.1
    )
    sample_size: Annotated[int, Setting("size of the synthetic sample", unit="sentences", low=100, high=200_000)] = 2000
    download: Annotated[bool, Setting("let `tfds:NAME` download what is not prepared yet")] = False

    vocabulary_size: Annotated[int, Setting("words with an id of their own", unit="words", low=10, high=200_000)] = (
        60_000
    )
    max_length: Annotated[
        int, Setting("words of a sentence that are read; the rest stays untagged", unit="words", low=8, high=1024)
    ] = 128
    max_characters: Annotated[
        int, Setting("characters of a word that are read, half from each end", unit="characters", low=4, high=64)
    ] = 20

    vectors: Annotated[str, Setting("GloVe, word2vec or fastText text file to start the words from")] = ""
    vector_words: Annotated[
        int, Setting("words taken from the start of that file besides those of the training data", low=0)
    ] = 20_000
    embedding: Annotated[int, Setting("size of a word vector", low=2, high=1024, search=Search(50, 300, log=True))] = (
        100
    )
    form_embedding: Annotated[
        int, Setting("size of the vector of each form (case, shape, prefixes, suffixes); 0 leaves them out", low=0)
    ] = 16
    characters: Annotated[
        Literal["cnn", "lstm", "none"], Setting("how a word's characters are read", search=("cnn", "none"))
    ] = "cnn"
    character_embedding: Annotated[int, Setting("size of a character vector", low=2, high=256)] = 24
    character_units: Annotated[
        int,
        Setting(
            "size of what is read from a word's characters",
            low=2,
            high=512,
            search=(24, 48, 96),
            when=("characters", ("cnn",)),
        ),
    ] = 48
    votes: Annotated[
        bool, Setting("let the word, its neighbours and their forms speak for tags directly, as a linear CRF does")
    ] = True
    cell: Annotated[
        Literal["simple_rnn", "lstm", "gru", "min_gru"], Setting("recurrent cell", search=("lstm", "gru"))
    ] = "lstm"
    units: Annotated[
        int, Setting("size of the state, per direction", low=1, high=2048, search=Search(32, 256, log=True))
    ] = 128
    layers: Annotated[int, Setting("recurrent layers on each other", low=1, high=8, search=Search(1, 3))] = 1
    bidirectional: Annotated[bool, Setting("read the sentence in both directions")] = True
    output: Annotated[
        Literal["crf", "softmax"], Setting("how tags are chosen: the best legal sequence, or each word for itself")
    ] = "crf"
    dropout: Annotated[
        float,
        Setting("share of values dropped before and after the recurrence", low=0, high=0.95, search=Search(0, 0.6)),
    ] = 0.5
    word_dropout: Annotated[float, Setting("share of words made unknown in training", low=0, high=0.9)] = 0.1
    singleton_dropout: Annotated[float, Setting("the same for words that occur once in training", low=0, high=0.95)] = (
        0.5
    )


CONFIG = NerConfig
