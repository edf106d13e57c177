"""The picture is one PNG file, of its stated size, labelled, and the same for the same numbers."""

from __future__ import annotations

import struct
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from common.inspection.gradient_plot import gradient_plot
from common.inspection.gradients import Settings, Study, study


@pytest.fixture(scope="module")
def small() -> Study:
    return study(Settings(steps=4, units=3, updates=3))


def test_the_picture_has_its_size_and_depends_on_the_numbers_only(small: Study, tmp_path: Path) -> None:
    other = replace(small, initial=[replace(part, norms={"h": [1e-3, 0.1, 0.5, 1.0]}) for part in small.initial])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, found in (("a", small), ("b", small), ("c", other)):
            gradient_plot(tmp_path / f"{name}.png", found)
    first, second, third = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert first == second != third
    assert struct.unpack(">II", first[16:24]) == (940, 720)
    assert len(first) < 200_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png", "c.png"]


def test_the_heading_says_that_the_data_are_synthetic(
    small: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    headings: list[str] = []
    original = Figure.suptitle
    monkeypatch.setattr(
        Figure, "suptitle", lambda self, text, **style: headings.append(text) or original(self, text, **style)
    )
    gradient_plot(tmp_path / "plot.png", small)
    assert "SYNTHETIC" in headings[0]


def test_a_network_without_any_gradient_is_drawn(small: Study, tmp_path: Path) -> None:
    dead = [replace(part, norms={state: [0.0] * 4 for state in part.norms}) for part in small.trained]
    gradient_plot(tmp_path / "plot.png", replace(small, trained=dead))
    assert (tmp_path / "plot.png").stat().st_size > 1000
