"""What `unroll serve` serves: the page, LiteRT.js and bundles, every file named before the first request."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.errors import UserError
from export.kinds import READERS
from export.runtime import MANIFEST, MODEL, load_bundle

PAGE = Path(__file__).parent / "web"
BUNDLES = "bundles.json"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".tflite": "application/octet-stream",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
}
_PAGE_PARTS = ("*.html", "*.css", "*.svg", "*.png", "*.webmanifest", "service-worker.js", "app/**/*.js", "readers/*.js")


@dataclass(frozen=True)
class Site:
    """Files by their URL path; nothing else exists.

    Attributes:
        files: URL path without the leading slash -> file.
        made: URL path -> content that no file holds.
        headers: of every answer.
    """

    files: Mapping[str, Path]
    made: Mapping[str, bytes]
    headers: Mapping[str, str]

    def content(self, path: str) -> tuple[bytes, str] | None:
        """Bytes and media type of a URL path; None where there is nothing.

        A file that has become a symbolic link, or lies behind one now, is nothing.
        """
        if path in self.made:
            return self.made[path], TYPES[Path(path).suffix]
        file = self.files.get(path)
        if file is None or file.resolve() != file or not file.is_file():
            return None
        return file.read_bytes(), TYPES.get(file.suffix.lower(), "application/octet-stream")


def site_of(bundles: Sequence[Path], runtime: Mapping[str, Path]) -> Site:
    """The page with these bundles.

    Args:
        bundles: folders.
        runtime: URL path below `runtime/` -> file.

    Raises:
        UserError: no bundle, a damaged one, one that no screen can show, or one that holds a symbolic link.
    """
    files = {f"runtime/{name}": path.resolve() for name, path in runtime.items()}
    for pattern in _PAGE_PARTS:
        files |= {path.relative_to(PAGE).as_posix(): path.resolve() for path in PAGE.glob(pattern)}
    files[""] = files["index.html"]
    listed = []
    for number, folder in enumerate(bundles):
        entry, own = _bundle(folder, f"bundles/{number}/")
        listed.append(entry)
        files |= own
    made = {BUNDLES: json.dumps(listed, ensure_ascii=False).encode()}
    return Site(files, made, _headers(files["index.html"].read_text(encoding="utf-8")))


def _bundle(folder: Path, prefix: str) -> tuple[dict[str, Any], dict[str, Path]]:
    """The entry of `bundles.json` and the files of one bundle."""
    bundle = load_bundle(folder)
    kind = bundle.preprocessing.get("kind")
    if kind not in READERS:
        raise UserError(
            f"{folder}: expected the bundle of an application ({', '.join(READERS)}), found {kind!r}; export a run"
        )
    home = folder.resolve()
    names = [MANIFEST, *bundle.manifest["files"]]
    for name in names:
        if (home / name).resolve() != home / name:
            raise UserError(f"{folder / name}: expected a file, found a symbolic link; copy the file into the bundle")
    entry = {
        "name": home.name,
        "path": prefix,
        "kind": kind,
        "application": str(bundle.manifest.get("application", "")),
        "weights": str(bundle.manifest.get("weights", "")),
        "model_bytes": (home / MODEL).stat().st_size,
        "files": names,
    }
    return entry, {prefix + name: home / name for name in names}


def _headers(page: str) -> dict[str, str]:
    """Nothing from elsewhere is loaded, nothing is sent, and no other page may look in.

    The one inline script is the import map, which cannot be a file; its hash lets it in.
    """
    import_map = re.search(r'<script type="importmap">(.*?)</script>', page, re.DOTALL)
    if import_map is None:
        raise UserError(f"{PAGE / 'index.html'}: expected an import map, found none; install Unroll again")
    digest = base64.b64encode(hashlib.sha256(import_map[1].encode()).digest()).decode()
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-{digest}'; style-src 'self'; "
            "img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
