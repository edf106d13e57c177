"""Ink, or images column by column, to features: what training and every device do alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.app import InputSpec
from common.data.ink.strokes import ink_of
from common.data.ragged import Arrays, Ragged
from common.errors import UserError
from common.preprocessing import specification as spec
from common.preprocessing.images import ImageSettings, encode_image
from common.preprocessing.ink import InkSettings, encode_ink

INK_KIND, IMAGE_KIND = "ink", "image"
LINE, CHARACTER = "line", "character"
INK, COLUMNS, LENGTHS = "ink", "columns", "lengths"  # names of the model's inputs


@dataclass(frozen=True)
class WritingEncoder:
    """Encodes ink, or images column by column.

    Attributes:
        task: "line" (a text for each input) or "character" (one of the classes for each input).
        labels: the characters of the texts, or the class names; the model's class 0 of a line is the blank before them.
        settings: how inputs become features.
    """

    task: str
    labels: tuple[str, ...]
    settings: InkSettings | ImageSettings

    @property
    def input_name(self) -> str:
        """`ink` or `columns`."""
        return INK if isinstance(self.settings, InkSettings) else COLUMNS

    @property
    def features(self) -> int:
        """How many features a timestep has."""
        return len(self.settings.features) if isinstance(self.settings, InkSettings) else self.settings.height

    def encode(self, inputs: Sequence[Any]) -> Arrays:
        """`ink` or `columns`: ragged float32 (timesteps, features); `lengths`: (rows,) int32.

        Raises:
            UserError: an image where the model reads ink, or ink where it reads images.
        """
        settings = self.settings
        image = isinstance(settings, ImageSettings)
        for number, given in enumerate(inputs, 1):
            if isinstance(given, np.ndarray) != image:
                wanted, found = ("an image", "ink") if image else ("ink", "an image")
                raise UserError(f"input {number}: expected {wanted}, which the model reads, found {found}; convert it")
        if isinstance(settings, InkSettings):
            encoded = Ragged.from_rows((encode_ink(ink, settings) for ink in inputs), np.float32)
        else:
            encoded = Ragged.from_rows((encode_image(image, settings) for image in inputs), np.float32)
        return {self.input_name: encoded, LENGTHS: encoded.lengths}

    def inputs(self) -> dict[str, InputSpec]:
        """The model's inputs."""
        shape = (self.settings.max_timesteps, self.features)
        return {self.input_name: InputSpec(shape, "float32"), LENGTHS: InputSpec((), "int32")}

    def from_json(self, raw: Any) -> Any:
        """Ink as a list of strokes, or an image as rows of grey values, as test vectors hold it.

        Raises:
            ValueError, UserError: something else.
        """
        if isinstance(self.settings, InkSettings):
            found = ink_of(spec.items({"ink": raw}, "ink"), "ink")
            if not found:
                raise ValueError("expected strokes with at least one point, found none")
            return found
        image = np.array([spec.numbers({"row": row}, "row") for row in spec.items({"image": raw}, "image")])
        if image.ndim != 2 or not image.size:
            raise ValueError("expected an image as rows of one length, found others")
        return image

    def specification(self) -> dict[str, Any]:
        """What a reader in another language needs to encode as this class does."""
        kind = INK_KIND if isinstance(self.settings, InkSettings) else IMAGE_KIND
        return {"kind": kind, "task": self.task, "labels": list(self.labels), kind: self.settings.to_json()}

    @classmethod
    def from_specification(cls, values: Any) -> WritingEncoder:
        """The encoder of a specification.

        Raises:
            ValueError: the specification is not one of ink or images.
        """
        kind = spec.text(values, "kind", INK_KIND, IMAGE_KIND)
        task, labels, given = spec.text(values, "task", LINE, CHARACTER), spec.texts(values, "labels"), values.get(kind)
        settings = InkSettings.from_json(given) if kind == INK_KIND else ImageSettings.from_json(given)
        return cls(task, labels, settings)
