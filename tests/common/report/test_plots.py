"""Pictures are whole PNG files of the stated size, whatever the classes, their names and their number."""

import struct
import warnings

import numpy as np
import pytest

from common.report.canvas import DOTS_PER_INCH
from common.report.plots import confusion_matrix, reliability_diagram, training_curves

HISTORY = [
    {
        "epoch": epoch,
        "loss": 1 / epoch,
        "val_loss": 1.2 / epoch,
        "accuracy": 0.8,
        "val_accuracy": 0.7,
        "learning_rate": 1e-3,
    }
    for epoch in range(1, 5)
]


def _size(path):
    """Width and height of a PNG file, from its header; the file must end as a PNG does."""
    raw = path.read_bytes()
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    assert raw[-8:-4] == b"IEND"
    return struct.unpack(">II", raw[16:24])


def _predictions(rows, classes, seed=0):
    generator = np.random.default_rng(seed)
    return generator.dirichlet(np.ones(classes), rows), generator.integers(0, classes, rows)


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        yield


@pytest.mark.parametrize(
    ("history", "metric", "panels"),
    [
        (HISTORY, "val_accuracy", 3),
        (HISTORY, "accuracy", 3),
        (HISTORY, "", 2),
        (HISTORY, "loss", 2),
        (HISTORY, "absent", 2),
        ([{"epoch": "1", "loss": "0.5", "val_loss": "", "val_accuracy": "0.9"}], "val_accuracy", 2),
        ([{"loss": float("nan"), "val_accuracy": 0.5}], "val_accuracy", 1),
        ([], "val_accuracy", 1),
    ],
)
def test_training_curves_have_a_panel_for_what_there_is(tmp_path, history, metric, panels):
    training_curves(tmp_path / "curves.png", history, metric, note="synthetic data")
    width, height = _size(tmp_path / "curves.png")
    assert abs(width - 4.3 * panels * DOTS_PER_INCH) <= 1
    assert abs(height - 3.7 * DOTS_PER_INCH) <= 1


@pytest.mark.parametrize(("rows", "classes"), [(0, 2), (1, 2), (50, 3), (300, 20), (300, 60)])
def test_confusion_matrix_grows_with_the_classes_up_to_a_limit(tmp_path, rows, classes):
    probabilities, targets = _predictions(rows, classes)
    labels = [f"$a_very_long{{name of class {index} that goes on" for index in range(classes)]
    confusion_matrix(tmp_path / "confusion.png", targets, probabilities, labels)
    width, height = _size(tmp_path / "confusion.png")
    assert 600 <= width <= 2100
    assert 500 <= height <= 2000


def test_a_class_name_in_another_script_is_no_warning(tmp_path):
    probabilities, targets = _predictions(10, 2)
    confusion_matrix(tmp_path / "confusion.png", targets, probabilities, ["好", "坏"])
    assert _size(tmp_path / "confusion.png")


@pytest.mark.parametrize(("rows", "classes"), [(0, 2), (1, 2), (500, 2), (500, 4)])
def test_reliability_diagram_has_its_size(tmp_path, rows, classes):
    probabilities, targets = _predictions(rows, classes)
    reliability_diagram(tmp_path / "reliability.png", probabilities, targets, note="synthetic data")
    assert _size(tmp_path / "reliability.png") == (624, 696)


def test_the_note_is_drawn_and_the_same_data_give_the_same_file(tmp_path):
    probabilities, targets = _predictions(40, 2)
    for name, note in (("a", ""), ("b", ""), ("c", "synthetic data")):
        reliability_diagram(tmp_path / f"{name}.png", probabilities, targets, note=note)
    first, second, third = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert first == second != third
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png", "c.png"]  # no temporary file stays
