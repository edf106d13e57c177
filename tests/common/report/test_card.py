"""The model card says what it must, and its head is YAML for any string."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.app import Interval
from common.evaluation.bootstrap import mcnemar
from common.report.card import SYNTHETIC, _yaml, model_card
from common.report.metrics_json import metrics_document

ACCURACY = {"accuracy": Interval(0.9265, 0.9231, 0.9297)}


def _card(synthetic=False, run="runs/sentiment/1", comparison=None, conclusions=(), **changes):
    metrics = metrics_document(
        app="sentiment",
        data="aclImdb",
        split="test",
        examples=25_000,
        metrics=ACCURACY,
        baselines={"nb_logistic_regression": {"accuracy": Interval(0.9151, 0.9116, 0.9185)}},
        train_minutes=12.34,
        parameters=1_234_567,
        seed=7,
        compared_with="nb_logistic_regression",
        comparison=comparison,
        conclusions=conclusions,
    )
    facts = {
        "app": "sentiment",
        "run": run,
        "config": {"units": 128, "data": "aclImdb", "bidirectional": True},
        "metrics": metrics,
        "environment": {"python": "3.11.7", "packages": {"keras": "3.15.0"}, "gpus": []},
        "splits": {
            "source": "aclImdb",
            "format": "folders of texts",
            "notes": ["123 texts of test also in train: removed"],
            "counts": {"train": 22_500, "validation": 2_500, "test": 25_000},
            "synthetic": synthetic,
            "labels": ["negative", "positive"],
        },
        "card": {
            "intended_use": "Reviews of films.",
            "limits": "Irony.",
            "task": "text-classification",
            "language": "en",
        },
    }
    return model_card(**{**facts, **changes})


def _head(card):
    start, head, _ = card.split("---\n", 2)
    assert start == ""
    return head


def test_it_has_every_section_and_fact():
    card = _card()
    headings = [line for line in card.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Model description",
        "## Intended use",
        "## Training data",
        "## Evaluation",
        "## Limitations",
        "## How to use",
        "## Training procedure",
    ]
    for fact in (
        "1,234,567 parameters",
        "Reviews of films.",
        "Irony.",
        "123 texts of test also in train: removed",
        "train 22,500, validation 2,500, test 25,000",
        "| this model | **0.9265 [0.9231, 0.9297]** |",
        "| nb_logistic_regression | 0.9151 [0.9116, 0.9185] |",
        "unroll predict runs/sentiment/1",
        "unroll export runs/sentiment/1",
        "Trained for 12.3 minutes with seed 7.",
        "| units | 128 |",
        "| bidirectional | true |",
        "| packages | keras 3.15.0 |",
    ):
        assert fact in card
    assert "SYNTHETIC" not in card


def test_the_head_names_library_tags_and_results():
    lines = _head(_card()).splitlines()
    assert "library_name: keras" in lines
    assert 'language: "en"' in lines
    assert '      type: "text-classification"' in lines
    assert '    - type: "accuracy"' in lines
    assert "      value: 0.9265" in lines


def test_synthetic_data_are_named_at_the_top_in_the_caption_and_in_the_head():
    card = _card(synthetic=True)
    body = card.split("---\n", 2)[2]
    assert body.strip().splitlines()[2] == f"**{SYNTHETIC}**"
    assert "**On 25,000 SYNTHETIC examples of the test split" in body
    assert "- synthetic-data" in _head(card)
    assert '"aclImdb (synthetic)"' in _head(card)


def test_the_comparison_with_a_baseline_is_told():
    right = np.arange(200) % 10 > 0
    card = _card(comparison=mcnemar(right, right & (np.arange(200) > 20), resamples=50))
    assert "Against `nb_logistic_regression`" in card
    assert "exact McNemar test, p = " in card


def test_conclusions_are_lines_below_the_table():
    assert "\n\n- direction: NO SKILL\n- price: NO SKILL\n" in _card(
        conclusions=["direction: NO SKILL", "price: NO SKILL"]
    )


def test_awkward_names_break_neither_table_nor_command():
    card = _card(run="runs/my run;x", config={"data": "a|b\n# c", "note": ""}, card={"input": "it's `x`"})
    assert "unroll export 'runs/my run;x'" in card
    assert "| data | a\\|b \\# c |" in card
    assert "Not stated." in card


def test_without_metrics_there_is_no_model_index():
    head = _head(_card(metrics={"parameters": 3}))
    assert "model-index" not in head
    assert "metrics:" not in head


@given(st.text())
def test_a_yaml_scalar_is_json_in_one_line_of_printable_characters(text):
    scalar = _yaml(text)
    assert json.loads(scalar) == text
    assert scalar.splitlines() == [scalar]
    assert "\x85" not in scalar
    assert "\u2028" not in scalar


@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_the_head_is_read_back_by_a_yaml_reader(text):
    yaml = pytest.importorskip("yaml")
    head = _head(_card(splits={"source": text, "synthetic": True}, card={"task": text or "other"}))
    values = yaml.safe_load(head)
    result = values["model-index"][0]["results"][0]
    assert result["dataset"]["type"] == text
    assert result["task"]["type"] == (text or "other")
    assert values["tags"][:2] == ["keras", "recurrent-neural-network"]
