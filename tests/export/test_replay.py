"""Replaying test vectors finds what differs and says where."""

from __future__ import annotations

import pytest

from common.errors import UserError
from export.replay import check_alike


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
