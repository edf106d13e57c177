"""A picture of span precision, recall and F1 by type."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from common.evaluation.spans import TRUE, SpanCounts, rates
from common.files import write_with

_COLOURS = ("#0072B2", "#D55E00", "#009E73")  # Okabe and Ito (2008)


def type_bars(path: Path, counts: SpanCounts, note: str = "") -> None:
    """Draws a group of three bars for each type and for all, with the number of true spans beside the name.

    Args:
        path: the PNG file.
        counts: of some sentences.
        note: a line below the heading.
    """
    from matplotlib.figure import Figure

    sums = counts.by_type.sum(axis=0)  # (types, 3)
    table = np.concatenate([sums.sum(axis=0, keepdims=True), sums])
    names = [f"{kind}\n({int(row[TRUE]):,})" for kind, row in zip(("all", *counts.types), table, strict=True)]
    figure = Figure(figsize=(max(5.0, 1.1 * len(names) + 1.5), 3.8), dpi=120, layout="constrained")
    figure.suptitle(f"Spans by type\n{note}" if note else "Spans by type", fontsize=11, parse_math=False)
    axis = figure.subplots()
    for place, (label, values) in enumerate(zip(("precision", "recall", "F1"), rates(table), strict=True)):
        bars = axis.bar(
            np.arange(len(names)) + 0.27 * (place - 1), np.nan_to_num(values), 0.25, label=label, color=_COLOURS[place]
        )
        axis.bar_label(bars, [f"{100 * value:.0f}" for value in np.nan_to_num(values)], fontsize=7)
    axis.set_xticks(range(len(names)), names, parse_math=False)
    axis.set_ylim(0, 1.12)
    axis.set_ylabel("share")
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8, ncols=3, loc="upper right")
    write_with(path, lambda temporary: figure.savefig(temporary, format="png", metadata={"Software": None}))
