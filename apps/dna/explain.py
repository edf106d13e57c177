"""What an answer rests on, position by position: gradient times input, and in-silico mutagenesis."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.dna.logo import draw_logo
from apps.dna.model import NETWORK, PROBABILITIES, strand_logits
from apps.dna.nucleotides import Record, distributions
from common.files import atomic_path, write_text

if TYPE_CHECKING:
    from common.pipeline import LoadedRun

GRADIENT, MUTAGENESIS = "gradient", "mutagenesis"
METHODS = (GRADIENT, MUTAGENESIS)
_BASES = "ACGT"
_TINY = 1e-7


def gradient_importance(loaded: LoadedRun, record: Record, label: int) -> np.ndarray:
    """(length,) float: the gradient of the class's logit margin at the letter there, less its mean over the bases.

    Gradient times input (Shrikumar et al. 2017), with the correction of Majdandzic et al. (2023): what is common to
    all four bases at a position says nothing, because one of them is always there.

    Args:
        loaded: the run.
        record: what the model reads of it is explained.
        label: int. The class.
    """
    import tensorflow as tf

    preprocessor, network = loaded.preprocessor, loaded.model.get_layer(NETWORK)
    codes = preprocessor.codes(record)
    bases = tf.constant(distributions()[codes][None])  # (1, length, 4)
    lengths = [] if preprocessor.aligned else [tf.constant([len(codes)], tf.int32)]
    with tf.GradientTape() as tape:
        tape.watch(bases)
        logits = strand_logits(network, preprocessor, bases, *lengths)[0]
        others = tf.concat([logits[:label], logits[label + 1 :]], axis=0)
        margin = logits[label] - tf.reduce_logsumexp(others)
    gradient = tape.gradient(margin, bases)
    if gradient is None:  # k-mer vectors are looked up: there is no way back to the letters
        return np.zeros(len(codes))
    centred = gradient.numpy()[0] - gradient.numpy()[0].mean(axis=1, keepdims=True)
    return np.asarray((centred * bases.numpy()[0]).sum(axis=1), np.float64)


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
    ways = {GRADIENT: gradient_importance, MUTAGENESIS: mutagenesis_importance}
    lines = ["\t".join(["name", "class", "probability", "position", "letter", *methods])]
    with atomic_path(output) as folder:
        folder.mkdir()
        for number, (record, row) in enumerate(zip(chosen, answers, strict=True), 1):
            target = int(np.argmax(row)) if label is None else label
            name, letters = loaded.preprocessor.labels[target], _read_letters(loaded, record)
            found = {method: ways[method](loaded, record, target) for method in methods}
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
