"""Small files that mean harm: each refused in one line, in little memory and time.

Every case runs in a process whose address space is limited, so that a reader that unpacks first and looks later fails.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import threading
import zipfile
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from common.errors import UserError
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.word_splitter import WordSplitter

ROOT = Path(__file__).resolve().parents[2]
MEGABYTES = 768  # NumPy's and Pillow's libraries take 300 of address space
_CHILD = """
import resource, sys, time
from pathlib import Path
from common.errors import UserError
import {module} as module
limit = {megabytes} << 20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
started = time.process_time()
try:
    found = module.{call}
except UserError as error:
    print("refused", error)
else:
    print("read", found if isinstance(found, int) else len(found))
print(int(time.process_time() - started))
"""
_ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def read(module: str, call: str, megabytes: int = MEGABYTES) -> str:
    """The line that a reader gives in a small process, `path` being what `call` says."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD.format(module=module, call=call, megabytes=megabytes)],
        capture_output=True, text=True, cwd=ROOT, env=_ENVIRONMENT, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    line, seconds = done.stdout.splitlines()
    assert int(seconds) < 30, done.stdout
    return line


def on(path: Path) -> str:
    return f"Path({str(path)!r})"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
XML = {
    "billion laughs": f'<!DOCTYPE ink [<!ENTITY a0 "ha">{LAUGHS}]><ink><trace>&a9;</trace></ink>',
    "quadratic blow-up": f'<!DOCTYPE ink [<!ENTITY a "{"x" * 50_000}">]><ink>{"&a;" * 50_000}</ink>',
    "external file": '<!DOCTYPE ink [<!ENTITY a SYSTEM "file:///etc/passwd">]><ink><trace>&a;</trace></ink>',
    "parameter entity": '<!DOCTYPE ink [<!ENTITY % a SYSTEM "file:///etc/passwd">%a;]><ink><trace>1 2</trace></ink>',
}


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize("suffix", [".inkml", ".xml"])
def test_entities_are_refused(tmp_path, name, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_text(XML[name])
    line = read("common.data.ink.files", f"read_path({on(path)})")
    assert line.startswith("refused") and "entity declarations" in line and "root:" not in line


def test_nothing_is_fetched_for_an_xml_file(tmp_path):
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}"
    texts = (
        f'<!DOCTYPE ink SYSTEM "{place}/dtd"><ink><trace>1 2, 3 4</trace></ink>',
        f'<!DOCTYPE ink [<!ENTITY a SYSTEM "{place}/entity">]><ink><trace>&a;</trace></ink>',
        f'<ink xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{place}/x"/><trace>1 2</trace></ink>',
    )
    try:
        for text in texts:
            (tmp_path / "a.inkml").write_text(text)
            read("common.data.ink.files", f"read_path({on(tmp_path / 'a.inkml')})")
    finally:
        server.shutdown()
    assert asked == []


@pytest.fixture(scope="module")
def packed() -> bytes:
    """A gigabyte of zeros and of letters in a megabyte."""
    squeeze = zlib.compressobj(9, wbits=31)
    block = b"A" * (1 << 20)
    return b"".join(
        [squeeze.compress(b">a label=1\n"), *(squeeze.compress(block) for _ in range(1024)), squeeze.flush()]
    )


@pytest.mark.parametrize(
    ("name", "module", "call"),
    [
        ("a.fa.gz", "common.data.fasta", "read_path({})"),
        ("a.csv.gz", "common.data.fasta", "read_text({})"),
        ("train-images-idx3-ubyte.gz", "common.data.pictures", "read_idx({}, 3)"),
    ],
)
def test_a_gzip_bomb_is_not_unpacked(tmp_path, packed, name, module, call):
    assert len(packed) < 2 << 20
    (tmp_path / name).write_bytes(packed)
    assert "unpacks to more than" in read(module, call.format(on(tmp_path / name)))


def test_a_small_file_of_one_repeated_letter_is_no_bomb(tmp_path):
    (tmp_path / "a.fa.gz").write_bytes(gzip.compress(b">a\n" + b"A" * 5_000_000))
    assert read("common.data.fasta", f"read_path({on(tmp_path / 'a.fa.gz')})") == "read 1"


@pytest.mark.parametrize("side", [100_000, 8_000, 2**31 - 1])
def test_a_picture_of_huge_dimensions_is_refused(tmp_path, side):
    (tmp_path / "a.png").write_bytes(png(side, side))
    line = read("common.data.pictures", f"read_picture({on(tmp_path / 'a.png')})")
    assert line.startswith("refused")


def test_postscript_under_a_pictures_name_is_not_run(tmp_path):
    made = tmp_path / "made"
    script = f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n({made}) (w) file closefile\nshowpage\n"
    (tmp_path / "a.png").write_text(script)
    line = read("common.data.pictures", f"read_picture({on(tmp_path / 'a.png')})")
    assert line.startswith("refused") and "as an image" in line and not made.exists()


@pytest.mark.parametrize("shape", [(2**31, 28, 28), (2**31, 2**31, 4), (2**32 - 1,) * 3, (0, 28, 28), (5, 0, 28)])
def test_an_idx_file_that_declares_more_than_it_holds_is_refused(tmp_path, shape):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(struct.pack(">BBBB3I", 0, 0, 8, 3, *shape))
    assert "bytes after the header" in read("common.data.pictures", f"read_idx({on(path)}, 3)")


def npy(shape: str, kind: str = "<f8") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header


def zipped(members: dict[str, bytes], way: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", way) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


NPZ = {
    "huge shape": zipped({"a.npy": npy("(1000000000000,)")}),
    "shape past 64 bits": zipped({"a.npy": npy("(4294967296, 4294967296, 4)")}),
    "bomb": zipped({"a.npy": npy("(134217728,)") + b"\0" * (300 << 20)}, zipfile.ZIP_DEFLATED),
    "pickle": zipped({"a.npy": npy("(1,)", "|O") + b"cos\nsystem\n(S'touch made'\ntR."}),
    "path": zipped({"../../a.npy": npy("(0,)")}),
    "no zip": b"\x80\x04cos\nsystem\n(S'touch made'\ntR.",
    "empty": b"",
}


@pytest.mark.parametrize("name", NPZ)
def test_a_hostile_npz_is_refused(tmp_path, name):
    (tmp_path / "a.npz").write_bytes(NPZ[name])
    assert read("common.data.archives", f"read_npz({on(tmp_path / 'a.npz')})").startswith("refused")
    assert not (ROOT / "made").exists()


@pytest.mark.parametrize("header", ["(1000000000000,)", "(4294967296, 4294967296)", "(-1,)", "(3,)"])
def test_a_cached_array_that_declares_more_than_it_holds_is_refused(tmp_path, header):
    (tmp_path / "a.npy").write_bytes(npy(header))
    assert "delete the folder" in read("common.data.cache", f"load_arrays({on(tmp_path)})")


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("name", "module", "call"),
    [
        ("a.json", "common.files", "read_json({})"),
        ("a.json", "common.data.ink.files", "read_path({})"),
        ("a.jsonl", "common.data.tables", "read_table({})"),
        ("manifest.json", "export.runtime", "load_bundle({}.parent)"),
    ],
)
def test_json_nested_a_hundred_thousand_deep_is_refused(tmp_path, name, module, call):
    (tmp_path / name).write_text(DEEP)
    assert read(module, call.format(on(tmp_path / name))).startswith("refused")


@pytest.mark.parametrize(
    ("name", "begin", "end", "module", "call", "said"),
    [
        ("a.csv", "text,label\n", ",1\nb,0\n", "common.data.tables", "read_table({})", "read 2"),
        ("a.tsv", "text\tlabel\n", "\t1\n", "common.data.tables", "read_table({})", "read 1"),
        ("a.conll", "a O\n", " O\n", "apps.ner.columns", "read_file(__import__('apps').load_config('ner')(), {}).notes",
         "read 0"),
        ("a.fa", ">a\n", "\n", "common.data.fasta", "read_path({})", "read 1"),
        ("a.csv", "Date,Close\n", ",1\n", "common.data.prices.histories", "read_histories(module.Reading(), {})",
         "refused"),
    ],
)  # fmt: skip
def test_a_line_of_a_hundred_megabytes_is_read_or_refused(tmp_path, name, begin, end, module, call, said):
    path = tmp_path / name
    path.write_text(begin + "A" * 100_000_000 + end)
    assert read(module, call.format(on(path)), 2500).startswith(said)


SLOW = {
    "a header of 400,000 names": ("a.csv", ",".join(f"c{n}" for n in range(400_000)) + "\n1\n", "common.data.tables",
                                  "read_table({})"),
    "a first line of blanks": ("a.csv", " " * 2_000_000 + "\nx,y\n1,2\n", "common.data.tables", "read_table({})"),
    "every line a new key": ("a.jsonl", "".join(f'{{"k{n}": 1}}\n' for n in range(60_000)), "common.data.tables",
                             "read_table({})"),
    "a date with blanks": ("a.csv", "Date,Close\n2020-01-01 10:00" + " " * 300_000 + "x,1\n",
                           "common.data.prices.histories", "read_histories(module.Reading(), {})"),
    "blanks inside a point": ("a.inkml", f"<ink><trace>1{' ' * 500_000}x</trace></ink>", "common.data.ink.files",
                              "read_path({})"),
    "a comment of 20 MB": ("a.inkml", f"<ink><!--{'x' * 20_000_000}--></ink>", "common.data.ink.files",
                           "read_path({})"),
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_no_file_takes_the_square_of_its_size(tmp_path, name):
    file, content, module, call = SLOW[name]
    (tmp_path / file).write_text(content)
    assert read(module, call.format(on(tmp_path / file)))


def test_a_sentence_of_a_million_words_is_parted_in_one_pass():
    call = "part_long(module.Examples([module.Sentence.of_words(['a'] * 10**6)], [['O'] * 10**6]), 10)[1]"
    assert read("apps.ner.data", call) == "read 1"


def test_regular_expressions_that_never_end_are_stopped(monkeypatch):
    monkeypatch.setattr("common.preprocessing.matching_time._SECONDS", 0.1)
    endless, text = "(?:a|aa)+$", "a" * 100 + "b"
    for read_text in (
        Tokenizer(pattern=endless),
        Tokenizer(((endless, ""),)),
        WordSplitter(pattern=endless).sentences,
        WordSplitter(sentence_break=endless).sentences,
    ):
        with pytest.raises(UserError, match=r"preprocess\.json: expected regular expressions that read 101 characters"):
            read_text(text)


@pytest.mark.parametrize("place", ["/dev/zero", "pipe"])
def test_what_never_ends_is_no_file(tmp_path, place):
    if place == "pipe":
        os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.fa").symlink_to(place if place != "pipe" else tmp_path / "pipe")
    (tmp_path / "pos").mkdir()
    (tmp_path / "pos" / "1.txt").symlink_to(tmp_path / "a.fa")
    for module, call in (
        ("common.files", "read_json({})"), ("common.data.fasta", "read_path({})"),
        ("common.data.pictures", "read_picture({})"), ("common.data.archives", "read_npz({})"),
        ("apps.sentiment.trees", "read_texts({}.parent / 'pos')"),
    ):  # fmt: skip
        line = read(module, call.format(on(tmp_path / "a.fa")))
        assert line.startswith("refused"), (module, line)


LEADS_OUT = ("../../etc/passwd", "/etc/passwd", "a/../../x", "link", "folder/passwd", "x" * 300, "nul\0")


@pytest.mark.parametrize("name", LEADS_OUT)
def test_a_manifest_that_names_a_file_outside_is_refused(tmp_path, name):
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "link").symlink_to("/etc/passwd")
    (bundle / "folder").symlink_to("/etc")
    content = Path("/etc/passwd").read_bytes()
    entry = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {"format": "unroll-bundle", "format_version": 1, "lane": "litert", "files": {name: entry}}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    line = read("export.runtime", f"load_bundle({on(bundle)})")
    assert line.startswith("refused") and "root:" not in line


def test_a_bundle_with_a_file_that_its_manifest_leaves_out_is_refused(tmp_path):
    (tmp_path / "preprocessing").mkdir()
    (tmp_path / "preprocessing" / "vocabulary.txt").symlink_to("/dev/zero")
    manifest = {"format": "unroll-bundle", "format_version": 1, "lane": "litert", "files": {}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert "expected the checksum of" in read("export.runtime", f"load_bundle({on(tmp_path)})")


def test_a_table_of_pictures_names_none_outside(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ring").symlink_to(tmp_path / "in" / "ring")
    for name in ("/etc/passwd", "../a.png", "ring", "x" * 300):
        (tmp_path / "in" / "labels.tsv").write_text(f"file\ttext\n{name}\ta\n")
        line = read("apps.handwriting.images", f"read_folder({on(tmp_path / 'in' / 'labels.tsv')})")
        assert "labels.tsv:2: expected an image inside" in line


def test_numbers_of_any_size_in_a_configuration_are_refused(tmp_path):
    for number in ("1" * 400, "1" * 5000, "NaN", "1e999", "true", '"\\ud800"'):
        (tmp_path / "c.json").write_text(f'{{"learning_rate": {number}}}')
        call = f"read_config(__import__('apps').load_config('dna'), {on(tmp_path / 'c.json')})"
        assert read("common.config", call).startswith("refused")


def test_the_arrays_used_here_are_as_numpy_writes_them(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy("(2,)") + np.arange(2.0).tobytes())
    assert np.load(tmp_path / "a.npy").tolist() == [0.0, 1.0]
