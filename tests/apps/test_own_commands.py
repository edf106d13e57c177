"""An application's own part of the command line: found by the run's application, absent without one."""

import json

import pytest

from apps import load_commands
from apps.__main__ import main


def test_an_application_without_commands_has_none():
    assert load_commands("sentiment") is None
    assert load_commands("no such application") is None
    assert load_commands("dna").__name__ == "apps.dna.commands"


def test_the_flags_are_those_of_the_run_s_application(tmp_path, capsys):
    for app, shown in (("dna", True), ("sentiment", False)):
        (tmp_path / app).mkdir()
        (tmp_path / app / "config.json").write_text(json.dumps({"app": app}))
        with pytest.raises(SystemExit):
            main(["predict", str(tmp_path / app), "--help"])
        assert ("--scan" in capsys.readouterr().out) == shown


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_a_folder_that_is_no_run_is_told_by_the_command(tmp_path, capsys, content):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    for command in ("predict", "explain"):
        assert main([command, str(tmp_path), "--text", "ACGT"]) == 2
        assert capsys.readouterr().err.startswith(f"unroll: {tmp_path}: expected a finished run")
