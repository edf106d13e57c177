"""LiteRT.js for `unroll serve`: two pinned npm packages, fetched once and checked, then read from a folder."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

from common.errors import UserError
from common.files import atomic_path

VERSION = "2.5.3"
_SECONDS = 300  # that npm may take for a package


class Package(NamedTuple):
    """A package of the npm registry, the SHA-512 of its tarball, and the files of it that a browser needs."""

    name: str
    sha512: str
    files: tuple[str, ...]

    @property
    def tarball(self) -> str:
        """What `npm pack` calls it."""
        return f"litertjs-{self.name}-{VERSION}.tgz"


PACKAGES = (
    Package(
        "core",
        "PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ==",
        (
            "dist/index.js",
            "package.json",
            *(f"wasm/litert_wasm{kind}_internal.{end}" for kind in ("", "_compat") for end in ("js", "wasm")),
        ),
    ),
    Package(
        "wasm-utils",
        "4fJiw6tBQnIs+0jH/OQ16nYOiSl8/+zZnn5h2ul8aTKHi05sVqZW580Tmk78pC2kT39A9OYBVdFawteZ/sI1kQ==",
        ("dist/index.js", "package.json"),
    ),
)


def runtime_files(folder: Path) -> dict[str, Path]:
    """URL path below `runtime/` -> file, of a runtime that `fetch_runtime` laid down.

    Raises:
        UserError: it is not there.
    """
    home = folder / VERSION
    found = {f"{package.name}/{name}": home / package.name / name for package in PACKAGES for name in package.files}
    if not all(path.is_file() for path in found.values()):
        raise UserError(
            f"expected LiteRT.js {VERSION}, which runs the models in the browser, in {home}, found none; add "
            "--download to fetch it with npm, once"
        )
    return found


def fetch_runtime(folder: Path) -> None:
    """Lays the packages down in `folder`: from tarballs that lie there, else from npm with its own configuration.

    Raises:
        UserError: no npm, no network, or a tarball that is not the pinned one.
    """
    with tempfile.TemporaryDirectory() as scratch, atomic_path(folder / VERSION) as temporary:
        for package in PACKAGES:
            given = folder / package.tarball
            tarball = given if given.is_file() else _packed(package, Path(scratch), folder)
            _unpack(package, tarball, temporary / package.name)


def _packed(package: Package, scratch: Path, folder: Path) -> Path:
    """The tarball of a package as npm fetches it."""
    npm = shutil.which("npm")
    advice = f"or put {' and '.join(item.tarball for item in PACKAGES)} of the npm packages @litertjs/* into {folder}"
    if npm is None:
        raise UserError(f"--download: expected npm on the path, found none; install Node.js, {advice}")
    command = [npm, "pack", f"@litertjs/{package.name}@{VERSION}", "--pack-destination", str(scratch), "--silent"]
    try:
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise UserError(f"--download: npm took more than {_SECONDS} s; try again, {advice}") from error
    if done.returncode or not (scratch / package.tarball).is_file():
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        raise UserError(
            f"--download: npm could not fetch @litertjs/{package.name}: {lines[0][:200]}; try again, {advice}"
        )
    return scratch / package.tarball


def _unpack(package: Package, tarball: Path, target: Path) -> None:
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if digest != package.sha512:
        raise UserError(
            f"{tarball}: expected @litertjs/{package.name} {VERSION} with SHA-512 {package.sha512[:12]}..., found "
            f"{digest[:12]}...; fetch it again"
        )
    with tarfile.open(tarball) as archive:
        for name in package.files:
            content = archive.extractfile(f"package/{name}")
            if content is None:
                raise UserError(f"{tarball}: expected the file {name}, found none; fetch it again")
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(content.read())
