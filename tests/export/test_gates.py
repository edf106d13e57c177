"""Gates: each refuses what it is there to refuse, and says by how much."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from common.errors import UserError
from export.agreement import check_agreement
from export.gates import TOLERANCES, TaskMetric, check_invocations, check_metric, check_operators, check_size
from export.keras_runner import keras_runner, time_outputs
from export.operators import Inventory, Weight
from export.probes import pick
from export.runtime import Runtime

GOOD = Inventory({"ADD": 2, "WHILE": 1}, (), (), (), (), {"int8": 5000}, 9000)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"custom": ("FlexTensorListReserve",)}, "1 Flex operators (FlexTensorListReserve)"),
        ({"custom": ("MyOp",)}, "1 custom operators (MyOp)"),
        ({"operators": {"VAR_HANDLE": 1, "READ_VARIABLE": 2}}, "(VAR_HANDLE, READ_VARIABLE)"),
        ({"operators": {"UNIDIRECTIONAL_SEQUENCE_LSTM": 1}}, "(UNIDIRECTIONAL_SEQUENCE_LSTM)"),
        ({"variables": ("state",)}, "1 variable tensors (state)"),
        ({"dynamic": ("rows",)}, "1 dynamic shapes (rows)"),
    ],
)
def test_operators_with_state_or_unknown_to_devices_are_refused(change, words):
    check_operators(GOOD)
    with pytest.raises(UserError) as caught:
        check_operators(replace(GOOD, **change))
    assert str(caught.value).startswith("gate operators: ") and words in str(caught.value)


def test_a_large_constant_beside_the_int8_weights_is_refused_by_name():
    check_size(replace(GOOD, constant_bytes={"int8": 5000, "float32": 65000, "int32": 536}))
    big = Weight("positions", (200, 90), "float32", 72000)
    with pytest.raises(
        UserError, match=r"gate size: expected at most 65536 .* found 72004, .* positions \(200, 90\) float32"
    ):
        check_size(replace(GOOD, constant_bytes={"int8": 5000, "float32": 72000, "int32": 4}, weights=(big,)))


@pytest.mark.parametrize(
    "before, after, higher", [(0.9, 0.8949, True), (0.10, 0.1051, False), (0.9, float("nan"), True)]
)
def test_a_worse_task_metric_is_refused(before, after, higher):
    values = iter([before, after])
    metric = TaskMetric("accuracy", lambda run: next(values), higher)
    with pytest.raises(UserError, match=r"gate metric: expected accuracy at most 0\.005 worse"):
        check_metric(metric, dict, dict, 0.005)


def test_a_metric_within_the_limit_or_better_passes():
    assert (
        check_metric(TaskMetric("mase", lambda run: 0.5, False, keras_value=0.7), dict, dict, 0.005).measured["drop"]
        < 0
    )
    gate = check_metric(TaskMetric("accuracy", lambda run: 0.896, keras_value=0.9), dict, dict, 0.005)
    assert gate.measured["converted"] == 0.896


def test_state_between_invocations_is_refused(converted, spec, rows):
    class Leaky(Runtime):
        calls = 0

        def invoke(self, inputs):
            self.calls += 1
            return {"probabilities": super().invoke(inputs)["probabilities"] + (1e-7 if self.calls > 4 else 0)}

    probes = pick(rows, spec, 4)
    check_invocations(Runtime(converted("GRU", "float32")), probes)
    with pytest.raises(UserError, match=r"gate invocations: .* at invocation 5; the model keeps state"):
        check_invocations(Leaky(converted("GRU", "float32")), probes)


def test_agreement_reports_lengths_and_refuses_a_distance_or_a_nan(bag, spec, rows):
    keras, probes = keras_runner(bag, spec), pick(rows, spec, 32)

    def checked(change):
        def runner(arrays):
            return {"probabilities": change(keras(arrays)["probabilities"])}

        return check_agreement(runner, keras, keras, probes, set(), TOLERANCES["float32"], 24)

    gate = checked(lambda values: values)
    assert gate.measured["lengths"] == [1, 2, 5, 9, 13, 17, 23, 24]
    assert gate.measured["outputs"]["probabilities"]["same_label"] == 1.0
    with pytest.raises(UserError, match=r"gate agreement: expected a difference of at most 0\.0001 .* at most 0\.0002"):
        checked(lambda values: values + np.float32(2e-4))
    with pytest.raises(UserError, match=r"gate agreement: .* differs by at most inf"):
        checked(lambda values: np.where(values > 0.9, np.nan, values))


def test_a_model_that_the_padding_changes_is_refused_with_the_reason(tiny, spec, make_rows):
    model = tiny("SimpleRNN", masked=False)
    wide = replace(spec, inputs={**spec.inputs, "tokens": replace(spec.inputs["tokens"], shape=(96,))})
    keras, padded = keras_runner(model, wide, batch_size=1), keras_runner(model, wide, static=True)
    probes = pick(make_rows([3, 9, 20, 27, 31]), wide, 32)
    with pytest.raises(
        UserError, match=r"gate agreement: expected outputs that do not depend on the padding.*96 timesteps"
    ):
        check_agreement(padded, keras, padded, probes, set(), TOLERANCES["float32"], 96)


def test_outputs_with_a_time_axis_are_compared_up_to_each_length(tiny, make_spec, rows):
    model, spec = tiny("GRU", sequence=True), make_spec("probabilities", "tags")
    assert time_outputs(model, spec) == {"probabilities", "tags"}
    keras, probes = keras_runner(model, spec), pick(rows, spec, 32)

    def beyond(arrays, at):
        outputs = {name: value.copy() for name, value in keras(arrays).items()}
        for row, length in enumerate(probes.lengths):
            outputs["probabilities"][row, length + at :] += 1
        return outputs

    allowed = TOLERANCES["float32"]
    timed = time_outputs(model, spec)
    check_agreement(lambda arrays: beyond(arrays, 0), keras, keras, probes, timed, allowed, 24)
    with pytest.raises(UserError, match=r"gate agreement"):
        check_agreement(lambda arrays: beyond(arrays, -1), keras, keras, probes, timed, allowed, 24)
