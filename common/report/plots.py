"""Pictures of a run as PNG files: training curves, confusion matrix, reliability diagram.

Every line has its own marker as well as its own colour.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from common.evaluation.classification import CALIBRATION_BINS, calibration_bins, ece
from common.report.canvas import BLUE as _BLUE
from common.report.canvas import GREEN as _GREEN
from common.report.canvas import GREY as _GREY
from common.report.canvas import INK as _INK
from common.report.canvas import ORANGE as _ORANGE
from common.report.canvas import figure as _figure
from common.report.canvas import plain as _plain
from common.report.canvas import save as _save
from common.report.metric_names import lower_is_better

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_CLASSES = 40  # in a confusion matrix
_LONGEST_LABEL = 28  # characters

# A row of history.csv: column -> number, or its text; an empty text is a value that is missing.
HistoryRow = Mapping[str, Any]


def training_curves(
    path: Path, history: Sequence[HistoryRow], metric: str = "", title: str = "Training", note: str = ""
) -> None:
    """Draws loss, one metric and the learning rate over the epochs, training and validation beside each other.

    A panel without values is left out. The best validation epoch of the metric (of the loss, without one) is marked.

    Args:
        path: the PNG file.
        history: one row per epoch; the columns used are `epoch` (else the row number, from 1), `loss`, `val_loss`,
            `metric`, `val_` + `metric` and `learning_rate`.
        metric: the metric's column, with or without `val_`.
        title: str. The heading.
        note: str. A line below the heading, such as "synthetic data".
    """
    metric = metric.removeprefix("val_")
    epochs = _column(history, "epoch") if history and "epoch" in history[0] else np.arange(1, len(history) + 1.0)
    panels = [(name, text) for name, text in (("loss", "loss"), (metric, metric.replace("_", " "))) if name]
    panels = [panel for i, panel in enumerate(panels) if panel not in panels[:i] and _any(history, panel[0])]
    rates = _column(history, "learning_rate")
    with_rate = bool(np.isfinite(rates).any())
    count = max(1, len(panels) + with_rate)
    figure = _figure(4.3 * count, 3.7, title, note, w_pad=0.12)
    axes = figure.subplots(1, count, squeeze=False)[0]
    for axis, (name, text) in zip(axes, panels, strict=False):
        _curve(axis, epochs, _column(history, name), "training", _BLUE, "o", "-")
        validation = _column(history, f"val_{name}")
        _curve(axis, epochs, validation, "validation", _ORANGE, "s", "--")
        if np.isfinite(validation).any() and name == panels[-1][0]:
            best = int(np.nanargmin(validation) if lower_is_better(name) else np.nanargmax(validation))
            label = f"best: {validation[best]:.4g} (epoch {epochs[best]:g})"
            axis.plot(epochs[best], validation[best], "o", ms=11, mfc="none", mec=_INK, mew=1.3, ls="none", label=label)
        axis.set_ylabel(text, parse_math=False)
        axis.legend(frameon=False, fontsize=8)
    if with_rate:
        _curve(axes[len(panels)], epochs, rates, "learning rate", _GREEN, "^", "-")
        axes[len(panels)].set_ylabel("learning rate")
        axes[len(panels)].ticklabel_format(axis="y", scilimits=(-2, 3))
    for axis in axes:
        axis.set_xlabel("epoch")
        axis.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        if len(epochs):
            axis.set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
        _plain(axis)
    _save(figure, path)


def confusion_matrix(
    path: Path, targets: np.ndarray, probabilities: np.ndarray, labels: Sequence[str], note: str = ""
) -> None:
    """Draws how often each class got each answer: shade and per cent of the row, and the count where there is room.

    Of more than 40 classes the 40 most frequent among the targets are drawn, and the heading says so.

    Args:
        path: the PNG file.
        targets: (rows,) int.
        probabilities: (rows, classes) float.
        labels: class names, one per column.
        note: str. A line below the heading.
    """
    classes = len(labels)
    answers = np.asarray(probabilities).reshape(-1, classes).argmax(1)
    truth = np.asarray(targets, np.int64)
    counts = np.bincount(truth * classes + answers, minlength=classes**2).reshape(classes, classes)
    title = "Confusion matrix"
    shown = np.arange(classes)
    if classes > _MOST_CLASSES:
        shown = np.sort(np.argsort(-counts.sum(1), kind="stable")[:_MOST_CLASSES])
        title = f"Confusion matrix ({_MOST_CLASSES} most frequent of {classes} classes)"
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)  # of the row, all columns
    counts, shares = counts[np.ix_(shown, shown)], shares[np.ix_(shown, shown)]
    side = min(16.0, max(4.2, 2.2 + 0.46 * len(shown)))
    figure = _figure(side + 1.2, side + 0.4, title, note, compress=True)
    axis = figure.subplots()
    image = axis.imshow(100 * shares, cmap="Blues", vmin=0, vmax=100)
    size = 10 if len(shown) <= 6 else 8 if len(shown) <= 20 else 6
    for row, column in np.argwhere((counts > 0) | (len(shown) <= 10)):
        share, count = shares[row, column], f"\n{counts[row, column]:,}" if len(shown) <= 10 else ""
        text = f"{100 * share:.0f}{'%' if count else ''}{count}"
        colour = "white" if share > 0.55 else _INK
        axis.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)
    names = [_short(str(labels[index])) for index in shown.tolist()]
    steep = len(names) > 6 or max(map(len, names), default=0) > 9
    font = 10 if len(names) <= 10 else 9 if len(names) <= 20 else 8
    axis.set_xticks(range(len(names)), names, fontsize=font, rotation=90 if steep else 0, parse_math=False)
    axis.set_yticks(range(len(names)), names, fontsize=font, parse_math=False)
    axis.set_xlabel("answer of the model")
    axis.set_ylabel("true class")
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)
    figure.colorbar(image, ax=axis, shrink=0.7, label="share of the true class (%)")
    _save(figure, path)


def reliability_diagram(path: Path, probabilities: np.ndarray, targets: np.ndarray, note: str = "") -> None:
    """Draws accuracy over confidence in 15 bins with the expected calibration error, and how many examples each holds.

    Guo et al. (2017), "On Calibration of Modern Neural Networks", figure 1.

    Args:
        path: the PNG file.
        probabilities: (rows, classes) float.
        targets: (rows,) int.
        note: str. A line below the heading.
    """
    scores, truth = np.asarray(probabilities, np.float64), np.asarray(targets)
    confidence = scores.max(1) if len(scores) else np.zeros(0)
    right = (scores.argmax(1) == truth).astype(float) if len(scores) else np.zeros(0)
    bins = calibration_bins(confidence)
    held = np.bincount(bins, minlength=CALIBRATION_BINS)
    filled = held > 0
    accuracy = np.bincount(bins, right, CALIBRATION_BINS) / np.maximum(held, 1)
    mean = np.bincount(bins, confidence, CALIBRATION_BINS) / np.maximum(held, 1)
    error = ece(scores, truth)
    figure = _figure(5.2, 5.8, "Reliability", note)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    left, width = np.arange(CALIBRATION_BINS) / CALIBRATION_BINS, 1 / CALIBRATION_BINS
    upper.plot([0, 1], [0, 1], "--", color=_GREY, lw=1.4, zorder=3, label="perfect calibration")
    bars = {"width": width, "align": "edge", "edgecolor": "white"}
    upper.bar(left[filled], accuracy[filled], color=_BLUE, label="accuracy in the bin", **bars)
    gaps = (mean[filled], accuracy[filled], mean[filled])
    upper.vlines(*gaps, color=_ORANGE, lw=2.2, label="gap to the mean confidence")
    upper.plot(mean[filled], mean[filled], "o", color=_ORANGE, ms=3.5)
    upper.set_ylabel("accuracy (share)")
    upper.set_ylim(0, 1.02)
    upper.legend(frameon=False, fontsize=8, loc="upper left")
    if math.isfinite(error):
        text = f"ECE = {error:.4f}\n{len(truth):,} examples"
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 2}
        upper.text(0.97, 0.05, text, transform=upper.transAxes, ha="right", va="bottom", fontsize=9, bbox=box)
    lower.bar(left, 100 * held / max(1, held.sum()), color=_GREY, **bars)
    lower.set_ylabel("examples (%)")
    lower.set_xlabel("confidence: probability of the answer")
    lower.set_xlim(0, 1)
    lower.set_ylim(bottom=0)
    _plain(upper)
    _plain(lower)
    _save(figure, path)


def _curve(axis: Axes, x: np.ndarray, y: np.ndarray, label: str, colour: str, marker: str, line: str) -> None:
    known = np.isfinite(y)
    if known.any():
        axis.plot(x[known], y[known], line, marker=marker, ms=4, lw=1.6, color=colour, label=label)


def _column(history: Sequence[HistoryRow], name: str) -> np.ndarray:
    """A column as float64, NaN where it is missing or not a number."""
    values = np.full(len(history), np.nan)
    for index, row in enumerate(history):
        with contextlib.suppress(TypeError, ValueError):
            values[index] = float(row.get(name, ""))
    return values


def _any(history: Sequence[HistoryRow], name: str) -> bool:
    return any(np.isfinite(_column(history, column)).any() for column in (name, f"val_{name}"))


def _short(label: str) -> str:
    label = " ".join(label.split())
    half = _LONGEST_LABEL // 2
    return label if len(label) <= _LONGEST_LABEL else f"{label[: half - 1]}…{label[-half:]}"
