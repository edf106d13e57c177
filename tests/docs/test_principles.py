"""docs/principles.md tells the truth: its functions exist, its numbers are computed, its code runs."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import numpy as np
import pytest

from common.equations import GRU, GRU_RESET_BEFORE, LSTM, MIN_GRU, SIMPLE_RNN, Cell
from common.equations.worked_example import LABELS, PARAMETERS, X, gradients_by_hand, report
from common.inspection.gradients import Settings, study

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "principles.md").read_text(encoding="utf-8")
FUNCTIONS = re.findall(r"\[`(\w+)`\]\(\.\./([\w/]+)\.py\)", TEXT)
EXAMPLE = TEXT[TEXT.index("## 4. ") : TEXT.index("## 5. ")]


def test_the_document_names_functions() -> None:
    assert len(FUNCTIONS) >= 25


@pytest.mark.parametrize(("name", "module"), sorted(set(FUNCTIONS)))
def test_a_named_function_exists_where_the_link_leads(name: str, module: str) -> None:
    found = getattr(importlib.import_module(module.replace("/", ".")), name)
    assert found.__module__ == module.replace("/", ".")
    assert found.__doc__


@pytest.mark.parametrize("cell", [SIMPLE_RNN, LSTM, GRU, GRU_RESET_BEFORE, MIN_GRU], ids=lambda cell: cell.name)
def test_the_equations_of_every_cell_are_linked(cell: Cell) -> None:
    for function in (cell.step, cell.step_back):
        assert (function.__name__, function.__module__.replace(".", "/")) in FUNCTIONS


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert links
    for link in links:
        assert (ROOT / "docs" / link).exists(), link


def test_the_printed_example_is_what_the_code_prints() -> None:
    assert f"```text\n{report()}\n```" in EXAMPLE


def test_the_numbers_in_the_sentences_are_those_of_the_example() -> None:
    sentences = EXAMPLE[: EXAMPLE.index("```text")]
    numbers = re.findall(r"-?\d+\.\d{6}", sentences)
    printed = set(re.findall(r"-?\d+\.\d{6}", report()))
    assert len(numbers) >= 15
    assert [number for number in numbers if number not in printed] == []
    product = 0.2 * -0.072593 + 0.616909 * 0.996142  # as the sentence has it
    assert abs(product - gradients_by_hand()["U"][0, 0]) < 2e-6
    assert rf"0.2 \cdot (-0.072593) + 0.616909 \cdot 0.996142 \approx {product:.5f}$" in sentences
    sums = X[0] @ PARAMETERS["W"] + PARAMETERS["h0"] @ PARAMETERS["U"] + PARAMETERS["b"]
    assert f"tanh({sums[0]:.2f}, {sums[1]:.2f})" in sentences


def test_the_matrices_are_the_parameters_of_the_example() -> None:
    matrices = re.findall(r"(\w) = \\begin\{pmatrix\} (.+?) \\end\{pmatrix\}", EXAMPLE)
    assert [name for name, _ in matrices] == ["W", "U", "b", "V", "d"]
    for name, body in matrices:
        rows = [[float(number) for number in row.split("&")] for row in body.split(r"\\")]
        np.testing.assert_array_equal(np.array(rows), np.atleast_2d(PARAMETERS[name]))
    first, second = PARAMETERS["h0"].tolist()
    assert f"$h_0 = ({first:g}, {second:g})$" in EXAMPLE
    assert f"$x_1 = {X[0, 0]:g}$ and $x_2 = {X[1, 0]:g}$" in EXAMPLE
    assert f"the right classes are {LABELS[0]}, then {LABELS[1]}" in EXAMPLE


def test_the_code_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.+?)```", TEXT, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block, {})
    assert "(3, 16)" in capsys.readouterr().out


def test_the_gradients_before_training_are_those_that_are_measured() -> None:
    # the networks before training do not depend on the number of updates, so one is enough here
    measured = study(Settings(updates=1))
    for profile in measured.initial:
        assert re.search(
            rf"^{profile.cell} +{re.escape(f'{profile.shares()[0]:.2g} ({profile.accuracy:.3f})')}", TEXT, re.M
        )
    radii = ", ".join(f"{profile.spectral_radius}: {profile.shares()[0]:.2g}" for profile in measured.by_radius)
    assert f"by the spectral radius of U: {radii}\n" in TEXT


def test_the_picture_is_small_enough_for_a_repository() -> None:
    picture = ROOT / "docs" / "images" / "gradients.png"
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture.stat().st_size < 200_000
