"""Ink and images to arrays, texts to characters: what the device does too, in NumPy, and what only training sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from apps.handwriting.config import HandwritingConfig
from common.data.ragged import Arrays, Ragged, in_parts
from common.data.splits import Examples
from common.files import read_json, write_json
from common.preprocessing import specification as spec
from common.preprocessing.images import ImageSettings
from common.preprocessing.ink import InkSettings, normalise, pen_of, resample
from common.preprocessing.writing_encoder import CHARACTER, LINE, WritingEncoder

SPECIFICATION = "preprocess.json"


@dataclass(frozen=True)
class HandwritingPreprocessor(WritingEncoder):
    """Encodes ink or images for the model, and texts or classes for training."""

    def encode_training(self, examples: Examples) -> Iterator[Arrays]:
        """Images as `encode`; ink as `points`, ragged float32 (points, 4), normalised, twice as dense as features."""
        settings = self.settings
        if not isinstance(settings, InkSettings):
            return in_parts(self.encode, examples.inputs)

        def points(inputs: Sequence[Any]) -> Arrays:
            pens = (
                resample(normalise(pen_of(ink), settings), settings.step / 2, 2 * settings.max_timesteps)
                for ink in inputs
            )
            rows = (np.column_stack([pen.xy, pen.first, pen.time]) for pen in pens)
            return {"points": Ragged.from_rows(rows, np.float32)}

        return in_parts(points, examples.inputs)

    def encode_targets(self, targets: Sequence[Any]) -> np.ndarray | Arrays:
        """`text`: ragged int32 (characters,), from 1; or (rows,) int32 class indices."""
        if self.task == CHARACTER:
            return np.asarray(targets, np.int32)
        number = {character: index for index, character in enumerate(self.labels, start=1)}
        return {"text": Ragged.from_rows(([number[c] for c in text] for text in targets), np.int32)}

    def fitted_arrays(self) -> dict[str, np.ndarray]:
        """Nothing is fitted for training alone."""
        return {}

    def save(self, folder: Path) -> None:
        """Writes preprocess.json."""
        write_json(folder / SPECIFICATION, self.specification())


def load_preprocessor(folder: Path, fitted: Mapping[str, np.ndarray]) -> HandwritingPreprocessor:
    """Reads what `save` wrote.

    Raises:
        UserError: the file is missing or not such a specification.
    """
    path = folder / SPECIFICATION
    values = read_json(path)

    def made() -> HandwritingPreprocessor:
        return HandwritingPreprocessor(**vars(WritingEncoder.from_specification(values)))

    return spec.read_as(str(path), "a handwriting preprocessing specification", made)


def fit_preprocessor(
    config: HandwritingConfig, train: Examples, unlabelled: Sequence[Any], labels: Sequence[str]
) -> HandwritingPreprocessor:
    """Learns the characters of the training texts; nothing else is fitted.

    Args:
        config: sizes and choices.
        train: the training split.
        unlabelled: not used.
        labels: class names; empty where the targets are texts.
    """
    task = CHARACTER if labels else LINE
    names = tuple(labels) if labels else tuple(sorted(set().union(*map(set, train.targets))))
    if isinstance(train.inputs[0], np.ndarray):
        height = min(max(image.shape[0] for image in train.inputs[:1000]), ImageSettings.height)
        return HandwritingPreprocessor(task, names, ImageSettings(height, config.max_timesteps))
    settings = InkSettings(
        config.step or 0.45, deslant=config.deslant, time=config.time, max_timesteps=config.max_timesteps
    )
    if task == CHARACTER:
        settings = replace(settings, step=config.step or 0.2, scale_by="size", deskew=False)
    return HandwritingPreprocessor(task, names, settings)
