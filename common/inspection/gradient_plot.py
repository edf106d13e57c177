"""The picture of `unroll inspect gradients`: four panels in one PNG file; matplotlib is imported when it is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from common.files import write_with
from common.inspection.gradients import DESCENT_RADIUS, DESCENT_RUNS, Profile, Study
from common.inspection.long_memory import CHANCE_LOSS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito (2008), which colour-blind readers can tell apart; every line has its own marker as well
_BLUE, _ORANGE, _GREEN, _PURPLE, _GREY, _INK = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#999999", "#222222"
_STYLES = {
    ("SimpleRNN", "h"): (_BLUE, "o"),
    ("LSTM", "h"): (_ORANGE, "s"),
    ("LSTM", "c"): (_ORANGE, "x"),
    ("GRU", "h"): (_GREEN, "^"),
    ("minGRU", "h"): (_PURPLE, "D"),
}
_RADIUS_COLOURS = ("#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08306b")  # light to dark with the radius
_DOTS_PER_INCH = 100  # the four panels stay below 200 kB
_SMALLEST = 1e-12  # below it lies rounding, not a gradient
_WINDOW = 40  # updates over which the loss is averaged


def gradient_plot(path: Path, study: Study) -> None:
    """Draws what reaches back before training, by spectral radius, after training, and what clipping does to the loss.

    Args:
        path: the PNG file.
        study: what `common.inspection.gradients.study` found.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    figure = Figure(figsize=(9.4, 7.2), dpi=_DOTS_PER_INCH, layout=layout, facecolor="white")
    steps, seed = study.settings.steps, study.settings.seed
    heading = f"How much of the error reaches back to step t\nSYNTHETIC task: remember the first of {steps} symbols"
    figure.suptitle(f"{heading} (units {study.settings.units}, seed {seed})", fontsize=11, color=_INK)
    (before, radius), (after, loss) = figure.subplots(2, 2)
    _profiles(before, study.initial, "before training")
    before.legend(frameon=False, fontsize=8)
    _profiles(after, study.trained, f"after {study.settings.updates:,} updates of Adam; dashed: not clipped")
    _radii(radius, study.by_radius)
    _losses(loss, study)
    for axis in (before, after, radius, loss):
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", color="#e5e5e5", lw=0.7)
        axis.set_axisbelow(True)
        axis.xaxis.get_major_locator().set_params(integer=True)
    compact = {"optimize": True}
    plain: dict[str, None] = {"Software": None}  # no version in the file: the same numbers give the same bytes
    write_with(path, lambda file: figure.savefig(file, format="png", metadata=plain, pil_kwargs=compact))


def _profiles(axis: Axes, profiles: list[Profile], title: str) -> None:
    for profile in profiles:
        for state in profile.norms:
            colour, marker = _STYLES[profile.cell, state]
            shown = f"{profile.cell}, c" if state == "c" else profile.cell
            dashed = profile.trained and not profile.clipped
            line: dict[str, Any] = {
                "ls": "--" if dashed else ":" if state == "c" else "-",
                "lw": 1.0 if dashed else 1.6,
            }
            _share_line(axis, profile, state, colour, marker, shown, **line)
    _share_axis(axis, title)


def _radii(axis: Axes, profiles: list[Profile]) -> None:
    for profile, colour, marker in zip(profiles, _RADIUS_COLOURS, "osD^v", strict=True):
        _share_line(axis, profile, "h", colour, marker, f"radius {profile.spectral_radius}", lw=1.6)
    _share_axis(axis, "SimpleRNN before training, by the spectral radius of U")
    axis.legend(frameon=False, fontsize=8)


def _share_line(axis: Axes, profile: Profile, state: str, colour: str, marker: str, label: str, **line: Any) -> None:
    shares = profile.shares(state)
    known = np.isfinite(shares) & (shares > _SMALLEST)  # c at the last step gets no error but through h
    t = np.arange(1, len(shares) + 1)
    every = max(1, len(shares) // 20)
    axis.plot(t[known], shares[known], color=colour, marker=marker, ms=4, markevery=every, label=label, **line)


def _share_axis(axis: Axes, title: str) -> None:
    axis.set_yscale("log")
    axis.axhline(1.0, color=_GREY, lw=0.8)
    axis.set_title(title, fontsize=10, color=_INK)
    axis.set_xlabel("step t")
    axis.set_ylabel(r"$\|\partial L/\partial h_t\|\; /\; \|\partial L/\partial h_T\|$")


def _losses(axis: Axes, study: Study) -> None:
    for clipped, colour, line, name in ((False, _ORANGE, "--", "not clipped"), (True, _BLUE, "-", "clipped")):
        runs = [run for run in study.descents if run.clipped == clipped]
        for index, run in enumerate(runs):
            window = min(_WINDOW, len(run.losses))
            smooth = np.convolve(run.losses, np.ones(window) / window, mode="valid")
            updates = np.arange(window, len(run.losses) + 1)
            axis.plot(updates, smooth, line, color=colour, lw=1.1, label=name if index == 0 else None)
    axis.axhline(CHANCE_LOSS, color=_GREY, lw=1.2, ls=":", label="chance")
    axis.set_title(f"SimpleRNN of radius {DESCENT_RADIUS}, descent with momentum", fontsize=10, color=_INK)
    axis.set_xlabel("update")
    axis.set_ylabel(f"training loss, {DESCENT_RUNS} runs each")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, fontsize=8)
