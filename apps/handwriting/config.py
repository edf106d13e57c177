"""What a user can set for handwriting recognition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from common.config import Search, Setting, TrainingConfig


@dataclass(frozen=True)
class HandwritingConfig(TrainingConfig):
    """Fields of `unroll train handwriting`; the defaults are for some thousand lines of text on one or two cores."""

    epochs: Annotated[int, Setting("passes over the training split at the most", unit="epochs", low=1)] = 40
    batch_size: Annotated[int, Setting("examples per step", unit="examples", low=1, search=(8, 16, 32, 64))] = 16
    learning_rate: Annotated[
        float, Setting("peak learning rate of AdamW", low=1e-8, high=10, search=Search(5e-4, 5e-3, log=True))
    ] = 2e-3
    weight_decay: Annotated[
        float, Setting("AdamW's decoupled weight decay", low=0, search=Search(1e-4, 0.1, log=True))
    ] = 0.02
    ema: Annotated[float, Setting("decay per step of the averaged weights; 0 turns it off", low=0, high=0.99999)] = (
        0.995
    )

    validation_fraction: Annotated[
        float, Setting("share of train held out where the data has no validation split", low=0.01, high=0.5)
    ] = 0.1
    test_fraction: Annotated[float, Setting("share held out where the data has no test split", low=0.01, high=0.5)] = (
        0.1
    )
    sample_size: Annotated[int, Setting("size of the synthetic sample", unit="examples", low=60, high=100_000)] = 2000
    download: Annotated[bool, Setting("let `tfds:NAME` download what is not prepared yet")] = False

    step: Annotated[
        float,
        Setting(
            "distance of resampled ink points, in standard deviations of y; 0: 0.45 for lines, 0.2 for characters",
            low=0.0,
            high=5.0,
        ),
    ] = 0.0
    deslant: Annotated[bool, Setting("shear ink upright before recognition", search=(True, False))] = True
    time: Annotated[bool, Setting("use the times of the points, where the ink has them")] = False
    max_timesteps: Annotated[
        int,
        Setting("longer ink is resampled more coarsely, wider images are narrowed", unit="steps", low=16, high=4096),
    ] = 640
    augment: Annotated[
        float, Setting("strength of the random changes of ink in training; 0 turns them off", low=0, high=3)
    ] = 1.0

    convolution: Annotated[int, Setting("filters of the first convolution; 0 leaves the convolutions out", low=0)] = 48
    subsampling: Annotated[
        Literal["auto", "1", "2", "4"],
        Setting("steps of ink or image for one step of the recurrent layers; auto: 4 for lines, 2 for characters"),
    ] = "auto"
    cell: Annotated[
        Literal["simple_rnn", "lstm", "gru", "min_gru"], Setting("recurrent cell", search=("lstm", "gru"))
    ] = "gru"
    units: Annotated[
        int, Setting("size of the state, per direction", low=1, high=2048, search=Search(32, 192, log=True))
    ] = 128
    layers: Annotated[int, Setting("recurrent layers on each other", low=1, high=8, search=Search(1, 4))] = 3
    bidirectional: Annotated[
        bool, Setting("read in both directions; without, nothing looks ahead and ink can be read while it is written")
    ] = True
    dropout: Annotated[
        float, Setting("share of values dropped in training", low=0, high=0.95, search=Search(0.1, 0.5))
    ] = 0.25


CONFIG = HandwritingConfig
