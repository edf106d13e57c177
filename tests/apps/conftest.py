"""A small run of every application and its bundles, made once for all tests that only look at them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from apps import APPS
from apps.__main__ import main
from tests.apps.trainings import LIMIT_SECONDS, arguments, start


@pytest.fixture(scope="session", params=list(APPS))
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """An application and an uninterrupted run of it."""
    run = tmp_path_factory.mktemp(request.param) / "run"
    assert main(arguments(request.param, run)) == 0
    return request.param, run


def export_in(folder: Path, run: Path, weights: str) -> Path:
    bundle = folder / weights
    assert main(["export", str(run), "--output", str(bundle), "--weights", weights, "--examples", "40"]) == 0
    return bundle


@pytest.fixture(scope="session")
def float32_bundle(finished: tuple[str, Path]) -> Path:
    return export_in(finished[1].parent, finished[1], "float32")


@pytest.fixture(scope="session")
def int8_bundle(finished: tuple[str, Path]) -> Path:
    return export_in(finished[1].parent, finished[1], "int8")


@pytest.fixture(scope="session", params=list(APPS))
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, float]:
    """An application, a run in a process of its own that nobody disturbed, and the seconds it took."""
    run, began = tmp_path_factory.mktemp(request.param) / "run", time.monotonic()
    process = start(arguments(request.param, run))
    output = process.communicate(timeout=LIMIT_SECONDS)[0].decode()
    assert process.returncode == 0, output
    return request.param, run, time.monotonic() - began
