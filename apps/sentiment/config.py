"""What a user can set for text classification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from common.config import Search, Setting, TrainingConfig


@dataclass(frozen=True)
class SentimentConfig(TrainingConfig):
    """Fields of `unroll train sentiment`; the defaults are for a few ten thousand reviews on two cores."""

    epochs: Annotated[int, Setting("passes over the training split at the most", unit="epochs", low=1)] = 3
    batch_size: Annotated[int, Setting("examples per step", unit="examples", low=1, search=(16, 32, 64, 128))] = 64
    learning_rate: Annotated[
        float, Setting("peak learning rate of AdamW", low=1e-8, high=10, search=Search(5e-4, 5e-3, log=True))
    ] = 2e-3
    warmup: Annotated[float, Setting("share of the steps in which the learning rate rises", low=0, high=1)] = 0.1
    ema: Annotated[float, Setting("decay per step of the averaged weights; 0 turns it off", low=0, high=0.99999)] = (
        0.995
    )

    text_column: Annotated[str, Setting("name of the text column, when it is not detected")] = ""
    label_column: Annotated[str, Setting("name of the label column, when it is not detected")] = ""
    validation_fraction: Annotated[
        float, Setting("share of train held out where the data has no validation split", low=0.01, high=0.5)
    ] = 0.1
    test_fraction: Annotated[float, Setting("share held out where the data has no test split", low=0.01, high=0.5)] = (
        0.1
    )
    sample_size: Annotated[int, Setting("size of the synthetic sample", unit="examples", low=100, high=200_000)] = 2000
    download: Annotated[bool, Setting("let `tfds:NAME` download what is not prepared yet")] = False

    vocabulary_size: Annotated[int, Setting("words with an id of their own", unit="words", low=10, high=65_536)] = (
        30_000
    )
    min_count: Annotated[int, Setting("rarer words are unknown", unit="occurrences", low=1)] = 2
    max_length: Annotated[int, Setting("longer texts keep their head and tail", unit="tokens", low=8, high=4096)] = 800
    head: Annotated[float, Setting("share of max_length kept from the start of a longer text", low=0, high=1)] = 0.25

    embedding: Annotated[int, Setting("size of a word vector", low=2, high=1024, search=Search(32, 256, log=True))] = (
        128
    )
    pretrain: Annotated[
        Literal["none", "word2vec", "svd"],
        Setting("word vectors learnt first from all training text, the unlabelled part included"),
    ] = "svd"
    pretrain_epochs: Annotated[int, Setting("passes of word2vec over the text", unit="epochs", low=1)] = 5
    convolution: Annotated[
        int, Setting("filters of the convolution before the recurrence; 0 leaves it out", low=0, search=(0, 64, 128))
    ] = 128
    pool: Annotated[
        int,
        Setting(
            "steps that the convolution's output is max-pooled by",
            unit="steps",
            low=1,
            high=16,
            search=(2, 4, 8),
            when=("convolution", (64, 128)),
        ),
    ] = 4
    cell: Annotated[
        Literal["simple_rnn", "lstm", "gru", "min_gru"], Setting("recurrent cell", search=("lstm", "gru"))
    ] = "gru"
    units: Annotated[
        int, Setting("size of the state, per direction", low=1, high=2048, search=Search(16, 256, log=True))
    ] = 64
    layers: Annotated[int, Setting("recurrent layers on each other", low=1, high=8, search=Search(1, 3))] = 1
    bidirectional: Annotated[bool, Setting("read the text in both directions", search=(True, False))] = True
    pooling: Annotated[
        Literal["last", "max", "mean", "max_mean", "attention"],
        Setting("how the states of all steps become one vector", search=("max", "mean", "max_mean", "attention")),
    ] = "max_mean"
    dropout: Annotated[
        float, Setting("share of values dropped in training", low=0, high=0.95, search=Search(0, 0.6))
    ] = 0.5
    input_dropout: Annotated[
        float, Setting("share of the input features dropped in training", low=0, high=0.95, search=Search(0, 0.5))
    ] = 0.2
    word_dropout: Annotated[
        float, Setting("share of words made unknown in training", low=0, high=0.9, search=Search(0, 0.3))
    ] = 0.1
    label_smoothing: Annotated[float, Setting("share of the target spread over all classes", low=0, high=0.5)] = 0.05
    ngrams: Annotated[bool, Setting("add the hashed n-gram channel: how strongly each n-gram speaks for a class")] = (
        True
    )
    ngram_buckets: Annotated[
        int, Setting("buckets of the n-gram table; a byte each on the device", low=64, high=2**24)
    ] = 2**18
    ngram_folds: Annotated[int, Setting("folds of its cross-fitting", low=2, high=100)] = 10


CONFIG = SentimentConfig
