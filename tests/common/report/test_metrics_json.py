"""metrics.json holds finite numbers only, comes back as it went, and a broken one is told in one line."""

import json
import math

import numpy as np
import pytest

from common.app import Interval
from common.errors import UserError
from common.evaluation.bootstrap import mcnemar
from common.files import write_json
from common.report.metrics_json import metrics_document, metrics_from_json, read_metrics


def _document(**changes):
    facts = {
        "app": "sentiment",
        "data": "sample",
        "split": "test",
        "examples": np.int64(3),
        "metrics": {"accuracy": Interval(np.float64(0.5), 0.25, 0.75), "roc_auc": Interval(math.nan, 0, 1)},
        "baselines": {"majority": {"accuracy": Interval(0.5, 0.5, 0.5)}, "empty": {}},
        "train_minutes": 1.23456,
        "parameters": 10,
        "seed": 0,
        "synthetic": True,
    }
    return metrics_document(**{**facts, **changes})


def test_a_document_comes_back_as_it_went(tmp_path):
    comparison = mcnemar(np.array([1, 1, 0]), np.array([1, 0, 0]), resamples=10)
    document = _document(comparison=comparison, compared_with="majority")
    write_json(tmp_path / "metrics.json", document)
    assert read_metrics(tmp_path / "metrics.json") == document
    assert metrics_from_json(document["metrics"]) == {"accuracy": Interval(0.5, 0.25, 0.75)}
    assert document["comparison"]["metric"] == "accuracy"
    assert "right on 1 examples" in document["comparison"]["detail"]


def test_conclusions_are_kept_where_there_are_any(tmp_path):
    document = _document(conclusions=["direction: NO SKILL"])
    write_json(tmp_path / "metrics.json", document)
    assert read_metrics(tmp_path / "metrics.json")["conclusions"] == ["direction: NO SKILL"]
    assert "conclusions" not in _document()


def test_a_metric_that_is_not_finite_is_left_out():
    document = _document()
    assert list(document["metrics"]) == ["accuracy"]
    assert document["baselines"]["empty"] == {}
    json.dumps(document, allow_nan=False)


def test_fields_that_came_later_are_filled_in(tmp_path):
    document = _document()
    for name in ("synthetic", "baselines", "comparison"):
        del document[name]
    write_json(tmp_path / "metrics.json", document)
    read = read_metrics(tmp_path / "metrics.json")
    assert (read["synthetic"], read["baselines"], read["comparison"]) == (False, {}, None)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("app", None, "app: expected str"),
        ("examples", "3", "examples: expected int"),
        ("examples", True, "examples: expected int"),
        ("train_minutes", "1", "train_minutes: expected int or float"),
        ("metrics", [], "metrics: expected dict"),
        ("metrics", {"accuracy": 0.5}, "metrics: accuracy: expected"),
        ("metrics", {"accuracy": {"value": 0.5, "low": 0.6, "high": 0.7}}, "low <= value <= high"),
        ("metrics", {"accuracy": {"value": "0.5", "low": 0, "high": 1}}, "low <= value <= high"),
        ("baselines", {"majority": 3}, "baselines: majority: expected an object"),
        ("comparison", {}, "comparison: difference"),
    ],
)
def test_a_broken_field_is_named(tmp_path, field, value, named):
    (tmp_path / "metrics.json").write_text(json.dumps({**_document(), field: value}))
    with pytest.raises(UserError, match=named.replace("[", r"\[")) as caught:
        read_metrics(tmp_path / "metrics.json")
    assert "metrics.json" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "{", '{"app": "sentiment"}', '{"metrics": NaN}'])
def test_a_file_that_is_no_document_is_told(tmp_path, text):
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(UserError, match=r"metrics\.json.*restore"):
        read_metrics(tmp_path / "metrics.json")
