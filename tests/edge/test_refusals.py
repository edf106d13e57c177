"""Where TensorFlow is not installed, the command line says in one line what it can do there."""

from __future__ import annotations

import importlib.util

import pytest

from apps.__main__ import main


@pytest.fixture(autouse=True)
def without_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "tensorflow" else real(name))


@pytest.mark.parametrize("command", ["apps", "train sentiment", "export x --output y", "inspect gradients"])
def test_what_needs_tensorflow_is_refused(command, capsys):
    assert main(command.split()) == 2
    error = capsys.readouterr().err
    assert (
        error.count("\n") == 1 and "the edge runtime, which answers from bundles (predict, verify, benchmark)" in error
    )


@pytest.mark.parametrize("command", ["predict nothing --text x", "benchmark nothing"])
def test_what_is_no_bundle_is_told(command, capsys):
    assert main(command.split()) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "give the folder of a bundle" in error
