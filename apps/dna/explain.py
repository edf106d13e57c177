"""What an answer rests on, position by position: gradients, and in-silico mutagenesis."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.dna.layers import KMERS
from apps.dna.logo import draw_logo
from apps.dna.model import PROBABILITIES, mean_logits, networks
from common.files import atomic_path, write_text
from common.preprocessing.nucleotides import Record, distributions

if TYPE_CHECKING:
    import keras

    from common.pipeline import LoadedRun

GRADIENT, INTEGRATED, MUTAGENESIS = "gradient", "integrated", "mutagenesis"
METHODS = (GRADIENT, INTEGRATED, MUTAGENESIS)
_PATH = 16  # points of the way that integrated gradients are taken at
Importance = Callable[[Record, int], np.ndarray]
_BASES = "ACGT"
_TINY = 1e-7


def importance_ways(loaded: LoadedRun) -> dict[str, Importance]:
    """Method -> (record, class) -> (length,) float, for what the model reads of the record."""
    return {
        GRADIENT: _gradient_importance(loaded, np.ones(1)),
        INTEGRATED: _gradient_importance(loaded, (np.arange(_PATH) + 0.5) / _PATH),
        MUTAGENESIS: lambda record, label: mutagenesis_importance(loaded, record, label),
    }


def _gradient_importance(loaded: LoadedRun, path: np.ndarray) -> Importance:
    """The gradient of the class's logit margin times the input, both told from a base that may be any: (1/4, ..., 1/4).

    At the input itself this is gradient times input (Shrikumar et al. 2017) less its mean over the bases (Majdandzic et
    al. 2023: what all four have in common says nothing, because one is always there). Averaged along the way from the
    uniform base to the input these are integrated gradients (Sundararajan et al. 2017), which add up to the margin.

    Args:
        loaded: the run.
        path: (points,) shares of the way at which the gradient is taken.
    """
    import tensorflow as tf

    preprocessor, members = loaded.preprocessor, [_differentiable(network) for network in networks(loaded.model)]

    @tf.function(input_signature=[tf.TensorSpec((1, None, 4)), tf.TensorSpec((), tf.int32)], autograph=False)
    def gradient(bases: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        lengths = [] if preprocessor.aligned else [tf.shape(bases)[1:2]]
        with tf.GradientTape() as tape:
            tape.watch(bases)
            logits = mean_logits(members, preprocessor, bases, *lengths)[0]
            others = tf.where(tf.range(tf.shape(logits)[0]) == label, -1e9, logits)
            margin = logits[label] - tf.reduce_logsumexp(others)
        return tape.gradient(margin, bases)[0]

    def importance(record: Record, label: int) -> np.ndarray:
        bases = distributions()[preprocessor.codes(record)]  # (length, 4)
        away = bases - 0.25
        found = np.mean([gradient((0.25 + share * away)[None], label).numpy() for share in path], axis=0)
        return np.asarray((found * away).sum(axis=1), np.float64)

    return importance


def _differentiable(network: keras.Model) -> Callable[[Sequence[Any]], Any]:
    """The network with the expected vector of a k-mer in place of the one that is looked up, where it has k-mers.

    For clear letters both are the same; in between the expectation is the multilinear way from one k-mer to another.
    """
    import keras

    layers = [layer for layer in network.layers if layer.name == KMERS]
    if not layers:
        return network
    rest = keras.Model([*network.inputs, layers[0].output], network.output)
    table = layers[0].get_weights()[0]
    return lambda inputs: rest([*inputs, expected_kmers(inputs[0], table)])


def expected_kmers(bases: Any, table: np.ndarray) -> Any:
    """The expected vector of the k-mer that begins at each step, its letters drawn independently.

    Args:
        bases: (1, length, 4) float32 distributions.
        table: (4^k + 1, size) float32, row 0 for k-mers that reach over the end.

    Returns:
        (1, length, size) float32.
    """
    import tensorflow as tf

    k, size = round(math.log(len(table) - 1, 4)), table.shape[1]
    length = tf.shape(bases)[1]
    steps = tf.pad(bases[0], [[0, k - 1], [0, 0]])
    found = tf.matmul(steps[:length], table[1:].reshape(4, -1))  # letter by letter, the first one first
    for offset in range(1, k):
        letter = steps[offset : offset + length]
        found = tf.einsum("ta,tax->tx", letter, tf.reshape(found, [length, 4, size * 4 ** (k - 1 - offset)]))
    over = tf.range(length)[:, None] > length - k
    return tf.where(over, table[:1], found)[None]


def mutagenesis_importance(loaded: LoadedRun, record: Record, label: int) -> np.ndarray:
    """(length,) float: how much the class's log odds fall, on average, when the letter there is another base.

    In-silico mutagenesis (Zhou and Troyanskaya 2015): every single substitution is run through the model.
    """
    letters = _read_letters(loaded, record)
    variants = [
        (position, Record(record.name, letters[:position] + base + letters[position + 1 :]))
        for position, letter in enumerate(letters)
        for base in _BASES
        if base != letter
    ]
    encoded = loaded.preprocessor.encode([Record(record.name, letters), *(variant for _, variant in variants)])
    probabilities = np.clip(loaded.runner()(encoded)[PROBABILITIES][:, label].astype(np.float64), _TINY, 1 - _TINY)
    odds = np.log(probabilities / (1 - probabilities))
    falls, counts = np.zeros(len(letters)), np.zeros(len(letters))
    for (position, _), value in zip(variants, odds[1:], strict=True):
        falls[position] += odds[0] - value
        counts[position] += 1
    return falls / counts


def _read_letters(loaded: LoadedRun, record: Record) -> str:
    """The part of the record that the model reads."""
    length = len(loaded.preprocessor.codes(record))
    start = (len(record) - length) // 2
    return record.sequence[start : start + length]


def explain_records(
    loaded: LoadedRun, records: Sequence[Record], methods: Sequence[str], label: int | None, output: Path, limit: int
) -> None:
    """Writes importance.tsv (all records) and a logo per record and method (the first `limit`) into a folder.

    Args:
        loaded: the run.
        records: what to explain.
        methods: of `METHODS`.
        label: int or None. The class; None is each record's own answer.
        output: the folder, made or replaced.
        limit: int. Records explained and drawn at the most.
    """
    chosen = list(records)[:limit]
    answers = loaded.outputs(chosen, "predicting")[PROBABILITIES]
    ways = importance_ways(loaded)
    lines = ["\t".join(["name", "class", "probability", "position", "letter", *methods])]
    with atomic_path(output) as folder:
        folder.mkdir()
        for number, (record, row) in enumerate(zip(chosen, answers, strict=True), 1):
            target = int(np.argmax(row)) if label is None else label
            name, letters = loaded.preprocessor.labels[target], _read_letters(loaded, record)
            found = {method: ways[method](record, target) for method in methods}
            start = (len(record) - len(letters)) // 2
            for index, letter in enumerate(letters):
                values = [f"{found[method][index]:.6g}" for method in methods]
                lines.append(
                    "\t".join([record.name, name, f"{row[target]:.6f}", str(start + index + 1), letter, *values])
                )
            safe = re.sub(r"[^A-Za-z0-9_.-]+", "_", record.name)[:40]
            title = f"{record.name}: {name}, probability {row[target]:.3f}"
            draw_logo(folder / f"{number:03d}_{safe}.png", letters, found, title, start)
        write_text(folder / "importance.tsv", "\n".join(lines) + "\n")
