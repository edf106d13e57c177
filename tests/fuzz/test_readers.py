"""Whatever a file holds: a right answer, or one line.

UNROLL_FUZZ=1000 draws so many examples a reader, others each time. `make fuzz-readers` looks
for longer, guided by coverage.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import OPERATIONS, mutated
from tests.fuzz.targets import TARGETS, run

EXAMPLES = int(os.environ.get("UNROLL_FUZZ", "80"))


def drawn(share: float) -> settings:
    return settings(
        max_examples=max(1, int(EXAMPLES * share)), deadline=None, derandomize="UNROLL_FUZZ" not in os.environ,
        database=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )  # fmt: skip


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp())
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("name", TARGETS)
def test_a_valid_file_is_read(name, folder):
    for number, seed in enumerate(TARGETS[name].seeds):
        (folder / str(number)).mkdir()
        assert run(TARGETS[name], folder / str(number), seed)


@pytest.mark.parametrize("name", TARGETS)
@drawn(0.8)
@given(which=st.integers(0, 9), operations=OPERATIONS)
def test_a_changed_file_is_read_or_refused_in_a_line(name, folder, which, operations):
    seeds = TARGETS[name].seeds
    run(TARGETS[name], folder, mutated(seeds[which % len(seeds)], operations))


@pytest.mark.parametrize("name", TARGETS)
@drawn(0.2)
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_a_line(name, folder, raw):
    run(TARGETS[name], folder, raw)
