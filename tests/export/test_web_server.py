"""The server of the web page: loopback, named files alone, headers that keep everything else out."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import UserError
from export import web_runtime
from export.runtime import FORMAT, FORMAT_VERSION
from export.web_runtime import PACKAGES, VERSION, fetch_runtime, runtime_files
from export.web_server import Server
from export.web_site import PAGE, site_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle as far as a server looks: it never runs the model."""
    folder = tmp_path / "bundle"
    contents = {
        "model.tflite": b"a model",
        "preprocess.json": b'{"kind": "text"}',
        "decoder.json": b'{"kind": "softmax"}',
        "preprocessing/vocabulary.txt": b"<pad>\n<unk>\n",
    }
    files = {}
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        files[name] = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    tokens = {"shape": [1, 8], "dtype": "int32", "fill": 0}
    manifest = {
        "format": FORMAT, "format_version": FORMAT_VERSION, "lane": "litert", "application": "letters",
        "weights": "float32", "signatures": {"run": {"inputs": {"tokens": tokens}}}, "files": files,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """Files where the runtime's would lie."""
    for package in PACKAGES:
        for name in package.files:
            path = tmp_path / "runtime" / VERSION / package.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"stands in")
    return tmp_path / "runtime"


@pytest.fixture
def server(bundle: Path, runtime: Path) -> Iterator[Server]:
    with Server(site_of([bundle], runtime_files(runtime)), 0) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def ask(server: Server, path: str, method: str = "GET", host: str = "") -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{server.server_port}")
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, answer.headers, answer.read()
    connection.close()
    return found


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/?source=app", "text/html; charset=utf-8"),
        ("/app/main.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/runtime/core/wasm/litert_wasm_internal.wasm", "application/wasm"),
        ("/bundles.json", "application/json"),
        ("/bundles/0/model.tflite", "application/octet-stream"),
        ("/bundles/0/preprocessing/vocabulary.txt", "text/plain; charset=utf-8"),
    ],
)
def test_files_come_with_their_type_and_with_headers_that_keep_others_out(server, path, kind):
    status, headers, body = ask(server, path)
    assert (status, headers["Content-Type"], int(headers["Content-Length"])) == (200, kind, len(body))
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "connect-src 'self'" in policy
    assert not re.search(r"'unsafe-(inline|eval)'|https?:|\*", policy)
    assert ask(server, path, "HEAD")[2] == b""


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/..%2f..%2fpyproject.toml",
        "/app/../../web_site.py",
        "//etc/passwd",
        "/%2e%2e/web_site.py",
        "/bundles/0/../../preprocessing/vocabulary.txt",
        "/bundles/1/model.tflite",
        "/bundles/0/",
        "/app/",
        "/package.json",
        "/verify/browser.mjs",
        "/app/main.js%00.css",
    ],
)
def test_what_is_not_named_does_not_exist(server, path):
    status, headers, body = ask(server, path)
    assert (status, body) == (404, b"nothing here\n")
    assert headers["Content-Security-Policy"]


def test_another_host_s_name_and_other_methods_are_refused(server):
    assert ask(server, "/", host=f"evil.example:{server.server_port}")[0] == 421
    assert ask(server, "/", host=f"localhost:{server.server_port}")[0] == 200
    assert ask(server, "/", "POST")[0] == 501
    assert server.server_address[0] == "127.0.0.1"


def test_symbolic_links_are_refused_before_and_while_serving(server, bundle, runtime, tmp_path):
    model, kept = bundle / "model.tflite", tmp_path / "kept"
    model.rename(kept)
    model.symlink_to(kept)
    assert ask(server, "/bundles/0/model.tflite")[0] == 404
    with pytest.raises(UserError, match="found a symbolic link"):
        site_of([bundle], runtime_files(runtime))


def test_the_list_of_bundles_names_every_file_that_a_page_needs(server, bundle):
    (entry,) = json.loads(ask(server, "/bundles.json")[2])
    assert (entry["name"], entry["kind"], entry["application"], entry["weights"]) == (
        "bundle", "text", "letters", "float32",
    )  # fmt: skip
    for name in entry["files"]:
        assert ask(server, "/" + entry["path"] + name)[2] == (bundle / name).read_bytes()


def test_every_module_that_the_page_imports_is_served(server):
    for path in [*PAGE.glob("app/**/*.js"), *PAGE.glob("readers/*.js")]:
        for target in re.findall(r'^(?:import|export) .*?from "(\.[^"]+)"', path.read_text(encoding="utf-8"), re.M):
            url = (path.parent / target).resolve().relative_to(PAGE).as_posix()
            assert ask(server, f"/{url}")[0] == 200, f"{path.name} imports {target}"


def test_the_page_names_no_other_site():
    for path in [*PAGE.glob("*.*"), *PAGE.glob("app/**/*.js"), *PAGE.glob("readers/*.js")]:
        if path.name not in ("package.json", "jsconfig.json"):
            found = set(re.findall(r"https?://[^\s\"')]+", path.read_text(encoding="utf-8")))
            assert found <= {"http://www.w3.org/2000/svg"}, path


def serve(*arguments: str | Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "apps", "serve", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.count("\n") == 1, done.stderr
    return done.returncode, done.stderr


def test_mistakes_are_one_line_and_exit_2(server, bundle, runtime, tmp_path):
    given = ["--runtime", runtime, "--port", server.server_port]
    for arguments, said in (
        ([bundle, *given], f"expected a free port, found {server.server_port}"),
        ([tmp_path / "absent", *given], "absent"),
        ([bundle, "--runtime", tmp_path / "nothing"], "add --download"),
        ([bundle, "--runtime", runtime, "--port", "70000"], "expected 0 to 65535"),
        (["--runtime", runtime], "expected bundles to serve"),
    ):
        status, error = serve(*arguments)
        assert status == 2 and said in error, error
    (bundle / "model.tflite").write_bytes(b"other")
    status, error = serve(bundle, *given)
    assert status == 2 and "the file is damaged" in error


def test_ctrl_c_ends_it_without_a_word(bundle, runtime):
    command = [sys.executable, "-m", "apps", "serve", str(bundle), "--runtime", str(runtime), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(2)
        output, error = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, output, error) == (0, "", "")


def test_a_tarball_that_is_not_the_pinned_one_is_refused_and_leaves_nothing(tmp_path):
    (tmp_path / PACKAGES[0].tarball).write_bytes(b"another")
    with pytest.raises(UserError, match=r"core-2\.5\.3\.tgz: expected @litertjs/core 2\.5\.3 with SHA-512"):
        fetch_runtime(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [PACKAGES[0].tarball]


def test_without_npm_the_line_says_which_files_to_bring(tmp_path, monkeypatch):
    monkeypatch.setattr(web_runtime.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match=r"expected npm .* or put litertjs-core-2\.5\.3\.tgz and litertjs-wasm-utils"):
        fetch_runtime(tmp_path)
    assert list(tmp_path.iterdir()) == []
