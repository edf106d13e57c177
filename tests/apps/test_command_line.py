"""The command line: quick to start, one line for a mistake, exit status 2, nothing left behind."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.__main__ import main
from common.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
GOOD = "text\tlabel\n" + "".join(f"fine film {i}\t1\npoor film {i}\t0\n" for i in range(20))


def _write(name: str, content: str | bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def _folder_without_classes(folder: Path) -> Path:
    path = folder / "aclImdb"
    (path / "train" / "nothing").mkdir(parents=True)
    (path / "test").mkdir()
    return path


BAD_DATA = {
    "missing path": (lambda folder: folder / "absent.tsv", "absent.tsv"),
    "empty file": (_write("empty.tsv", ""), "empty.tsv"),
    "one class only": (_write("one.tsv", "text\tlabel\na\t1\nb\t1\nc\t1\n"), "two or more classes"),
    "missing column": (_write("columns.csv", "body_of_it,mark\na,1\nb,0\n"), "column"),
    "non-UTF-8 bytes": (_write("latin.tsv", GOOD.encode() + b"caf\xe9\t1\n"), "latin.tsv:42: expected UTF-8"),
    "an empty text": (_write("blank.tsv", GOOD + "\t1\n"), "blank.tsv:42"),
    "a ragged row": (_write("ragged.tsv", GOOD + "a\tb\tc\n"), "ragged.tsv:42"),
    "a directory without pos/neg": (_folder_without_classes, "aclImdb"),
    "an unknown tfds name": (lambda folder: "tfds:no_such_data_set", "no_such_data_set"),
    "no network": (lambda folder: "tfds:imdb_reviews", "imdb_reviews"),
}


@pytest.mark.parametrize("case", sorted(BAD_DATA))
@pytest.mark.parametrize("command", ["train", "data"])
def test_bad_data_is_one_line_and_leaves_nothing(
    command: str, case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make, said = BAD_DATA[case]
    (tmp_path / "in").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "in"))
    data = make(tmp_path / "in")
    monkeypatch.chdir(tmp_path / "work")
    before = sorted(tmp_path.rglob("*"))
    assert main([command, "sentiment", "--data", str(data), *(["--run-dir", "run"] if command == "train" else [])]) == 2
    error = capsys.readouterr().err
    assert error.startswith("unroll: ")
    assert error.count("\n") == 1
    assert said in error
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "sentiment", "--units", "many"], "expected a whole number, found 'many'"),
        (["train", "sentiment", "--unit", "3"], "unrecognized arguments: --unit"),
        (["train", "poetry"], "poetry"),
        (["train"], "APP"),
        (["fly"], "fly"),
    ],
)
def test_a_wrong_flag_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "run"], "--output: expected the bundle's folder, found none"),
        (["export", "run", "--output", "x", "--micro-python", "python3"], "--micro-python: expected --lane micro"),
        (["train", "sentiment", "--units", "0"], "--units: expected a number between 1 and 2048, found 0"),
        (["train", "sentiment", "--config", "absent.json"], "absent.json"),
        (["train", "sentiment", "--resume"], "found none"),
        (["predict", "absent", "--text", "a"], "absent"),
        (["predict", "absent"], "expected one of --text, --file and -"),
        (["evaluate", "absent"], "absent"),
        (["export", "absent", "--output", "bundle"], "absent"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things_is_not_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    assert main(["train", "sentiment", "--run-dir", str(tmp_path)]) == 2
    assert "found thesis.txt" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("arguments", [["--help"], ["train", "sentiment", "--help"], ["apps"]])
def test_help_needs_no_tensorflow(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom apps.__main__ import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print('LOADED', sorted({'tensorflow', 'keras', 'numpy', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout
    assert "sentiment" in done.stdout or arguments == ["--help"]


def test_the_application_s_script_is_the_command() -> None:
    script = subprocess.run(
        [sys.executable, "-m", "apps.sentiment.train", "--units", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert script.returncode == 2
    assert script.stderr == "unroll: --units: expected a number between 1 and 2048, found 0; correct it\n"


@pytest.mark.parametrize(("command", "hint"), [(["train", "sentiment"], True), (["inspect", "gradients"], False)])
def test_ctrl_c_says_how_to_go_on_where_that_is_possible(command, hint, monkeypatch, capsys) -> None:
    def interrupted(options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"apps.commands.{command[0]}", interrupted)
    assert main(command) == 130
    told = capsys.readouterr().err
    assert told.startswith("unroll: interrupted")
    assert ("--run-dir" in told) is hint


def test_bytes_of_the_command_line_that_are_no_text_are_told() -> None:
    from apps.commands import named_inputs

    given = argparse.Namespace(text=["fine \U0001f600", "caf\udcff"], file=None)
    with pytest.raises(UserError, match="--text:1: expected UTF-8 text, found byte 0xff at offset 3"):
        named_inputs(given, lambda text, single: [text], lambda path: [])
    given.text.pop()
    assert named_inputs(given, lambda text, single: [text, single], lambda path: []) == ["fine \U0001f600", True]
