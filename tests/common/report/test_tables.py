"""Tables keep their width, mark the best value by the metric's own direction, and need no terminal."""

import io

import pytest
from rich.console import Console

from common.app import Interval
from common.report.metric_names import best, lower_is_better
from common.report.tables import MODEL, interval_text, markdown_table, print_metrics

METRICS = {
    "accuracy": Interval(0.9265, 0.9231, 0.9297),
    "macro_f1": Interval(0.9264, 0.9231, 0.9297),
    "roc_auc": Interval(0.976, 0.975, 0.977),
    "ece": Interval(0.012, 0.010, 0.014),
}
BASELINES = {
    "majority": {"accuracy": Interval(0.5, 0.49, 0.51), "ece": Interval(0.001, 0.0, 0.01)},
    "nb_logistic_regression": {name: Interval(0.91, 0.90, 0.92) for name in METRICS},
}


def _printed(width, metrics=METRICS, baselines=BASELINES, encoding="utf-8"):
    raw = io.BytesIO()
    text = io.TextIOWrapper(raw, encoding=encoding)
    print_metrics(metrics, baselines, "Test split", Console(file=text, width=width, highlight=False))
    text.flush()
    return raw.getvalue().decode(encoding)


def test_an_interval_reads_as_value_and_bounds():
    assert interval_text(METRICS["accuracy"]) == "0.9265 [0.9231, 0.9297]"


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
def test_every_line_fits_and_no_number_is_cut(width):
    printed = _printed(width)
    assert max(map(len, printed.splitlines())) <= width
    for metrics in (METRICS, *BASELINES.values()):
        for interval in metrics.values():
            assert interval_text(interval) in printed
    assert "\x1b" not in printed  # no colour codes in a file


def test_the_best_value_is_starred_by_its_direction():
    rows = _printed(200).splitlines()
    model = next(row for row in rows if MODEL in row)
    majority = next(row for row in rows if "majority" in row)
    assert "0.9265 [0.9231, 0.9297] *" in model
    assert "0.0010 [0.0000, 0.0100] *" in majority  # the smallest calibration error
    assert "0.0120 [0.0100, 0.0140] *" not in model


def test_a_plain_console_and_no_baselines_work():
    printed = _printed(80, {"accuracy": Interval(1, 0.2, 1)}, {}, "ascii")
    assert "1.0000 [0.2000, 1.0000]" in printed
    assert "*" not in printed
    assert _printed(80, {}, {}) is not None


def test_brackets_in_a_name_are_no_markup():
    assert "[bold]mine" in _printed(140, METRICS, {"[bold]mine": METRICS})


def test_markdown_has_a_row_for_each_and_escapes_names():
    lines = markdown_table(METRICS, {**BASELINES, "a|b": {}}).splitlines()
    assert lines[0] == "|  | accuracy | macro_f1 | roc_auc | ece (lower) |"
    assert lines[2].startswith(f"| {MODEL} | **0.9265 [0.9231, 0.9297]** |")
    assert lines[-1] == "| a\\|b | - | - | - | - |"
    assert {line.replace("\\|", "").count("|") for line in lines} == {6}
    assert "No metric" in markdown_table({}, {})


def test_direction_of_metrics():
    assert lower_is_better("val_loss")
    assert not lower_is_better("accuracy")
    rows = {"a": {"coverage_80": Interval(0.99, 0.9, 1)}, "b": {"coverage_80": Interval(0.78, 0.7, 0.8)}, "c": {}}
    assert best("coverage_80", rows) == {"b"}
    assert best("ece", rows) == set()
