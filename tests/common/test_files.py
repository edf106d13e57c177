"""Files are whole or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import UserError
from common.files import (
    atomic_path,
    read_json,
    read_sealed,
    read_text,
    sha256,
    sweep,
    write_json,
    write_sealed,
    write_text,
)


def test_a_failed_write_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("killed")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_an_interrupted_folder_is_removed(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), atomic_path(tmp_path / "folder") as temporary:
        temporary.mkdir()
        (temporary / "part").write_text("half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_replaces_the_folder_of_its_name(tmp_path: Path) -> None:
    for content in ("one", "two"):
        with atomic_path(tmp_path / "folder") as temporary:
            temporary.mkdir()
            (temporary / content).write_text(content)
    assert [p.name for p in (tmp_path / "folder").iterdir()] == ["two"]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot write") as caught:
        write_text(tmp_path / "file" / "a.txt", "text")
    assert "\n" not in str(caught.value)


def test_bytes_that_are_not_utf8_are_named_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"fine\ncaf\xe9\n")
    with pytest.raises(UserError, match=r"a\.txt:2: expected UTF-8 text, found byte 0xe9 at offset 8"):
        read_text(tmp_path / "a.txt")


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbftext")
    assert read_text(tmp_path / "a.txt") == "text"


def test_broken_json_is_named_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{\n"a": }\n')
    with pytest.raises(UserError, match=r"a\.json:2: expected JSON"):
        read_json(tmp_path / "a.json")


@pytest.mark.parametrize("content", ["[" * 200_000, "1" * 10_000])
def test_json_that_python_will_not_read_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(UserError, match=r"a\.json: expected plain JSON"):
        read_json(tmp_path / "a.json")


def test_json_refuses_nan_and_keeps_unicode(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", float("nan"))
    assert list(tmp_path.iterdir()) == []
    write_json(tmp_path / "a.json", {"é": "漢"})
    assert "漢" in (tmp_path / "a.json").read_text(encoding="utf-8")


def test_sha256_of_a_known_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_folder_that_cannot_take_its_name_leaves_the_one_before_whole(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one").write_text("one")
    replace = Path.replace

    def fails(self: Path, target: Path) -> Path:
        if target == folder and not self.name.endswith(".old"):
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(KeyboardInterrupt), atomic_path(folder) as temporary:
        temporary.mkdir()
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["folder", "folder/one"]


def test_a_sweep_takes_what_was_not_finished_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "below" / ".folder.partial-12345678").mkdir(parents=True)
    for name in ("below/.folder.partial-12345678/a", "below/.model.partial-12345678.keras", ".lock", "a.partial-1"):
        (tmp_path / name).touch()
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == [".lock", "a.partial-1", "below"]


def test_a_seal_tells_any_change(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_sealed(path, {"digits": "0" * 64, "é": [1, 2.5]})
    assert read_sealed(path) == {"digits": "0" * 64, "é": [1, 2.5]}
    raw = path.read_bytes()
    for place in range(len(raw)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        if b'"seal"' not in path.read_bytes():  # then it is JSON without a seal, or none
            continue
        with pytest.raises(UserError, match=r"a\.json"):
            read_sealed(path)
    for other in ({"seal": ""}, {"seal": 3}, {"seal": {}}):
        write_json(path, other)
        with pytest.raises(UserError, match=r"a\.json: expected what was written"):
            read_sealed(path)
