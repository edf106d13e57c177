"""What no reader foresees still ends in one line and status 2."""

from __future__ import annotations

import pytest

from apps.__main__ import main

ODD = ["x" * 300, "a/" + "b" * 5000, "~nobody-here/x", "a\0b", "/dev/zero", "\udcff"]


@pytest.mark.parametrize("app", ["sentiment", "ner", "dna", "handwriting", "stock"])
def test_names_that_no_data_can_have_are_one_line(app, capsys):
    for name in ODD:
        assert main(["data", app, "--data", name]) == 2, name
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and error.startswith("unroll: ") and len(error) < 3000
        assert error[:-1].isprintable()


@pytest.mark.parametrize("command", ["predict", "verify", "evaluate", "export"])
def test_names_that_no_run_or_bundle_can_have_are_one_line(command, capsys):
    more = {"predict": ["--text", "a"], "export": ["--output", "out"]}.get(command, [])
    for name in ODD[:3]:
        assert main([command, name, *more]) == 2, name
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("error", [MemoryError(), OSError(5, "Input/output error", "/data")])
def test_what_the_machine_cannot_do_is_one_line(error, capsys, monkeypatch):
    def fails(options: object) -> None:
        raise error

    monkeypatch.setattr("apps.commands.verify", fails)
    assert main(["verify", "bundle"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and ("not enough memory" in told or "/data" in told)


def test_colours_and_orders_to_the_terminal_are_not_passed_on(tmp_path, capsys):
    (tmp_path / "a.csv").write_bytes(b"a,\x1b]0;title\x07\x1b[2J\n1,2\n")
    assert main(["data", "sentiment", "--data", str(tmp_path / "a.csv")]) == 2
    error = capsys.readouterr().err
    assert "\x1b" not in error and "\\x1b[2J" in error
