"""What a candidate costs, and which limits it breaks."""

from __future__ import annotations

import keras
import pytest

import tuning.trials
from common.app import ExportSpec, InputSpec
from tuning.trials import Budget, Cost, measured_cost


def model_and_spec() -> tuple[keras.Model, ExportSpec]:
    x = keras.Input((8, 3), name="x")
    spec = ExportSpec({"x": InputSpec((8, 3), "float32")}, ("y",), {}, {}, ())
    return keras.Model(x, keras.layers.GRU(4, return_sequences=True)(x)), spec


def test_where_multiply_adds_are_limited_nothing_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> float:
        raise AssertionError("timed")

    monkeypatch.setattr(tuning.trials, "_latency_us", refuse)
    cost = measured_cost(*model_and_spec(), Budget(max_multiply_adds=1000))
    assert (cost.latency_us, cost.multiply_adds) == (None, 8 * 3 * 4 * (3 + 4))
    with pytest.raises(AssertionError, match="timed"):
        measured_cost(*model_and_spec(), Budget())
    with pytest.raises(AssertionError, match="timed"):
        measured_cost(*model_and_spec(), Budget(max_latency_us=1.0, max_multiply_adds=1000))


def test_a_limit_is_broken_only_beyond_it() -> None:
    budget = Budget(max_multiply_adds=672)
    assert budget and not Budget()
    assert budget.broken_by(Cost(1.0, None, 672)) == ""
    assert budget.broken_by(Cost(1.0, None, 673)) == "673 multiply-adds an inference, at most 672 allowed"
