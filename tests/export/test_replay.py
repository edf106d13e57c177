"""Test vectors are replayed as strictly as another processor allows, and no less."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from common.errors import UserError
from export.replay import check_alike, replay
from export.runtime import VECTORS

ROUNDED = 0.1753162805917214
VECTOR = {"raw": 1, "inputs": {"x": [1]}, "outputs": {"y": [0.5]}, "decoded": {"label": "a"}}
DOCUMENT = {"text": "1", "single": True, "raw": [{"count": 3, "change": ROUNDED}], "inputs": []}


@pytest.fixture
def replayed_with(tmp_path):
    """Replays one vector and one document on a machine that reads `raw` in the document."""
    told = {"tolerance": {"max_absolute": 1e-5, "min_equal": 1.0}, "vectors": [VECTOR], "reading": [DOCUMENT]}
    (tmp_path / VECTORS).write_text(json.dumps(told))

    def run(raw):
        return replay(
            SimpleNamespace(
                bundle=SimpleNamespace(folder=tmp_path),
                from_json=lambda one: one,
                encode=lambda inputs: {"x": np.ones((len(inputs), 1), np.int32)},
                runtime=SimpleNamespace(run=lambda arrays: {"y": np.array([[0.5]], np.float32)}),
                decode=lambda inputs, outputs: [SimpleNamespace(record={"label": "a"})],
                read_text=lambda text, single: [raw],
            )
        )

    return run


def test_the_last_digit_of_a_raw_number_may_be_another_processors(replayed_with):
    assert replayed_with({"count": 3, "change": np.nextafter(ROUNDED, 1)}).documents == 1


@pytest.mark.parametrize(("field", "wrong"), [("change", ROUNDED + 1e-9), ("change", float("nan")), ("count", 4)])
def test_another_raw_number_is_refused_by_its_place(replayed_with, field, wrong):
    with pytest.raises(UserError, match=rf"document 0, raw inputs\[0\]\.{field}: expected"):
        replayed_with({"count": 3, "change": ROUNDED, field: wrong})


def test_records_may_differ_by_the_tolerance_alone():
    record = {"label": "a", "probabilities": [0.25, 0.75], "price": 200.0}
    check_alike({**record, "probabilities": [0.2500001, 0.75], "price": 200.01}, record, 1e-4, "v")
    for changed, place in (
        ({**record, "label": "b"}, "v.label"),
        ({**record, "probabilities": [0.251, 0.75]}, r"v.probabilities\[0\]"),
        ({**record, "probabilities": [0.25]}, "v.probabilities"),
        ({**record, "probabilities": [float("nan"), 0.75]}, r"v.probabilities\[0\]"),
        ({"label": "a"}, "v"),
    ):
        with pytest.raises(UserError, match=rf"^{place}: expected"):
            check_alike(changed, record, 1e-4, "v")
