"""What a user can set for DNA classification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from common.config import Search, Setting, TrainingConfig


@dataclass(frozen=True)
class DnaConfig(TrainingConfig):
    """Fields of `unroll train dna`; the defaults are for windows of 50 to 500 nucleotides on two cores."""

    epochs: Annotated[int, Setting("passes over the training split at the most", unit="epochs", low=1)] = 12
    batch_size: Annotated[int, Setting("examples per step", unit="examples", low=1, search=(32, 64, 128, 256))] = 128
    learning_rate: Annotated[
        float, Setting("peak learning rate of AdamW", low=1e-8, high=10, search=Search(5e-4, 5e-3, log=True))
    ] = 2e-3
    ema: Annotated[float, Setting("decay per step of the averaged weights; 0 turns it off", low=0, high=0.99999)] = (
        0.995
    )

    sequence_column: Annotated[str, Setting("name of the sequence column, when it is not detected")] = ""
    label_column: Annotated[str, Setting("name of the label column, when it is not detected")] = ""
    group_column: Annotated[str, Setting("column whose equal values never cross splits, such as a gene name")] = ""
    validation_fraction: Annotated[
        float, Setting("share of train held out where the data has no validation split", low=0.01, high=0.5)
    ] = 0.1
    test_fraction: Annotated[float, Setting("share held out where the data has no test split", low=0.01, high=0.5)] = (
        0.1
    )
    drop_crossing: Annotated[
        bool, Setting("leave out of train what stands in a given validation or test split too")
    ] = False
    sample_size: Annotated[int, Setting("size of the synthetic sample", unit="records", low=100, high=200_000)] = 2000
    sample_length: Annotated[int, Setting("length of its records, about", unit="nt", low=20, high=20_000)] = 80
    download: Annotated[bool, Setting("let `tfds:NAME` download what is not prepared yet")] = False
    epoch_records: Annotated[
        int,
        Setting(
            "an epoch shows fewer training records than this repeatedly, 16 times at the most; 0: 4,000 where they are "
            "few, otherwise 12,000",
            low=0,
        ),
    ] = 0

    few: Annotated[
        Literal["auto", "yes", "no"],
        Setting(
            "few training records: shorter epochs, and where records are aligned weights for every step and letter; "
            "auto: aligned and less than 10,000"
        ),
    ] = "auto"
    ensemble: Annotated[
        int, Setting("networks of different seeds inside the one model, whose logits are averaged", low=1, high=10)
    ] = 3
    aligned: Annotated[
        Literal["auto", "yes", "no"],
        Setting("records are windows around a fixed point, so positions count; auto: a test on the training records"),
    ] = "auto"
    strands: Annotated[
        Literal["auto", "one", "augment", "shared"],
        Setting(
            "read records as given; or train on a random strand and average both in prediction; or average both in "
            "training too (equivariant); auto: one or augment, by a test on the training records"
        ),
    ] = "auto"
    max_length: Annotated[
        int,
        Setting("of longer records the middle is read; 0: the longest training record", unit="nt", low=0, high=20_000),
    ] = 0

    front: Annotated[
        Literal["bases", "kmers", "both"],
        Setting("what is read: base distributions by the convolution, vectors of k-mers in its place, or both beside"),
    ] = "both"
    kmer: Annotated[int, Setting("length of the k-mers that have vectors", unit="nt", low=2, high=8)] = 6
    kmer_embedding: Annotated[int, Setting("size of a k-mer's vector", low=2, high=256)] = 16
    kmer_dropout: Annotated[float, Setting("share of k-mers dropped in training", low=0, high=0.95)] = 0.3
    filters: Annotated[
        int, Setting("filters of the first convolution; 0: none", low=0, search=Search(32, 256, log=True))
    ] = 128
    width: Annotated[int, Setting("width of the first convolution", unit="nt", low=1, high=64)] = 11
    pool: Annotated[int, Setting("steps that its output is max-pooled by", unit="nt", low=1, high=32)] = 4
    second_filters: Annotated[int, Setting("filters of the second convolution, 5 steps wide; 0: none", low=0)] = 96
    cell: Annotated[
        Literal["simple_rnn", "lstm", "gru", "min_gru"], Setting("recurrent cell", search=("lstm", "gru"))
    ] = "gru"
    units: Annotated[
        int, Setting("size of the state, per direction", low=1, high=2048, search=Search(16, 128, log=True))
    ] = 48
    layers: Annotated[int, Setting("recurrent layers on each other", low=1, high=8, search=Search(1, 3))] = 1
    bidirectional: Annotated[bool, Setting("read in both directions", search=(True, False))] = True
    pooling: Annotated[
        Literal["last", "max", "mean", "max_mean", "attention"],
        Setting("how the states become one vector, where records are not aligned"),
    ] = "max_mean"
    profiles: Annotated[
        int,
        Setting(
            "learnt weightings of the positions, where records are aligned and not few",
            low=1,
            high=256,
            search=(4, 8, 16),
        ),
    ] = 8
    letter_dropout: Annotated[
        float, Setting("share of letters that the scores of letters in their places miss in training", low=0, high=0.95)
    ] = 0.5
    dropout: Annotated[
        float, Setting("share of values dropped in training", low=0, high=0.95, search=Search(0, 0.6))
    ] = 0.4
    convolution_dropout: Annotated[
        float, Setting("share of convolution features dropped in training", low=0, high=0.95, search=Search(0, 0.5))
    ] = 0.1
    mutations: Annotated[
        float, Setting("share of letters replaced by a random base in training", low=0, high=0.9, search=Search(0, 0.2))
    ] = 0.05
    label_smoothing: Annotated[float, Setting("share of the target spread over all classes", low=0, high=0.5)] = 0.05
    calibrate: Annotated[bool, Setting("scale the logits by a temperature fitted on the validation split")] = True


CONFIG = DnaConfig
