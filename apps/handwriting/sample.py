"""Synthetic ink: a pen that writes words from letter skeletons, each writer with a hand of their own.

A writer has a slant, a size, a width, a speed, a tremor, a way to bend letters, and joins letters more or less often;
dots and bars are set at the end of the word, as people do. It stands in for data that cannot be shipped: its numbers
say nothing about real handwriting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.handwriting.skeletons import SKELETONS, WORDS
from apps.handwriting.source import Source
from common.data.ink.strokes import Ink, ink_of
from common.data.splits import TRAIN, Examples

_LINES_PER_WRITER = 25
_FEWEST_WRITERS = 12
_SECONDS = 0.012  # between two points
_LIFT_SECONDS = 0.15
_MOST_WORDS = 3


@dataclass(frozen=True)
class Hand:
    """How one writer writes; lengths in heights of an x, speeds in such heights a point.

    Attributes:
        slant: dx / dy of an upright stroke.
        size: height of an x in the canvas's unit.
        width: how broad letters are.
        gap: between letters.
        space: between words.
        speed: of the pen.
        tremor: standard deviation of each point.
        looseness: standard deviation of the skeleton's points, anew for every letter.
        joining: probability that a letter is joined to the next.
        slope: of the base line.
        bend: letter -> fixed displacements of the skeleton's points.
    """

    slant: float
    size: float
    width: float
    gap: float
    space: float
    speed: float
    tremor: float
    looseness: float
    joining: float
    slope: float
    bend: dict[str, np.ndarray]


def read(size: int, seed: int) -> Source:
    """The sample: `size` lines of one to three words, the lines of a writer sharing a group.

    Args:
        size: int. The number of lines.
        seed: int. The same seed gives the same lines.
    """
    generator = np.random.default_rng(seed)
    hands = [new_hand(generator) for _ in range(max(_FEWEST_WRITERS, size // _LINES_PER_WRITER))]
    inks, texts, groups = [], [], []
    for row in range(size):
        writer = row % len(hands)
        text = " ".join(generator.choice(WORDS, generator.integers(1, _MOST_WORDS + 1)).tolist())
        inks.append(write(text, hands[writer], generator))
        texts.append(text)
        groups.append(f"writer {writer}")
    note = "synthetic: written by a pen model; its numbers say nothing about real handwriting"
    return Source(
        {TRAIN: Examples(inks, texts)}, f"synthetic ink of {len(hands)} pen models", {TRAIN: groups}, "writer",
        undivided=True, synthetic=True, notes=(note,),
    )  # fmt: skip


def new_hand(generator: np.random.Generator) -> Hand:
    """A writer."""
    bend = {
        letter: generator.normal(0, 0.05, (sum(map(len, strokes)), 2)) for letter, strokes in sorted(SKELETONS.items())
    }
    draw = generator.uniform
    return Hand(
        slant=float(generator.normal(0.15, 0.25)), size=draw(15, 60), width=draw(0.7, 1.2), gap=draw(0.1, 0.35),
        space=draw(0.7, 1.3), speed=draw(0.12, 0.3), tremor=draw(0.003, 0.015), looseness=draw(0.01, 0.05),
        joining=draw(0, 1), slope=float(generator.normal(0, 0.02)), bend=bend,
    )  # fmt: skip


def write(text: str, hand: Hand, generator: np.random.Generator) -> Ink:
    """The ink of a text of skeleton letters and spaces: strokes of (points, 3) float32, x, y and seconds."""
    strokes: list[np.ndarray] = []
    x = 0.0
    for word in text.split():
        written, x = _write_word(word, x, hand, generator)
        strokes += written
        x += hand.space
    seconds, timed = 0.0, []
    for stroke in strokes:
        upright = stroke * [hand.width, 1.0]
        slanted = upright + np.outer(-hand.slant * stroke[:, 1], [1.0, 0.0])
        level = slanted + np.outer(hand.slope * slanted[:, 0], [0.0, 1.0])
        points = _paced(level, hand.speed)
        points = (points + generator.normal(0, hand.tremor, points.shape)) * hand.size
        timed.append(np.column_stack([points, seconds + _SECONDS * np.arange(len(points))]))
        seconds += _SECONDS * len(points) + _LIFT_SECONDS
    return ink_of(timed, "the pen model")


def _write_word(word: str, x: float, hand: Hand, generator: np.random.Generator) -> tuple[list[np.ndarray], float]:
    """The strokes of a word, dots and bars last; and where it ends."""
    bodies: list[np.ndarray] = []
    later: list[np.ndarray] = []
    for letter in word:
        points = [np.array(stroke) for stroke in SKELETONS[letter]]
        moves = hand.bend[letter] + generator.normal(0, hand.looseness, hand.bend[letter].shape)
        places = np.split(moves, np.cumsum([len(p) for p in points])[:-1])
        moved = [p + m + [x, 0.0] for p, m in zip(points, places, strict=True)]
        x += max(p[:, 0].max() for p in points) + hand.gap
        if bodies and generator.random() < hand.joining:
            bodies[-1] = np.concatenate([bodies[-1], moved[0]])
        else:
            bodies.append(moved[0])
        later += moved[1:]
    return [_rounded(stroke) for stroke in bodies + later], x


def _rounded(points: np.ndarray, pieces: int = 12) -> np.ndarray:
    """A smooth curve through the points (Catmull and Rom, 1974)."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    before, start, end, after = (ends[i : len(ends) - 3 + i, None] for i in range(4))
    t = (np.arange(pieces) / pieces)[None, :, None]
    curve = start + 0.5 * t * (
        end - before + t * (2 * before - 5 * start + 4 * end - after + t * (3 * (start - end) + after - before))
    )
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])


def _paced(points: np.ndarray, speed: float) -> np.ndarray:
    """Points as a pen of this speed would leave them; it slows down at both ends of a stroke."""
    length = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
    travelled = np.cumsum(length)
    count = max(2, round(float(travelled[-1]) / speed) + 1)
    share = (1 - np.cos(np.linspace(0, np.pi, count))) / 2
    at = (0.5 * share + 0.5 * np.linspace(0, 1, count)) * travelled[-1]
    return np.stack([np.interp(at, travelled, points[:, axis]) for axis in (0, 1)], axis=1)
